package node

import (
	"errors"
	"net"
	"slices"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Where members are found stands in the log, beside who they are, as a hint (decision 0048): whoever starts dials by it those of whom nobody told it anything better.
// A node says in its hello where it is found. Whoever leads, and has heard for a while from members something else than the log says, has what is in force appended
// again, with that. It does so once in a long while at most, however often somebody comes back elsewhere: that bounds what a member can have the log filled with.

// Addresses are where a node is found, host:port each; "" where nobody knows, or nothing is said.
type Addresses struct {
	Peer  string // by the other nodes
	HTTP  string // by clients
	Redis string
}

// mostAddress is how many bytes an address may have to be logged. What a DNS name has at most, with a port, is longer; nobody's is.
const mostAddress = 200

const (
	stoodFor     = int64(2e9)  // for how long members have to say the same before it is logged
	restateEvery = int64(60e9) // from one such entry of a leader to the next
	foundTicks   = 5           // from one look to the next
)

// restating is what a leader has seen of where members say that they are found.
type restating struct {
	ticks  int
	wanted []Member // as the log is to say it; nil: as it says it
	since  int64    // Host.Now, since when it is just that
	last   int64    // Host.Now, when this replica last had some appended
	ever   bool     // it has
}

// over returns a member as the log is to say it, where it says of itself what is here.
func (a Addresses) over(one Member) Member {
	for _, of := range []struct {
		said   string
		logged *string
	}{{a.Peer, &one.Peer}, {a.HTTP, &one.HTTP}, {a.Redis, &one.Redis}} {
		if isLogged(of.said) {
			*of.logged = of.said
		}
	}
	return one
}

// namesPlace reports whether an address says where others find somebody: host:port, with a host that is one.
func namesPlace(address string) bool {
	host, port, err := net.SplitHostPort(address)
	return err == nil && host != "" && port != "" && !net.ParseIP(host).IsUnspecified()
}

// found are the members as the log is to say them; nil where it does. Who is not heard may be elsewhere since it said so.
func (r *Replica) found() (all []Member) {
	list := r.membership.list
	for k := range list.All {
		one := &list.All[k]
		if id := one.Slot; id != r.cfg.Raft.ID && !countsAsFound(r.core.TicksSinceHeard(id) <= r.silentTicks()) {
			continue
		}
		now := r.host.Said(one.Slot).over(*one)
		if now == *one {
			continue
		}
		if all == nil {
			all = slices.Clone(list.All)
		}
		all[k] = now
	}
	return all
}

// tickFound has a leader log where members are found, once they have said the same for a while.
func (r *Replica) tickFound() error {
	w := &r.restating
	if w.ticks++; w.ticks < foundTicks {
		return nil
	}
	w.ticks = 0
	if !r.mayRestate() {
		w.wanted = nil
		return nil
	}
	now, all := r.host.Now(), r.found()
	if !slices.Equal(all, w.wanted) {
		w.wanted, w.since = all, now
	}
	if all == nil || !hasStood(now-w.since) || w.ever && !mayRestateAgain(now-w.last) {
		return nil
	}
	before := r.lastIndex
	err := r.restate(all)
	if r.lastIndex > before {
		w.wanted, w.last, w.ever = nil, now, true
	}
	if errors.Is(err, ErrNotChanged) {
		return nil
	}
	return err
}

// mayRestate reports whether this replica leads, and no change is under way.
func (r *Replica) mayRestate() bool {
	leads := r.membership.list != nil && r.core.Role() == protocol.Leader && !r.loading()
	if !leads || !r.core.InForceCommitted() {
		return false
	}
	c, _ := r.core.InForce()
	return !c.IsJoint()
}

// restate appends what is in force, with these members in the list.
func (r *Replica) restate(all []Member) error {
	list := r.membership.list.clone()
	list.All = all
	return r.appendMembers(list, raft.Restate())
}
