package node

import (
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/transport"
	"github.com/eventstreamcore/semel/raft/wal"
)

// RefusesOldPrograms returns an error where a node that knows of a version says anything else to another one's program than it should.
func RefusesOldPrograms() error {
	n := &Node{members: members{speaks: map[protocol.NodeID]Versions{}}}
	n.members.version.Store(2)
	for said, want := range map[string]transport.Refusal{
		`{"peer":"h:1"}`: transport.NotSpoken, // it says nothing of it
		`{"peer":"h:1","speaks":{"oldest":1,"newest":1}}`: transport.NotSpoken,
		`{"peer":"h:1","speaks":{"oldest":1,"newest":2}}`: 0,
		`{"peer":"h:1","speaks":{"oldest":3,"newest":4}}`: 0, // it may know of more than this node
		`{`: transport.NotSpoken,
	} {
		if got, _ := n.verifyVersion(3, []byte(said)); got != want {
			return fmt.Errorf("to one that says %s it says %v, want %v", said, got, want)
		}
	}
	return nil
}

// speaker is a machine of which nothing is asked but what it speaks.
type speaker struct {
	StateMachine
	speaks Versions
}

func (s speaker) Speaks() Versions { return s.speaks }

// OpensNothingLater returns an error where a program opens a folder, empty at first, of a version that it does not speak, or refuses one that it does.
func OpensNothingLater(of wal.FS) error {
	n := &Node{options: Options{FS: of, Machine: speaker{speaks: Versions{1, 2}}}}
	for _, v := range []Version{0, 1, 2, 3} {
		if v > 0 {
			if err := (*realHost)(n).keepVersion(v); err != nil {
				return err
			}
		}
		if there, err := ReadVersion(of); err != nil || there != v {
			return fmt.Errorf("the folder says %d, want %d: %w", there, v, err)
		}
		if err := n.checkVersion(); errors.Is(err, ErrUpgrade) != (v == 3) || err != nil && v < 3 {
			return fmt.Errorf("a program that speaks 1 to 2 opens a folder of version %d: %w", v, err)
		}
	}
	return nil
}
