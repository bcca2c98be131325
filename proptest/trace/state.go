package trace

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// State is the specification's variables at one node, as protocol.Node.AppendState has them.
type State struct {
	Node         protocol.NodeID
	Servers      []protocol.NodeID // ascending; what is by server below is in this order
	Hard         Image             // currentTerm, votedFor, log and commitIndex
	Disk         Image
	Pending      []Pending
	Role         protocol.Role
	VotesGranted protocol.NodeSet
	NextIndex    []protocol.Index
	MatchIndex   []protocol.Index
	ReadID       protocol.ReadID
	ReadIndex    protocol.Index
	ReadAcked    []protocol.ReadID
}

// Image is a hard state.
type Image struct {
	Term   protocol.Term
	Vote   protocol.NodeID
	Log    Log
	Commit protocol.Index
}

// Log is what a node knows of one: the entries behind the base, up to which a snapshot stands for them.
type Log struct {
	Base     protocol.Index
	BaseTerm protocol.Term

	BaseConfiguration protocol.Configuration
	Entries           protocol.Entries
}

// Pending is a write on its way to the disk: what the disk is then, and what leaves then.
type Pending struct {
	State Image
	Out   []protocol.Message
}

// parseState reads what AppendState wrote; b has been through protocol.LoadState.
func parseState(b []byte) (*State, error) {
	if _, rest, err := protocol.LoadState(b); err != nil || len(rest) > 0 {
		return nil, fmt.Errorf("%w: a node's state, %d bytes too many: %w", ErrFormat, len(rest), err)
	}
	d := decoder{rest: b}
	s := &State{Node: protocol.NodeID(d.byte())}
	s.Servers = members(protocol.NodeSet(d.uint()))
	s.Hard, s.Disk = d.image(), d.image()
	for range d.uint() {
		p := Pending{State: d.image()}
		var err error
		if p.Out, err = d.messages(); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		s.Pending = append(s.Pending, p)
	}
	s.Role, s.VotesGranted = protocol.Role(d.byte()), protocol.NodeSet(d.uint())
	for range s.Servers {
		s.NextIndex = append(s.NextIndex, protocol.Index(d.uint()))
		s.MatchIndex = append(s.MatchIndex, protocol.Index(d.uint()))
	}
	s.ReadID, s.ReadIndex = protocol.ReadID(d.uint()), protocol.Index(d.uint())
	for range s.Servers {
		s.ReadAcked = append(s.ReadAcked, protocol.ReadID(d.uint()))
	}
	if d.bad || len(d.rest) > 0 {
		return nil, fmt.Errorf("%w: a node's state has another form than its decoder knows", ErrFormat)
	}
	return s, nil
}

func (d *decoder) image() Image {
	i := Image{Term: protocol.Term(d.uint()), Vote: protocol.NodeID(d.uint())}
	i.Log.Base, i.Log.BaseTerm = protocol.Index(d.uint()), protocol.Term(d.uint())
	i.Log.BaseConfiguration = d.configuration()
	for range d.uint() {
		r := protocol.Run{Term: protocol.Term(d.uint()), Value: protocol.Value(d.uint()), Count: d.uint()}
		if r.Value == protocol.Configured {
			r.Configuration = d.configuration()
		}
		i.Log.Entries.Add(r)
	}
	i.Commit = protocol.Index(d.uint())
	return i
}

func (d *decoder) configuration() (c protocol.Configuration) {
	if c.Voters = protocol.NodeSet(d.uint()); c.Voters != 0 {
		c.Next, c.Learners = protocol.NodeSet(d.uint()), protocol.NodeSet(d.uint())
	}
	return c
}

// narrow leaves out what is by server of those that a run never has: a node may know of more numbers than that.
func (s *State) narrow(servers protocol.NodeSet) error {
	var all protocol.NodeSet
	for _, id := range s.Servers {
		all = all.With(id)
	}
	if all == servers {
		return nil
	}
	if servers.Intersect(all) != servers {
		return fmt.Errorf("%w: a node of %v in a run of %v", ErrFormat, all, servers)
	}
	wide := *s
	s.Servers, s.NextIndex, s.MatchIndex, s.ReadAcked = nil, nil, nil, nil
	for k, id := range wide.Servers {
		if servers.Has(id) {
			s.Servers, s.NextIndex = append(s.Servers, id), append(s.NextIndex, wide.NextIndex[k])
			s.MatchIndex, s.ReadAcked = append(s.MatchIndex, wide.MatchIndex[k]), append(s.ReadAcked, wide.ReadAcked[k])
		}
	}
	return nil
}

// members are the ids of a set, ascending.
func members(set protocol.NodeSet) (ids []protocol.NodeID) {
	for id := set.Next(protocol.Nil); id != protocol.Nil; id = set.Next(id) {
		ids = append(ids, id)
	}
	return ids
}
