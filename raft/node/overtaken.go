package node

// A leader that hangs keeps its connections, and what was sent to it gets no answer. Whoever sent it need not wait for the
// deadline: once another node is known to lead, an answer comes soon or, most likely, never. A leader that was
// followed and is well applies what the new one commits, and answers what it was sent with what became of it; that takes as
// long as the new one's first entry needs to be committed, and a heartbeat to tell. Who waited longer is told that nobody
// knows: the first one may have sent it to others before it hung, and those may have made it part of the new one's log; or
// it has not read it yet, leads again later and takes it then.
//
// The same leader in a later term answers as it would have. Only a change to another one counts, this replica
// included; where it changes back, the time begins anew.

// leastAnswerTicks is what the first one is given at least.
const leastAnswerTicks = 4

// answerTicks is how long a leader that was followed has to answer what it was sent.
func (r *Replica) answerTicks() int { return max(leastAnswerTicks, r.core.Config().HeartbeatTicks+1) }

// tickForwarded lets a unit of time pass for what was sent to leaders that another one has followed.
func (r *Replica) tickForwarded() {
	if len(r.forwarded.open) == 0 {
		return
	}
	leader, patience := r.core.Leader(), r.answerTicks()
	for _, number := range r.forwarded.numbers() {
		call := r.forwarded.open[number]
		if !isOvertaken(call.to, leader) {
			call.overtakenTicks = 0
			continue
		}
		if call.proposals[0].waiter.reads && !call.proposals[0].logged { // what reads may be asked twice
			r.forwarded.take(number)
			call.abandon()
			r.returnReads(call)
			continue
		}
		if call.overtakenTicks++; mayStillAnswer(call.overtakenTicks, patience) {
			continue
		}
		r.forwarded.take(number)
		call.abandon()
		for k := range call.proposals {
			r.returnOrTell(call.to, &call.proposals[k], overtaken())
		}
	}
}
