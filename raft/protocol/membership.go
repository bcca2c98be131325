package protocol

// Who decides, and how that changes (§6, joint consensus). A configuration is an entry of the log, and in force from when it is
// appended. A change goes by two: one in which majorities of the old and of the new voters decide, each, and when that is
// committed, the new ones alone. Whoever leads takes the second step. Whom a leader sends to is policy, and so is when a
// learner has enough to be made a voter, and when who is no voter any more resigns and is told.

// configure: leader i appends a configuration.
func (i *Node) configure(c Configuration, out *Output) {
	w := i.unchanged()
	w.Prev = appendsAt(i)
	w.Entries.head = Run{i.currentTerm, Configured, 1, c}
	i.output(&w, nil, false, out)
}

// ChangeConfiguration: leader i begins to change who decides, and who learns. Where only learners change that is all: the same
// voters decide before and after. It may say again what is in force: then the host has something else to say of the same members.
func (i *Node) ChangeConfiguration(voters, learners NodeSet, out *Output) bool {
	now := inForce(i)
	if i.role != Leader || now.IsJoint() || !mayChange(i) || i.log.LastIndex() >= MaxIndex {
		return false
	}
	everybody := voters.Union(learners)
	if voters == 0 || voters.Intersect(learners) != 0 || everybody.Intersect(i.server) != everybody {
		return false
	}
	next := Configuration{Voters: now.Voters, Learners: learners}
	if voters != now.Voters {
		next.Next = voters
	}
	i.configure(next, out)
	i.checkAfter()
	return true
}

// LeaveJoint: leader i ends a change, whoever began it.
func (i *Node) LeaveJoint(out *Output) bool {
	now := inForce(i)
	if i.role != Leader || !now.IsJoint() || !mayLeave(i) || i.log.LastIndex() >= MaxIndex {
		return false
	}
	i.configure(Configuration{Voters: now.Next, Learners: now.Learners}, out)
	i.checkAfter()
	return true
}

// voters are those whose votes count for i.
func (i *Node) voters() NodeSet { return inForce(i).AllVoters() }

// members are all whom the configuration in force names, and i: nobody else counts for it. A host has many more numbers.
func (i *Node) members() NodeSet {
	c := inForce(i)
	return c.AllVoters().Union(c.Learners).With(i.id)
}

// ConfigurationAt returns what is in force at k, SnapshotIndex() <= k <= LastIndex().
func (i *Node) ConfigurationAt(k Index) Configuration { return i.log.configurationAt(k).of(i.server) }

// InForce returns the configuration that the node goes by, and where it stands: 0 where it is of the log's beginning. It may be
// durable or not, committed or not.
func (i *Node) InForce() (Configuration, Index) {
	return inForce(i), i.log.configurationIndex(i.log.LastIndex())
}
