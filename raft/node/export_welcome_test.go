package node

import (
	"errors"
	"fmt"
	"strings"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// replicaIn is a replica of a term whose log has one entry, of term 1, which is applied: no more of it than decides what it says to who wants to be taken in.
func replicaIn(term protocol.Term, host Host) (*Replica, error) {
	cfg := Config{Raft: raft.Config{ID: 1, Servers: allSlots, Seed: 1, Configurations: true}}.withDefaults()
	cfg.Raft.ElectionTicks, cfg.Raft.HeartbeatTicks = defaultElectionTicks, defaultHeartbeatTicks
	first := protocol.Configuration{Voters: protocol.Nodes(1, 2, 3)}
	core, err := raft.New(cfg.Raft, protocol.HardState{Term: term, Log: protocol.LogOf(protocol.Entry{Term: 1}).Under(first)}, 0)
	return &Replica{cfg: cfg, core: core, host: host, machine: wordy{}, applied: 1, lastIndex: 1, version: versioning{now: 1}}, err
}

// TakesInWhoSpeaks returns an error where a leader says anything else than it should to a folder that wants to join, by what its program speaks and what this leader
// knows of the version.
func TakesInWhoSpeaks() error {
	old, both, late := Versions{1, 1}, Versions{1, 2}, Versions{2, 3}
	for _, c := range []struct {
		term   protocol.Term
		raises Version // an entry to this one stands in the log
		says   Versions
		want   error
	}{
		{1, 0, old, nil}, {1, 0, both, nil}, {1, 0, late, ErrOtherVersion},
		{1, 2, old, ErrOtherVersion}, {1, 2, both, nil}, {1, 2, late, nil},
		{2, 0, old, ErrNotChanged}, {2, 0, both, ErrNotChanged}, // leaders before may have raised it
		{2, 2, both, nil}, // this one has
	} {
		r, err := replicaIn(c.term, nil)
		if err != nil {
			return err
		}
		if c.raises > 0 {
			r.version.raises, r.version.raised, r.version.term = c.raises, 2, c.term
		}
		if err := r.welcomes(c.says); !errors.Is(err, c.want) || c.want == nil && err != nil || errors.Is(c.want, ErrNotChanged) && errors.Is(err, ErrOtherVersion) {
			return fmt.Errorf("in term %d, with an entry to version %d, one that speaks %v is told: %w; want: %w", c.term, c.raises, c.says, err, c.want)
		}
	}
	return nil
}

// wordy is a machine of which nothing is asked but to write down members.
type wordy struct{ StateMachine }

func (wordy) AppendMembers(dst []byte, _ uint64, members []byte) []byte {
	return append(dst, members...)
}

// crammed is a host without room.
type crammed struct{ Host }

func (crammed) AddressOf(protocol.NodeID) string { return "" }
func (crammed) Said(protocol.NodeID) Addresses   { return Addresses{} }
func (crammed) Room() Room                       { return Room{} }
func (crammed) Wall() uint64                     { return 1 }

// BoundsTheList returns an error where a list of members is appended that is longer than a list may be, or one is refused for its length that is not.
func BoundsTheList() error {
	empty := Members{Cluster: "c", Highest: 3, All: []Member{{Slot: 1}, {Slot: 2}, {Slot: 3}}}
	fixed := len(empty.encode()) + len(`,"http":""`)
	for _, bytes := range []int{mostListBytes - 1, mostListBytes, mostListBytes + 1, 2 * mostListBytes} {
		r, err := replicaIn(1, crammed{})
		if err != nil {
			return err
		}
		list := empty.clone()
		list.All[2].HTTP = strings.Repeat("h", bytes-fixed)
		if is := len(list.encode()); is != bytes {
			return fmt.Errorf("a list has %d bytes, was to have %d", is, bytes)
		}
		err = r.begin(list, protocol.Configuration{Voters: protocol.Nodes(1, 2), Learners: protocol.Nodes(3)})
		if isTooLong := !errors.Is(err, ErrNoRoom); !errors.Is(err, ErrNotChanged) || isTooLong != (bytes > mostListBytes) {
			return fmt.Errorf("a list of %d bytes, at most %d, is told: %w", bytes, mostListBytes, err)
		}
	}
	return nil
}
