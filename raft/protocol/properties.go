package protocol

import "fmt"

// Cluster is a view of all nodes at one moment, for checks; no node sees it.
type Cluster []*Node

// committedBeginsIn reports whether a log begins with what i has committed, as far as both know it.
func committedBeginsIn(i *Node, o *Log) bool {
	return i.commitIndex <= o.last && i.log.samePrefix(o, i.commitIndex)
}

// Invariant is a condition on every state. Holds returns nil or what broke it.
type Invariant struct {
	Name  string
	Holds func(Cluster) error
}

// Invariants returns the invariants of spec/RaftProperties.tla, by their names there;
// CommitWithinLog comes first, since others look at logs up to the commit index.
func Invariants() []Invariant {
	return []Invariant{
		{"CommitWithinLog", Cluster.CommitWithinLog},
		{"HintIsCommitted", Cluster.HintIsCommitted},
		{"SnapshotIsCommitted", Cluster.SnapshotIsCommitted},
		{"ElectionSafety", Cluster.ElectionSafety},
		{"LogMatching", Cluster.LogMatching},
		{"TermsAscend", Cluster.TermsAscend},
		{"LeaderCompleteness", Cluster.LeaderCompleteness},
		{"StateMachineSafety", Cluster.StateMachineSafety},
		{"CommittedIsDurable", Cluster.CommittedIsDurable},
		{"LeaderVoteIsDurable", Cluster.LeaderVoteIsDurable},
		{"LeaderDiskIsPrefix", Cluster.LeaderDiskIsPrefix},
		{"MatchWithinLog", Cluster.MatchWithinLog},
		{"NextAboveMatch", Cluster.NextAboveMatch},
		{"KnowledgeByRole", Cluster.KnowledgeByRole},
		{"ConfigurationsFollow", Cluster.ConfigurationsFollow},
	}
}

// Check returns the first invariant that the cluster breaks, or nil.
func (c Cluster) Check() error {
	for _, inv := range Invariants() {
		if err := inv.Holds(c); err != nil {
			return fmt.Errorf("%s: %w", inv.Name, err)
		}
	}
	return nil
}

// pairs calls holds for each ordered pair of nodes until it returns an error.
func (c Cluster) pairs(holds func(i, j *Node) error) error {
	for _, i := range c {
		for _, j := range c {
			if err := holds(i, j); err != nil {
				return err
			}
		}
	}
	return nil
}

// each calls holds for each node until one does not hold; what is the fault's name.
func (c Cluster) each(what string, holds func(i *Node) bool) error {
	for _, i := range c {
		if !holds(i) {
			return fmt.Errorf("node %d %s", i.id, what)
		}
	}
	return nil
}

// ElectionSafety: a term has at most one leader.
func (c Cluster) ElectionSafety() error {
	return c.pairs(func(i, j *Node) error {
		if i.id != j.id && i.role == Leader && j.role == Leader && i.currentTerm == j.currentTerm {
			return fmt.Errorf("nodes %d and %d both lead term %d", i.id, j.id, i.currentTerm)
		}
		return nil
	})
}

// LogMatching: where two logs have an entry of one term at one index, they agree up to it.
func (c Cluster) LogMatching() error {
	return c.pairs(func(i, j *Node) error {
		for k := min(i.log.last, j.log.last); k > max(i.log.base, j.log.base); k-- {
			if i.log.TermAt(k) == j.log.TermAt(k) {
				if !i.log.samePrefix(&j.log, k) {
					return fmt.Errorf("nodes %d and %d agree at %d but not before", i.id, j.id, k)
				}
				return nil // and so at every lower index
			}
		}
		return nil
	})
}

// TermsAscend: terms never fall along a log, from the base's on.
func (c Cluster) TermsAscend() error {
	return c.each("has a log along which the term falls", func(i *Node) bool {
		before := i.log.baseTerm
		for _, s := range i.log.spans {
			if s.term < before {
				return false
			}
			before = s.term
		}
		return true
	})
}

// LeaderCompleteness: a leader has whatever is committed in its term or an earlier one.
func (c Cluster) LeaderCompleteness() error {
	return c.pairs(func(i, j *Node) error {
		if j.role == Leader && j.currentTerm >= i.currentTerm && !committedBeginsIn(i, &j.log) {
			return fmt.Errorf("leader %d lacks what node %d committed", j.id, i.id)
		}
		return nil
	})
}

// StateMachineSafety: what is committed anywhere is committed in one order everywhere.
func (c Cluster) StateMachineSafety() error {
	return c.pairs(func(i, j *Node) error {
		if !i.log.samePrefix(&j.log, min(i.commitIndex, j.commitIndex)) {
			return fmt.Errorf("nodes %d and %d committed different entries", i.id, j.id)
		}
		return nil
	})
}

// CommittedIsDurable: what anybody takes for committed stands on the disks of a quorum.
func (c Cluster) CommittedIsDurable() error {
	return c.each("committed what no quorum has on disk", func(i *Node) bool {
		var holders NodeSet
		for _, j := range c {
			if committedBeginsIn(i, &j.disk.Log) {
				holders = holders.With(j.id)
			}
		}
		return quorumAt(i, holders)
	})
}

// quorumAt reports whether a set has decided what i has committed, in the words of the configuration in force there: it was counted by that one
// or by the next, and of both the newest voters are part.
func quorumAt(i *Node, set NodeSet) bool {
	c := i.log.configurationAt(i.commitIndex).of(i.server)
	return Configuration{Voters: c.Last()}.Decides(set)
}

// ConfigurationsFollow: along a log one configuration comes of the other, so that each quorum of the one meets each of the other.
func (c Cluster) ConfigurationsFollow() error {
	return c.each("has a configuration that does not follow from the one before", func(i *Node) bool {
		was := i.log.baseConfiguration.of(i.server)
		for _, now := range i.log.configurations {
			if !now.follows(was) {
				return false
			}
			was = now.Configuration
		}
		return true
	})
}

// CommitWithinLog: no commit index is beyond its log.
func (c Cluster) CommitWithinLog() error {
	return c.each("committed beyond its log", func(i *Node) bool {
		return i.commitIndex <= i.log.last
	})
}

// HintIsCommitted: what is written says of nothing that it is committed but what its node
// knows to be, and what stands in its own log: a restart begins with it.
func (c Cluster) HintIsCommitted() error {
	return c.each("has written a hint of what it does not know to be committed", func(i *Node) bool {
		holds := i.disk.Commit <= min(i.commitIndex, i.disk.Log.last)
		if i.pending.len() == 0 {
			return holds
		}
		image := i.disk.clone()
		for k := range i.pending.len() {
			image.Apply(&i.pending.at(k).Write)
			holds = holds && image.Commit <= min(i.commitIndex, image.Log.last)
		}
		return holds
	})
}

// SnapshotIsCommitted: a snapshot stands for nothing that may change, in any image of a node: nor
// does a crash leave one that says of less that it is committed.
func (c Cluster) SnapshotIsCommitted() error {
	return c.each("has a snapshot of what it does not know to be committed", func(i *Node) bool {
		holds := i.log.base <= i.commitIndex && i.disk.Log.base <= i.disk.Commit
		if i.pending.len() == 0 {
			return holds
		}
		image := i.disk.clone()
		for k := range i.pending.len() {
			image.Apply(&i.pending.at(k).Write)
			holds = holds && image.Log.base <= image.Commit
		}
		return holds
	})
}

// LeaderVoteIsDurable: a crash can't make a leader forget that its term is taken.
func (c Cluster) LeaderVoteIsDurable() error {
	return c.each("leads a term that its disk does not know", func(i *Node) bool {
		return i.role != Leader || (i.disk.Term == i.currentTerm && i.disk.Vote == i.id)
	})
}

// LeaderDiskIsPrefix: what a leader has pending only extends its log.
func (c Cluster) LeaderDiskIsPrefix() error {
	return c.each("leads with another log on disk", func(i *Node) bool {
		return i.role != Leader || i.disk.Log.IsPrefixOf(&i.log)
	})
}

// MatchWithinLog: nobody agrees with more than a leader has.
func (c Cluster) MatchWithinLog() error {
	return c.each("has a matchIndex beyond its log", func(i *Node) bool {
		for _, k := range i.matchIndex {
			if k > i.log.last {
				return false
			}
		}
		return true
	})
}

// NextAboveMatch: a leader resumes behind what is known to agree, and within its log.
func (c Cluster) NextAboveMatch() error {
	return c.each("has a nextIndex that is not between match and its log", func(i *Node) bool {
		for j := i.server.Next(Nil); j != Nil; j = i.server.Next(j) {
			next := i.nextIndex[j]
			if i.role == Leader && j != i.id && (next <= i.matchIndex[j] || next > i.log.last+1) {
				return false
			}
		}
		return true
	})
}

// KnowledgeByRole: votes are a candidate's, progress is a leader's.
func (c Cluster) KnowledgeByRole() error {
	return c.each("knows what its role does not", func(i *Node) bool {
		for j := range i.nextIndex {
			if i.role != Leader && (i.nextIndex[j] != 0 || i.matchIndex[j] != 0 || i.readAcked[j] != 0) {
				return false
			}
		}
		if i.role != Leader && (i.readID != 0 || i.readIndex != 0) {
			return false
		}
		return i.role == Candidate || i.votesGranted == 0
	})
}
