package protocol

import "fmt"

// Step is one action of one node, seen from outside, for checks.
type Step struct {
	Action        string   // the action's name
	Message       *Message // what it handled; nil for actions without one
	Before, After *Node
}

// StepProperty is a condition on every action. Holds returns nil or what broke it.
type StepProperty struct {
	Name  string
	Holds func(Step) error
}

// StepProperties returns the action properties of spec/RaftProperties.tla, by their
// names there.
func StepProperties() []StepProperty {
	return []StepProperty{
		{"MonotonicDiskTerm", Step.MonotonicDiskTerm},
		{"MonotonicTerm", Step.MonotonicTerm},
		{"MonotonicCommit", Step.MonotonicCommit},
		{"MonotonicSnapshot", Step.MonotonicSnapshot},
		{"MonotonicMatch", Step.MonotonicMatch},
		{"LeaderAppendOnly", Step.LeaderAppendOnly},
		{"CommitOwnTerm", Step.CommitOwnTerm},
		{"OneChangeAtATime", Step.OneChangeAtATime},
		{"HintShrinks", Step.HintShrinks},
		{"BackOffShrinks", Step.BackOffShrinks},
	}
}

// Check returns the first property that the step breaks, or nil.
func (s Step) Check() error {
	for _, p := range StepProperties() {
		if err := p.Holds(s); err != nil {
			return fmt.Errorf("%s by %s: %w", p.Name, s.Action, err)
		}
	}
	return nil
}

// leads: the node led its term before the step and leads it still.
func (s Step) leads() bool {
	return s.Before.role == Leader && s.After.role == Leader &&
		s.Before.currentTerm == s.After.currentTerm
}

// MonotonicDiskTerm: the term on disk never falls.
func (s Step) MonotonicDiskTerm() error {
	if s.After.disk.Term < s.Before.disk.Term {
		return fmt.Errorf("the disk went from term %d to %d", s.Before.disk.Term, s.After.disk.Term)
	}
	return nil
}

// MonotonicTerm: the term never falls, but for a crash.
func (s Step) MonotonicTerm() error {
	if s.Action != "Restart" && s.After.currentTerm < s.Before.currentTerm {
		return fmt.Errorf("term %d went back to %d", s.Before.currentTerm, s.After.currentTerm)
	}
	return nil
}

// MonotonicCommit: the commit index never falls, but for a crash.
func (s Step) MonotonicCommit() error {
	if s.Action != "Restart" && s.After.commitIndex < s.Before.commitIndex {
		return fmt.Errorf("commit index %d went back to %d", s.Before.commitIndex, s.After.commitIndex)
	}
	return nil
}

// MonotonicSnapshot: a snapshot never gives way to one of less, but for a crash.
func (s Step) MonotonicSnapshot() error {
	if s.Action != "Restart" && s.After.log.base < s.Before.log.base {
		return fmt.Errorf("the snapshot of %d gave way to one of %d", s.Before.log.base, s.After.log.base)
	}
	return nil
}

// MonotonicMatch: within a term a leader's matchIndex never falls.
func (s Step) MonotonicMatch() error {
	for j, match := range s.Before.matchIndex {
		if s.leads() && s.After.matchIndex[j] < match {
			return fmt.Errorf("matchIndex of %d went from %d back to %d", j, match, s.After.matchIndex[j])
		}
	}
	return nil
}

// LeaderAppendOnly: a leader only appends to its log.
func (s Step) LeaderAppendOnly() error {
	if s.leads() && !s.Before.log.IsPrefixOf(&s.After.log) {
		return fmt.Errorf("leader's log %v became %v", s.Before.log, s.After.log)
	}
	return nil
}

// CommitOwnTerm: a leader advances its commit index to entries of its own term only.
func (s Step) CommitOwnTerm() error {
	k := s.After.commitIndex
	if s.leads() && k > s.Before.commitIndex && s.Before.log.TermAt(k) != s.Before.currentTerm {
		return fmt.Errorf("leader of term %d committed %d of term %d by counting",
			s.Before.currentTerm, k, s.Before.log.TermAt(k))
	}
	return nil
}

// OneChangeAtATime: a leader changes the configuration only when the one before is committed, and begins a change only
// when an entry of its term is.
func (s Step) OneChangeAtATime() error {
	i := s.Before
	was, now := i.log.configurationIndex(i.log.last), s.After.log.configurationIndex(s.After.log.last)
	switch {
	case !s.leads() || now <= was:
	case was > i.commitIndex:
		return fmt.Errorf("leader %d appends a configuration at %d, and that at %d is not committed", i.id, now, was)
	case !i.log.configurationAt(i.log.last).IsJoint() && i.log.TermAt(i.commitIndex) != i.currentTerm:
		return fmt.Errorf("leader %d of term %d begins a change, and knows no entry of its own to be committed", i.id, i.currentTerm)
	}
	return nil
}

// OnlyPossible: what a node refuses to look at as the work of no correct node never comes
// from one. It is asked of each message that arrives, handled or not.
func (s Step) OnlyPossible() error {
	if s.Message != nil && impossible(s.Before, s.Message) {
		return fmt.Errorf("node %d is sent %v", s.Before.id, *s.Message)
	}
	return nil
}

// HintShrinks: a refused leader is offered a place below the one it asked about.
func (s Step) HintShrinks() error {
	if s.Action != "HandleAppendEntries" || s.Message.Term < s.Before.currentTerm {
		return nil
	}
	i, m := s.Before, s.Message
	if !logFits(i, m) && hint(i, m) >= m.Prev {
		return fmt.Errorf("node %d, asked about %d, hints at %d", i.id, m.Prev, hint(i, m))
	}
	return nil
}

// BackOffShrinks: a refusal of what the leader would send next moves nextIndex down, so
// that the search for where the logs part always gets on.
func (s Step) BackOffShrinks() error {
	m := s.Message
	if s.Action != "HandleAppendEntriesResponse" || m.Success {
		return nil
	}
	next := s.Before.nextIndex[m.From]
	probe := next - 1
	if m.Hint < probe && s.Before.matchIndex[m.From] < probe && s.After.nextIndex[m.From] >= next {
		return fmt.Errorf("nextIndex of %d stays at %d after a refusal", m.From, next)
	}
	return nil
}
