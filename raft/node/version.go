package node

import (
	"errors"
	"fmt"
	"strings"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// The log carries the cluster's version (decision 0045): which entries there are, how they are applied and how the state is written follow it. It is part of
// the machine's state. Whoever leads raises it, by an entry, once each member is heard and has said that its program speaks the next one. What needs a later
// version than the cluster's is not appended. So whatever programs the members run, none meets an entry that it can't apply, but one that was started with an
// older program after the version was raised: it stops before it, and those that know refuse it before that.

// Version is a version of the log; 0 is none.
type Version uint8

// Versions are those that a program speaks, from one to another one.
type Versions struct {
	Oldest Version `json:"oldest"`
	Newest Version `json:"newest"`
}

// Has reports whether a program that speaks these speaks v.
func (s Versions) Has(v Version) bool { return s.Oldest <= v && v <= s.Newest }

// String is "2", or "1 to 2".
func (s Versions) String() string {
	if s.Oldest == s.Newest {
		return fmt.Sprint(s.Newest)
	}
	return fmt.Sprintf("%d to %d", s.Oldest, s.Newest)
}

// firstVersions are what a program speaks that does not say.
var firstVersions = Versions{1, 1}

var (
	// ErrUpgrade is wrapped by why a node does not start, or stops, whose program does not speak the cluster's version. Nothing is wrong with its folder.
	ErrUpgrade = errors.New("this program does not speak the cluster's version: start the node with one that does, as the other nodes have it; its folder is as it was")

	// ErrTooNew is wrapped by a VersionError, and the verdict where that came from another replica.
	ErrTooNew = fmt.Errorf("%w: it needs a later version than the cluster has, which a member does not speak yet", ErrNotApplied)
)

// VersionError says what a proposal needs that the cluster has not. It wraps ErrTooNew.
type VersionError struct {
	Needs, Has Version
	HeldBy     []protocol.NodeID // the members that do not speak what it needs, or do not say
}

// Error says who holds it up.
func (e *VersionError) Error() string {
	return fmt.Sprintf("%v: it needs version %d, the cluster's is %d, held by %s", ErrTooNew, e.Needs, e.Has, nodesText(e.HeldBy))
}

// Unwrap returns ErrTooNew.
func (e *VersionError) Unwrap() error { return ErrTooNew }

func nodesText(ids []protocol.NodeID) string {
	if len(ids) == 0 {
		return "nobody any more: repeat it"
	}
	var text []string
	for _, id := range ids {
		text = append(text, fmt.Sprint(id))
	}
	return "slot " + strings.Join(text, ", ")
}

// versioning is what a replica knows of the cluster's version.
type versioning struct {
	now    Version        // by what is applied here
	raises Version        // that this leader appended an entry for
	raised protocol.Index // that entry
	term   protocol.Term  // in which it did
	ticks  int            // since it was looked for a later one
	needed Version        // the latest that something proposed here has needed
}

// raiseTicks are from one look whether the version can be raised to the next.
const raiseTicks = 25

// noteVersion takes in which version the cluster has after what was applied or loaded last. The host has it on its disk before anything behind it is applied.
func (r *Replica) noteVersion() error {
	v := r.machine.Version()
	if v == r.version.now {
		return nil
	}
	if speaks := r.machine.Speaks(); !isSpoken(speaks, v) {
		return fmt.Errorf("%w: it speaks %v, the cluster's is %d", ErrUpgrade, speaks, v)
	}
	r.version.now = v
	if err := r.host.Raised(v); err != nil {
		return fmt.Errorf("keep that the cluster's version is %d: %w", v, err)
	}
	return nil
}

// isRaising reports whether this leader has appended an entry that raises the version, and not applied it yet.
func (r *Replica) isRaising() bool {
	return r.version.term == r.core.Term() && r.applied < r.version.raised
}

// knowsVersion reports whether a leader has applied all that leaders before it may have raised the version by.
func (r *Replica) knowsVersion() bool { return knowsAll(r.core.TermAt(r.applied), r.core.Term()) }

// tickVersion has a leader raise the version as soon as it can be.
func (r *Replica) tickVersion() error {
	v := &r.version
	v.ticks++
	if v.ticks < raiseTicks || r.core.Role() != protocol.Leader {
		return nil
	}
	v.ticks = 0
	if v.now >= r.machine.Speaks().Newest || r.loading() || !r.knowsVersion() || r.isRaising() || r.core.Transferring() != protocol.Nil {
		return nil
	}
	if to, _ := r.spoken(); to > v.now {
		return r.raise(to)
	}
	return nil
}

// spoken is the latest version that all members speak, old and new voters and learners, as they say now; 0 where one does not say. held are those that do not
// speak the latest one that this replica speaks, or do not say.
func (r *Replica) spoken() (latest Version, held []protocol.NodeID) {
	newest := r.machine.Speaks().Newest
	latest = newest
	all := r.everybody()
	for id := all.Next(protocol.Nil); id != protocol.Nil; id = all.Next(id) {
		if id == r.cfg.Raft.ID {
			continue
		}
		says := r.host.Speaks(id).Newest
		if !isHeardNow(r.core.TicksSinceHeard(id) <= r.silentTicks()) {
			says = 0
		}
		latest = lowerOf(latest, says)
		if says < newest {
			held = append(held, id)
		}
	}
	return latest, held
}

// raise appends the entry that raises the version.
func (r *Replica) raise(to Version) error {
	payload := r.machine.AppendVersion(nil, r.clock.next(r.host), to)
	if !mayHandle(r.host.Room().Sure >= int64(vitalBytes+len(payload))) {
		return nil
	}
	r.source.reset(r.lastIndex + 1)
	r.source.payloads = append(r.source.payloads, payload)
	r.version.raises, r.version.raised, r.version.term = to, r.lastIndex+1, r.core.Term()
	out := r.core.Step(raft.Proposed(1))
	assert(out.Proposed.Count == 1 && out.Proposed.First == r.version.raised, "a leader appends what raises the version")
	return r.execute(out)
}

// needs notes which version a proposal needs.
func (r *Replica) needs(p *proposal) {
	p.waiter.needs = r.machine.Needs(p.commands)
	r.version.needed = max(r.version.needed, p.waiter.needs)
}

// refuseEarly refuses what needs a later version than the cluster's. A leader's.
func (r *Replica) refuseEarly() {
	now := r.version.now
	if r.version.needed <= now {
		return
	}
	_, held := r.spoken()
	r.queue.remove(func(w *waiter) bool { return isEarly(w.needs, now) }, func(w *waiter) {
		r.verdict(w, &VersionError{Needs: w.needs, Has: now, HeldBy: held})
	})
}

// welcomes returns an error where a folder that is to join does not speak the cluster's version, or the one that it is being raised to.
func (r *Replica) welcomes(says Versions) error {
	v := r.version.now
	switch {
	case r.isRaising():
		v = max(v, r.version.raises)
	case !r.knowsVersion():
		return fmt.Errorf("%w: this leader has yet to learn the cluster's version; repeat it", ErrNotChanged)
	}
	if !mayJoin(says, v) {
		return fmt.Errorf("%w: %w: the program of the node that is to join speaks %v, the cluster's version is %d", ErrNotChanged, ErrOtherVersion, says, v)
	}
	return nil
}

// ErrOtherVersion is wrapped by why a folder is not taken in whose program does not speak the cluster's version.
var ErrOtherVersion = errors.New("another version")
