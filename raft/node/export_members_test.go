package node

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft"
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

// HeldToTheLeader returns an error where a snapshot that came is kept, though who leads says that others decide behind it than its file does; or refused, where
// both say the same.
func HeldToTheLeader() error {
	said, found := protocol.Configuration{Voters: protocol.Nodes(1, 2, 4)}, protocol.Configuration{Voters: protocol.Nodes(1, 2, 3)}
	for _, c := range []struct {
		said protocol.Configuration
		want int
	}{{said, 1}, {found, 0}} {
		cfg := Config{Raft: raft.Config{ID: 1, Servers: allSlots, Seed: 1, Configurations: true}}.withDefaults()
		cfg.Raft.ElectionTicks, cfg.Raft.HeartbeatTicks = defaultElectionTicks, defaultHeartbeatTicks
		core, err := raft.New(cfg.Raft, protocol.HardState{Log: protocol.LogOf().Under(found)}, 0)
		if err != nil {
			return err
		}
		host := &refusing{}
		id := SnapshotID{Index: 5, Term: 1}
		r := &Replica{cfg: cfg, core: core, host: host, obtained: &Snapshot{SnapshotID: id, Under: Membership{Configuration: found}}}
		held := r.isHeldBack(&protocol.Message{Type: protocol.InstallSnapshot, From: 2, To: 1, Term: 1, LastIndex: 5, LastTerm: 1, Configuration: c.said})
		if !held || len(host.refused) != c.want {
			return fmt.Errorf("the leader says %v, the file %v: held back %v, refused %v", c.said, found, held, host.refused)
		}
	}
	return nil
}

// refusing is a host that notes which snapshots are refused.
type refusing struct {
	Host
	refused []SnapshotID
}

func (h *refusing) RefuseSnapshot(id SnapshotID, _ error) { h.refused = append(h.refused, id) }
