package node

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/transport"
)

// Welcomed returns an error where a node that knows of a removal by an entry, and up to where the log is committed, says anything else to a folder
// than it should.
func Welcomed() error {
	const removal = 5
	welcome := func(slot protocol.NodeID, incarnation uint64, committed protocol.Index) transport.Refusal {
		n := &Node{members: members{
			list: &Members{Highest: 3, All: []Member{{Slot: 1}, {Slot: 3, Incarnation: 7}}}, at: removal, dialled: map[protocol.NodeID]int64{},
		}}
		n.committed.Store(uint64(committed))
		refusal, _ := n.verifyMember(slot, transport.Folder{Incarnation: incarnation})
		return refusal
	}
	for _, c := range []struct {
		slot        protocol.NodeID
		incarnation uint64
		committed   protocol.Index
		want        transport.Refusal
	}{
		{1, 9, removal, 0},
		{2, 9, removal, transport.Removed},
		{2, 9, removal - 1, 0}, // it may be taken back
		{3, 7, removal, 0},
		{3, 9, removal, transport.OtherIncarnation},
		{4, 9, removal, 0}, // it is not known here yet
	} {
		if got := welcome(c.slot, c.incarnation, c.committed); got != c.want {
			return fmt.Errorf("to folder %d in slot %d, with all up to %d committed, it says %v, want %v", c.incarnation, c.slot, c.committed, got, c.want)
		}
	}
	return nil
}

// EndsToBeGentle returns an error where a node that comes back is gentle for ever, or not at all.
func EndsToBeGentle() error {
	if isLateEnough(int64(gentleFor)) || !isLateEnough(int64(gentleFor)+1) {
		return fmt.Errorf("it is not gentle for %v", gentleFor)
	}
	return nil
}
