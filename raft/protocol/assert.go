package protocol

// assert stops the replica where an invariant is broken: what a program does after that
// is worse than that it stops. Always on.
func assert(holds bool, invariant string) {
	if !holds {
		panic("raft/protocol: invariant broken: " + invariant)
	}
}

// checkAfter asserts, at the end of every action, what costs next to nothing.
func (i *Node) checkAfter() {
	assert(i.commitIndex <= i.log.LastIndex(), "CommitWithinLog")
	assert(i.pending.len() > 0 || i.settled(), "what is not pending is durable")
	if i.role == Leader {
		assert(i.disk.Log.LastIndex() <= i.log.LastIndex(), "LeaderDiskIsPrefix")
	}
}

// settled: the disk has the hard state, as far as is cheap to see.
func (i *Node) settled() bool {
	d := i.disk
	return d.Term == i.currentTerm && d.Vote == i.votedFor && d.Log.LastIndex() == i.log.LastIndex()
}
