package node_test

// Goal: a file of which no state can be made, though all its checksums hold, is had of another node, and keeps nobody busy. Method: the world of
// crash_world_test.go, in which who leads has such a one.

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// tailed returns a state that no loader takes.
func tailed(state []byte) []byte { return append(state, 0) }

// emptied returns none.
func emptied([]byte) []byte { return nil }

// noState has who leads give a file whose checksums hold, and of which no state can be made. It returns how much came until node 3 was level, in lengths.
func noState(spoil func([]byte) []byte) (lengths float64, err error) {
	w, err := spoiled(map[protocol.NodeID]func([]byte) []byte{1: spoil}, 100_000)
	if err != nil {
		return 0, err
	}
	defer w.close()
	given := w.given(whatItIs)
	err = errors.Join(w.at(3).start(), w.levels(1000), w.write(1), w.levels(1000), w.check())
	if err == nil && w.at(3).machine.loaded != 1 {
		err = fmt.Errorf("%d states were loaded", w.at(3).machine.loaded)
	}
	return float64(*given) / 100_000, err
}

func TestAFileOfWhichNoStateCanBeMadeIsHadOfAnotherNode(t *testing.T) {
	for _, spoil := range []func([]byte) []byte{tailed, emptied} {
		lengths, err := noState(spoil)
		require.NoError(t, err)
		require.Less(t, lengths, 2.3, "of each once")
	}
}
