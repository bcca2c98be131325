package node_test

// Goal: who gives a file that is gone, or damaged, lets go of it. Method: the world of crash_world_test.go, in which a node is asked for two, of which one rots
// and one is refused.

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
)

// sourcesGo has a snapshot rot, and another one be refused, while both are open for another node.
func sourcesGo() error {
	w, err := ended(chainPadding)
	if err != nil {
		return err
	}
	defer w.close()
	one := w.at(1)
	base, term := logOf(one).Base()
	_, store := one.Files()
	newest := store.List()[0]
	asks := func(index protocol.Index, term protocol.Term, offset int64) {
		const putOff = 3
		for one.Ask(3, node.PieceRequest(index, term, offset))[1] == putOff {
			runtime.Gosched() // what was sent before is not paid for yet: some microseconds
		}
	}
	asks(base, term, 0)
	asks(newest.Index, newest.Term, 0)
	if n := one.Given(); n != 2 || newest.Index <= base {
		return fmt.Errorf("%d are open, expected 2", n)
	}
	one.Refuse(newest.Index)
	for len(one.Jobs) > 0 {
		one.Work()
	}
	if n := one.Given(); n != 1 {
		return fmt.Errorf("%d are open after one was removed, expected 1", n)
	}
	one.files.Rot(nameOf(one), func(b []byte) { b[700] ^= 1 })
	asks(base, term, snapshot.HeaderBytes)
	if n := one.Given(); n != 0 {
		return fmt.Errorf("%d are open after one was found damaged, expected none", n)
	}
	return nil
}

func TestWhatIsGoneOrDamagedIsNotHeldOpen(t *testing.T) { require.NoError(t, sourcesGo()) }
