package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Joining says how a node with an empty folder joins a cluster that runs.
type Joining struct {
	Config                // Cluster, Node, Dir and PeerSecret, Listen or Advertise
	Ask          []string // addresses for other nodes, of members
	Replaces     uint8    // slot of the member whose place it takes; 0: nobody's
	ReplacesID   uint8    // likewise, by its id, where one member alone has that
	StaysLearner bool     // it is sent all and decides nothing

	Told func(*JoinError) // where not nil, is called with what each question came to that is asked again
}

// JoinError is why a folder has not joined.
type JoinError = node.JoinError

// Join makes the log of a node that joins, once the cluster has taken it in; Open then starts it. It asks until ctx ends, and does nothing where
// the folder holds a log already. Errors are those of node.Join: a *JoinError that is Never
// comes to the same however often it is asked.
func Join(ctx context.Context, j *Joining) error {
	b := j.bootstrap(0)
	becomes := node.BecomesVoter
	if j.StaysLearner {
		becomes = ""
	}
	return node.Join(ctx, node.Joining{
		Cluster: j.Cluster, Dir: j.Dir, Secret: j.PeerSecret, Ask: j.Ask, Machine: NewMachine(b),
		ReplacesID: j.ReplacesID, Told: j.Told,
		Member: node.Member{
			ID: j.Node, Peer: j.advertise(), HTTP: j.HTTP, Redis: j.Redis, Becomes: becomes, Replaces: protocol.NodeID(j.Replaces),
		},
	})
}

// Bootstrapping says how a node with an empty folder looks for the first members of a new cluster.
type Bootstrapping struct {
	Config          // as of Joining
	Ask    []string // where they may be, host:port each
	Expect int      // how many there are to be, 2 to 63

	Told func(why string) // where not nil, is called with what is lacking yet
}

// FoundersError says that there is a cluster already.
type FoundersError = node.FoundersError

// Bootstrap makes the log of a node that is to be one of the first members, once all of these have agreed who they are; Open then starts it. It looks for
// them until ctx ends, and does nothing where the folder holds a log already. Errors are those of node.Bootstrap.
func Bootstrap(ctx context.Context, b *Bootstrapping) error {
	return node.Bootstrap(ctx, node.Bootstrapping{
		Cluster: b.Cluster, Dir: b.Dir, Secret: b.PeerSecret, Expect: b.Expect, Ask: b.Ask, Listen: b.Listen, Told: b.Told,
		Member: node.Member{ID: b.Node, Peer: b.advertise(), HTTP: b.HTTP, Redis: b.Redis}, Machine: NewMachine(b.bootstrap(0)),
	})
}

// MemberRole is what a member does in the cluster.
type MemberRole string

// The roles of members.
const (
	Voter   MemberRole = "voter"
	Learner MemberRole = "learner" // it is sent all, and decides nothing
	Joins   MemberRole = "joining" // it is to be a voter: a learner that is not level yet, or is being made one
	Leaves  MemberRole = "leaving" // it is a voter until the change is over
)

// Member is a folder that is of the cluster, as a node sees it.
type Member struct {
	Slot        uint8       `json:"slot"`
	ID          uint8       `json:"id"`
	Incarnation Incarnation `json:"incarnation"` // 0: of the first members
	Role        MemberRole  `json:"role"`
	Replaces    uint8       `json:"replaces"` // the slot whose place it is to take; 0: nobody's
	Since       uint64      `json:"since"`
	Peer        string      `json:"peer"` // where the other nodes find it
	HTTP        string      `json:"http"`
	Redis       string      `json:"redis"`
	Leads       bool        `json:"leads"`
	Level       bool        `json:"level"`  // a leader says so: it keeps up
	Lag         uint64      `json:"lag"`    // entries that a leader has and this one has not acknowledged; a leader says so
	Speaks      uint8       `json:"speaks"` // the latest version of the log that its program speaks, as it told this node; 0: it has not
}

// Incarnation is the number of a folder; as text 16 hexadecimal digits.
type Incarnation uint64

// MarshalText is of encoding.TextMarshaler.
func (i Incarnation) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%016x", uint64(i)), nil }

// Members is who a node's cluster is.
type Members struct {
	Cluster   string   `json:"cluster"`
	SlotsLeft int      `json:"slots_left"` // for so many folders more there is a number
	Leader    uint8    `json:"leader"`     // slot; 0: not known
	Tells     bool     `json:"tells"`      // this node leads, and tells of lags
	Index     uint64   `json:"index"`      // of the entry that says so
	Settled   bool     `json:"settled"`    // it is committed, and no change is under way
	Version   uint8    `json:"version"`    // of the log, by what is applied here
	Speaks    uint8    `json:"speaks"`     // the latest that this node's program speaks
	HeldBy    []int    `json:"held_by"`    // slots of those for which a later one waits: they do not speak it, or are not heard; the leader says so
	All       []Member `json:"members"`
}

// Members is who the cluster is, as this node knows it.
func (r *Replica) Members() Members {
	s := r.node.Status()
	list := s.Folders
	m := Members{
		Cluster: list.Cluster, SlotsLeft: node.MostMembers - int(list.Highest), Leader: uint8(s.Leader), Tells: s.Role == protocol.Leader,
		Index: uint64(s.ConfigurationIndex), Settled: s.ConfigurationCommitted && !s.Configuration.IsJoint(), All: []Member{},
		Version: uint8(s.Version), Speaks: uint8(s.Speaks.Newest), HeldBy: []int{},
	}
	for _, slot := range s.HeldBy {
		m.HeldBy = append(m.HeldBy, int(slot))
	}
	for k := range list.All {
		one := memberOf(&s, &list.All[k])
		one.Speaks = uint8(r.node.SpeaksOf(list.All[k].Slot).Newest)
		m.All = append(m.All, one)
	}
	return m
}

func memberOf(s *node.Status, one *node.Member) Member {
	m := Member{
		Slot: uint8(one.Slot), ID: one.ID, Incarnation: Incarnation(one.Incarnation), Since: uint64(one.Since), Replaces: uint8(one.Replaces),
		Peer: one.Peer, HTTP: one.HTTP, Redis: one.Redis, Role: Learner, Leads: one.Slot == s.Leader,
	}
	c := s.Configuration
	switch {
	case c.IsJoint() && !c.Next.Has(one.Slot) && c.Voters.Has(one.Slot):
		m.Role = Leaves
	case c.IsJoint() && !c.Voters.Has(one.Slot) && c.Next.Has(one.Slot), one.Becomes != "":
		m.Role = Joins
	case c.AllVoters().Has(one.Slot):
		m.Role = Voter
	}
	for _, p := range s.Peers {
		if p.ID == one.Slot && s.Role == protocol.Leader {
			m.Level, m.Lag = p.Level, uint64(s.LastIndex-p.MatchIndex)
		}
	}
	return m
}

// MemberChange is what is asked for: one of the two. A slot is 1 to 63.
type MemberChange struct {
	Remove  uint8 // who has this slot is a member no more
	Promote uint8 // the learner in this slot is to be a voter
}

// NoSuchMember is the Reason where nobody has the slot.
const NoSuchMember = "no-such-member"

// MembersError is why the members stay who they are. What is to be done is in its text.
type MembersError struct {
	Reason string // NoSuchMember, quorum, not-level or busy
	Detail string
}

// Error says what it is.
func (e *MembersError) Error() string { return e.Detail }

// ChangeMembers begins a change, at the leader. Nil: it has begun, or there is nothing to do; Members says how far it is. Errors are a *MembersError and
// those of Service.
func (r *Replica) ChangeMembers(c MemberChange) error {
	err := r.node.Change(node.Changing{Remove: protocol.NodeID(c.Remove), Promote: protocol.NodeID(c.Promote)})
	var reason string
	switch {
	case err == nil:
		return nil
	case errors.Is(err, node.ErrNoSuchNode):
		reason = NoSuchMember
	case errors.Is(err, node.ErrNoQuorum):
		reason = "quorum"
	case errors.Is(err, node.ErrNotLevel):
		reason = "not-level"
	case errors.Is(err, node.ErrNotChanged):
		reason = "busy"
	default:
		return verdict(err)
	}
	return &MembersError{reason, fmt.Sprint(err)}
}
