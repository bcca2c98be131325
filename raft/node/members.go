package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Member is a folder that is of the cluster (decision 0041).
type Member struct {
	Slot        protocol.NodeID `json:"slot"`                  // its number in the log, never given again
	ID          uint8           `json:"id"`                    // its operator's name for it
	Incarnation uint64          `json:"incarnation,omitempty"` // of the folder; 0, of one of the first: whichever was met first
	Peer        string          `json:"peer"`                  // where the other nodes find it, as far as is known
	HTTP        string          `json:"http,omitempty"`
	Redis       string          `json:"redis,omitempty"`
	Since       protocol.Index  `json:"since"`              // the entry that made it a member; 0: one of the first
	Becomes     Wish            `json:"becomes,omitempty"`  // what a learner is to become
	Replaces    protocol.NodeID `json:"replaces,omitempty"` // the slot of whom it then takes the place; 0: nobody's
}

// Wish is what a learner is to become, once it is level.
type Wish string

// BecomesVoter has whoever leads make a learner a voter.
const BecomesVoter Wish = "voter"

// Members are the host's part of a configuration: who its slots are.
type Members struct {
	Cluster  string           `json:"cluster"`  // its name
	Founders protocol.NodeSet `json:"founders"` // slots of the first members: what each log of the cluster begins with is made of them
	Highest  protocol.NodeID  `json:"highest"`  // slot that was ever given
	All      []Member         `json:"members"`  // slots ascending
}

// MostMembers is how many folders a cluster has in its life, and ErrNoSlot is wrapped where there were as many.
const MostMembers = int(protocol.MaxNodeID)

// errMembers is wrapped by what parseMembers returns.
var errMembers = errors.New("it does not say who the members are")

func (m *Members) encode() []byte {
	b, err := json.Marshal(m)
	assert(err == nil, "what members are made of can be encoded")
	return b
}

// parseMembers reads what encode wrote, and holds it to the configuration that it stands with.
func parseMembers(b []byte, of protocol.Configuration) (*Members, error) {
	m := new(Members)
	if err := json.Unmarshal(b, m); err != nil {
		return nil, fmt.Errorf("%w: %w", errMembers, err)
	}
	last := protocol.Nil
	for _, one := range m.All {
		if one.Slot <= last || one.Slot > m.Highest {
			return nil, fmt.Errorf("%w: slot %d behind %d, the highest is %d", errMembers, one.Slot, last, m.Highest)
		}
		last = one.Slot
	}
	if m.Highest > protocol.MaxNodeID || m.slots() != of.AllVoters().Union(of.Learners) {
		return nil, fmt.Errorf("%w: slots %v of %d, of a configuration of %v", errMembers, m.slots(), m.Highest, of)
	}
	if m.Founders == 0 || m.Founders.Has(protocol.Nil) || m.Founders>>m.Highest > 1 {
		return nil, fmt.Errorf("%w: the first had the slots %v, the highest ever is %d", errMembers, m.Founders, m.Highest)
	}
	return m, nil
}

func (m *Members) slots() (all protocol.NodeSet) {
	for k := range m.All {
		all = all.With(m.All[k].Slot)
	}
	return all
}

// Find returns the member of a slot; nil if there is none.
func (m *Members) Find(slot protocol.NodeID) *Member {
	for k := range m.All {
		if m.All[k].Slot == slot {
			return &m.All[k]
		}
	}
	return nil
}

// slotOf returns the slot of the one member that has an id.
func (m *Members) slotOf(id uint8) (slot protocol.NodeID, err error) {
	for k := range m.All {
		switch one := &m.All[k]; {
		case one.ID != id:
		case slot != protocol.Nil:
			return 0, fmt.Errorf("%w: slots %d and %d both have the id %d: name the slot", ErrNotChanged, slot, one.Slot, id)
		default:
			slot = one.Slot
		}
	}
	if slot == protocol.Nil {
		return 0, fmt.Errorf("%w: %w: id %d", ErrNotChanged, ErrNoSuchNode, id)
	}
	return slot, nil
}

// of returns the members that are in a set, which keep what they are.
func (m *Members) of(set protocol.NodeSet) *Members {
	kept := &Members{Cluster: m.Cluster, Founders: m.Founders, Highest: m.Highest}
	for _, one := range m.All {
		if set.Has(one.Slot) {
			kept.All = append(kept.All, one)
		}
	}
	return kept
}

func (m *Members) clone() *Members {
	c := *m
	c.All = slices.Clone(m.All)
	return &c
}

// FirstMembers is what the log of a cluster begins with, whose first nodes have these slots: for whoever makes a folder.
func FirstMembers(cluster string, servers protocol.NodeSet) []byte {
	return firstMembers(cluster, servers).encode()
}

// firstMembers are those of a static list. Their slots are their ids. It is the same in each folder that there will be, so that all their snapshots are: where
// they are found the first entry says that changes who the members are.
func firstMembers(cluster string, servers protocol.NodeSet) *Members {
	m := &Members{Cluster: cluster, Founders: servers}
	for id := servers.Next(protocol.Nil); id != protocol.Nil; id = servers.Next(id) {
		m.All = append(m.All, Member{Slot: id, ID: uint8(id)})
		m.Highest = id
	}
	return m
}
