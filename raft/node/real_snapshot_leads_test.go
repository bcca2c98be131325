package node_test

// Goal: of two nodes that have different files of one entry the one that leads is had, whoever answered first; and what one other node says of a length is
// no want of room. Method: the world of crash_world_test.go, in which node 2 has another file, and who leads does not answer at first.

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/transport"
)

// otherwise returns a state that loads as it should, and is another one.
func otherwise(state []byte) []byte {
	state[len(state)-1] ^= 1
	return state
}

// firstGiver has node 2, whose file is another one than the leader's, give while the leader does not answer, to the end or until it dies in the midst.
func firstGiver(dies bool) error {
	w, err := spoiled(map[protocol.NodeID]func([]byte) []byte{2: otherwise}, many)
	if err != nil {
		return err
	}
	defer w.close()
	one, three := w.at(1), w.at(3)
	given := 0
	w.given(func(to *member, offset int64, answer []byte) ([]byte, error) {
		switch {
		case to.id == 1 && given == 0:
			return nil, transport.ErrNotSent
		case to.id == 2 && offset > 0:
			if given++; given == 2 && !dies {
				w.now += int64(5 * time.Second)
				three.Tend() // who leads answers by now
			}
			if given > 2 && dies {
				return nil, transport.ErrNotSent
			}
		}
		return answer, nil
	})
	err = errors.Join(three.start(), w.levels(3000), w.write(1), w.levels(3000), w.turn(), w.check())
	switch {
	case err != nil:
		return err
	case given == 0:
		return errors.New("node 2 was not asked")
	case !bytes.Equal(one.files.Image()[nameOf(one)], three.files.Image()[nameOf(one)]):
		return errors.New("it has not the file of who leads")
	case three.machine.loaded != 1:
		return fmt.Errorf("%d states were loaded", three.machine.loaded)
	}
	return nil
}

func TestWhatWhoLeadsHasIsHadWhoeverAnswersFirst(t *testing.T) {
	require.NoError(t, firstGiver(false), "all of another one came")
	require.NoError(t, firstGiver(true), "some of it")
}

// claimsTooMuch has node 2 say that the file has a terabyte, before who leads answers.
func claimsTooMuch() error {
	w, err := ended(100_000)
	if err != nil {
		return err
	}
	defer w.close()
	three, claimed := w.at(3), false
	if err := three.start(); err != nil {
		return err
	}
	three.files.Fill(50 << 20)
	w.given(func(to *member, offset int64, answer []byte) ([]byte, error) {
		switch {
		case to.id == 1 && !claimed:
			return nil, transport.ErrNotSent
		case to.id == 2 && offset == 0:
			claimed = true
			return withHeader(answer, func(h *snapshot.Header) { h.BodyBytes = 1 << 40 }), nil
		}
		return answer, nil
	})
	var told error
	w.after = func() {
		if three.Stepped != nil && errors.Is(three.Status().FetchErr, node.ErrNoRoom) {
			told = three.Status().FetchErr
		}
	}
	err = errors.Join(w.levels(3000), told, w.check())
	if err == nil && !claimed {
		err = errors.New("node 2 was not asked")
	}
	return err
}

func TestALengthThatOneNodeTellsIsNoWantOfRoom(t *testing.T) { require.NoError(t, claimsTooMuch()) }
