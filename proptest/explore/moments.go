package explore

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// ErrUnreached is returned where a model does not come to what it is for.
var ErrUnreached = errors.New("never reached")

// A moment is a step, told by what the node that takes it was before, is after it, and by the others beside it. What a model is
// for happens in it at such moments: a line "\* reaches:" of its .cfg names those that it must come to, and a search that
// did not is wrong, as narrow bounds show nothing and are green.
type moment struct {
	action string
	comes  func(t turn) bool
}

// turn is a step of one node.
type turn struct {
	before, after *protocol.Node
	message       *protocol.Message // what is handled, if anything
	others        protocol.Cluster
}

// moments are all that there are, by name. Each has to come in some model.
var moments = map[string]moment{
	// Elections.
	"TwoLeaders": {"BecomeLeader", turn.besideALeader},
	"TwoLeadersJoint": {"BecomeLeader", func(t turn) bool {
		return isJoint(t.after) && t.besideALeader() && slices.ContainsFunc(t.others, leadsJoint)
	}},
	"LedByNoVoter": {"BecomeLeader", func(t turn) bool { return !isVoter(t.after) }},

	// Members.
	"JointCommits": {"AdvanceCommitIndex", func(t turn) bool { return isJoint(t.after) && inForceCommitted(t.after) && !inForceCommitted(t.before) }},
	"Restated": {"ChangeConfiguration", func(t turn) bool {
		was, _ := t.before.InForce()
		now, _ := t.after.InForce()
		return was == now
	}},
	"PromotionBegins": {"ChangeConfiguration", turn.beginsToPromote},
	"LearnerPromoted": {"AdvanceCommitIndex", turn.promotes},
	"NoVoterCommits": {"AdvanceCommitIndex", func(t turn) bool {
		return !isVoter(t.after) && inForceCommitted(t.after) && !inForceCommitted(t.before)
	}},
	"LeftByAnother": {"LeaveJoint", func(t turn) bool {
		_, at := t.before.InForce()
		return at > 0 && t.before.TermAt(at) < t.before.CurrentTerm()
	}},
	"LeftBySnapshot":   {"LeaveJoint", func(t turn) bool { _, at := t.before.InForce(); return at == 0 }},
	"ChangeTakenBack":  {"HandleAppendEntries", func(t turn) bool { return t.takesBack() && isJoint(t.before) }},
	"RestartedJoint":   {"Restart", func(t turn) bool { return isJoint(t.after) }},
	"RestartedLearner": {"Restart", func(t turn) bool { return t.after.SnapshotIndex() > 0 && atBase(t.after).Learners != 0 }},

	// Snapshots.
	"Installed":         {"HandleInstallSnapshot", turn.installs},
	"InstalledJoint":    {"HandleInstallSnapshot", func(t turn) bool { return t.installs() && atBase(t.after).IsJoint() }},
	"InstalledLearner":  {"HandleInstallSnapshot", func(t turn) bool { return t.installs() && atBase(t.after).Learners != 0 }},
	"InstalledWithTail": {"HandleInstallSnapshot", func(t turn) bool { return t.installs() && t.after.LastIndex() > t.after.SnapshotIndex() }},
	"InstalledOver":     {"HandleInstallSnapshot", func(t turn) bool { return t.installs() && t.after.LastIndex() < t.before.LastIndex() }},
	"InstalledAgain":    {"HandleInstallSnapshot", func(t turn) bool { return t.installs() && t.before.SnapshotIndex() > 0 }},
	"OlderSnapshotComes": {"HandleInstallSnapshot", func(t turn) bool {
		return t.message.LastIndex < t.before.SnapshotIndex() && t.message.Term >= t.before.CurrentTerm()
	}},
	"AppendedOnto": {"HandleAppendEntries", func(t turn) bool {
		return t.message.Term >= t.before.CurrentTerm() && t.message.Prev < t.before.SnapshotIndex() && t.message.Entries.Len() > 0
	}},
	"BackedOffToBase": {"HandleAppendEntriesResponse", turn.backsOffToBase},
	"RestartedOnBase": {"Restart", func(t turn) bool { return t.after.SnapshotIndex() > 0 }},
}

func isVoter(i *protocol.Node) bool {
	c, _ := i.InForce()
	return c.AllVoters().Has(i.ID())
}

func isJoint(i *protocol.Node) bool {
	c, _ := i.InForce()
	return c.IsJoint()
}

// atBase is what was in force at the end of what i's snapshot stands for.
func atBase(i *protocol.Node) protocol.Configuration { return i.ConfigurationAt(i.SnapshotIndex()) }

func leads(i *protocol.Node) bool      { return i.Role() == protocol.Leader }
func leadsJoint(i *protocol.Node) bool { return leads(i) && isJoint(i) }

func inForceCommitted(i *protocol.Node) bool {
	_, at := i.InForce()
	return at > 0 && at <= i.CommitIndex()
}

// besideALeader: somebody leads another term.
func (t turn) besideALeader() bool { return slices.ContainsFunc(t.others, leads) }

// beginsToPromote: who is a learner is to decide.
func (t turn) beginsToPromote() bool {
	was, _ := t.before.InForce()
	now, _ := t.after.InForce()
	return was.Learners.Intersect(now.Next) != 0
}

// promotes: it is committed that one decides who was a learner before.
func (t turn) promotes() bool {
	now, at := t.after.InForce()
	if now.IsJoint() || at == 0 || at > t.after.CommitIndex() || at <= t.before.CommitIndex() {
		return false
	}
	for k := t.after.SnapshotIndex(); k < at; k++ {
		if t.after.ConfigurationAt(k).Learners.Intersect(now.Voters) != 0 {
			return true
		}
	}
	return false
}

// takesBack: the configuration that was in force is cut off, and one before it is in force again.
func (t turn) takesBack() bool {
	was, at := t.before.InForce()
	now, before := t.after.InForce()
	return before < at && was != now
}

// installs: the node's log begins behind a snapshot that it was sent.
func (t turn) installs() bool { return t.after.SnapshotIndex() > t.before.SnapshotIndex() }

// backsOffToBase: a follower lacks what its leader has forgotten.
func (t turn) backsOffToBase() bool {
	from, base := t.message.From, t.after.SnapshotIndex()
	return t.after.NextIndex(from) <= base && t.before.NextIndex(from) > base
}

// note looks whether the step from st is a moment that the model has yet to reach.
func (s *Search) note(st State, a *Action, next State) {
	for name := range s.unreached {
		if m := moments[name]; m.action == a.Name && m.comes(s.turn(st, a, next)) {
			delete(s.unreached, name)
		}
	}
}

func (s *Search) turn(st State, a *Action, next State) turn {
	at := a.Node - 1
	t := turn{before: s.parts.nodes.values[st.nodes[at]], after: s.parts.nodes.values[next.nodes[at]], message: a.Message}
	for k := range s.model.Server.Len() {
		if k != int(at) {
			t.others = append(t.others, s.parts.nodes.values[next.nodes[k]])
		}
	}
	return t
}

// Reached returns ErrUnreached where a search that has ended never came to a moment that its model names.
func (s *Search) Reached() error {
	if len(s.unreached) == 0 {
		return nil
	}
	names := slices.Sorted(maps.Keys(s.unreached))
	return fmt.Errorf("%w: %s", ErrUnreached, strings.Join(names, ", "))
}
