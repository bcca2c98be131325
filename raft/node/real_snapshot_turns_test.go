package node_test

// Goal: who gives slowly is left for who gives faster. Method: the world of crash_world_test.go, in which pieces of one node take long.

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/transport"
)

// slowGiver has one node give a block a second, and the other one not answer until then. It returns which part of the file came from the other one.
func slowGiver(slow protocol.NodeID) (part float64, err error) {
	w, err := ended(many)
	if err != nil {
		return 0, err
	}
	defer w.close()
	begun, other := false, 0
	w.given(func(to *member, offset int64, answer []byte) ([]byte, error) {
		switch {
		case to.id == slow && offset > 0:
			begun = true
			w.now += int64(time.Second)
			return answer[:min(len(answer), 2+snapshot.DefaultBlockBytes)], nil
		case to.id != slow && !begun:
			return nil, transport.ErrNotSent
		case to.id != slow && offset > 0:
			other += len(answer)
		}
		return answer, nil
	})
	err = errors.Join(w.at(3).start(), w.levels(3000), w.check())
	return float64(other) / many, err
}

func TestWhoGivesSlowlyIsLeft(t *testing.T) {
	for slow := range protocol.NodeID(2) { // the one that leads, and one that was asked when that did not answer
		part, err := slowGiver(slow + 1)
		require.NoError(t, err)
		require.Greater(t, part, 0.5)
	}
}
