package raft

import "github.com/eventstreamcore/semel/raft/protocol"

// Refusal is why a Change was refused.
type Refusal uint8

// The reasons, in the order in which they are looked for.
const (
	NotRefused                Refusal = iota
	NotLeader                         // this replica does not lead
	HandingOver                       // it hands over, and appends nothing that is proposed
	NotWellFormed                     // nobody decides, or somebody is voter and learner, or is none of Config.Servers
	ChangeUnderWay                    // a joint configuration is in force
	AlreadyInForce                    // nothing would change
	ConfigurationNotCommitted         // the configuration in force is not committed yet
	TermNotCommitted                  // no entry of the leader's own term is
)

// String tells the reason for people.
func (f Refusal) String() string {
	return [...]string{"not refused", "not the leader", "handing over", "not well formed", "a change is under way",
		"already in force", "the configuration in force is not committed yet", "no entry of the leader's term is committed yet"}[f]
}

// change begins a change of who decides, or who learns.
func (r *Raft) change(voters, learners protocol.NodeSet) {
	r.configure(voters, learners, false)
}

// restate has what is in force said again.
func (r *Raft) restate() { r.configure(r.inForce.Voters, r.inForce.Learners, true) }

func (r *Raft) configure(voters, learners protocol.NodeSet, again bool) {
	r.out.Proposed = Proposal{Term: r.node.CurrentTerm(), Leader: r.leader, Refused: r.refuses(voters, learners, again)}
	if r.out.Proposed.Refused == NotRefused && r.changeConfiguration(voters, learners) {
		r.out.Proposed.First, r.out.Proposed.Count = r.node.LastIndex(), 1
	}
}

func (r *Raft) refuses(voters, learners protocol.NodeSet, again bool) Refusal {
	now, everybody := &r.inForce, voters.Union(learners)
	switch {
	case r.node.Role() != protocol.Leader:
		return NotLeader
	case r.transfer.to != protocol.Nil:
		return HandingOver
	case voters == 0 || voters.Intersect(learners) != 0 || everybody.Intersect(r.cfg.Servers) != everybody:
		return NotWellFormed
	case now.IsJoint():
		return ChangeUnderWay
	case !again && voters == now.Voters && learners == now.Learners:
		return AlreadyInForce
	case !r.InForceCommitted():
		return ConfigurationNotCommitted
	case r.node.TermAt(r.node.CommitIndex()) != r.node.CurrentTerm():
		return TermNotCommitted
	}
	return NotRefused
}
