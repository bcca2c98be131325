//go:build !mutants

package node

import (
	"errors"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// The decisions that what is promised to waiters rests on. guards_mutants.go holds a wrong one for each
// fault; the tests show that each is caught.

// replayed reports whether what was committed at the start is applied: up to the index that is known of it,
// and an entry of the present leader's term.
func replayed(applied, to protocol.Index, ofTerm bool) bool { return applied >= to && ofTerm }

// nextStamp: S + (now − r), never a maximum with another clock.
func nextStamp(c *logClock, h Host) uint64 { return c.stamp + uint64(h.Now()-c.since) }

// isOwn reports whether the entry committed at an open proposal's index is the proposal's own.
func isOwn(open *openEntry, committed Entry) bool { return open.term == committed.Term }

// isDecided reports whether an open entry's waiters hear now that the entry at k is applied.
func isDecided(open *openEntry, k protocol.Index) bool { return open.index == k }

// overdue is the verdict on one who waits for what is in the log: none before the deadline, whoever leads by then; and
// then that nobody knows.
func overdue(r *Replica, w *waiter) error {
	if w.deadline > r.host.Now() {
		return nil
	}
	return ErrUndecided
}

// isEntry reports whether what was read of the log is the entry that the core has there.
func isEntry(read Entry, want protocol.Entry) bool {
	return read.Term == want.Term && read.Value == want.Value
}

// weight is how much of a message's and of a window's bytes an entry with a payload counts for.
func weight(payload []byte) int { return lengthBytes + len(payload) }

// endsChange reports whether the entry at k, which this step appends, is the core's own by which it ends a change.
func endsChange(r *Replica, k protocol.Index) bool {
	return k != r.begun && r.core.At(k).Value == protocol.Configured
}

// isBundleOf reports whether a bundle that was made for a message is another one's as well.
func isBundleOf(b *bundled, m *protocol.Message) bool {
	return b.term == m.Term && b.first == m.Prev+1 && b.last == m.Prev+protocol.Index(m.Entries.Len())
}

// areFew reports whether proposals with so many answers are joined in one entry.
func areFew(answers int) bool { return answers <= joinedAnswers }

// withinRound reports whether a round of the loop takes more, after messages with so many bytes.
func withinRound(bytes, most int) bool { return bytes < most }

// isCalm reports whether a peer that lacks so many bytes is served calmly: it is nearer than ever before.
func isCalm(lacks, nearest int64) bool { return lacks < nearest }

// isBelieved reports whether a message is handled in which something is wrong, or nothing.
func isBelieved(wrong error) bool { return wrong == nil }

// unanswered is the verdict on a request without a response.
func unanswered(err error) error { return err }

// isOvertaken reports whether another node leads than the one that a request was sent to.
func isOvertaken(sentTo, leader protocol.NodeID) bool {
	return leader != protocol.Nil && leader != sentTo
}

// mayStillAnswer reports whether a leader that another one has followed for so long is still waited for.
func mayStillAnswer(ticks, patience int) bool { return ticks < patience }

// overtaken is the verdict on what was sent to a leader that another one has followed, and that does not answer.
func overtaken() error { return ErrOvertaken }

// isSilent reports whether a leader was not heard for too long to be sent proposals.
func isSilent(ticks, most int) bool { return ticks > most }

// isHopeful reports whether proposals may wait for a leader, when one is possible and none was there for so many ticks.
func isHopeful(possible bool, ticks, most int) bool { return possible && ticks < most }

// restarted is from when the wait for room in the log counts, after the search for a leader.
func restarted(_, now int64) int64 { return now }

// notTaken notes that a leader did not take something: it is not tried again before the next tick.
func notTaken(s *search) { s.due = false }

// outpaces reports whether the others' disks set the pace: a sync has run for so long, and all in the log is committed without it.
func outpaces(runs, patient int64, committed bool) bool { return runs > patient && committed }

// settled is up to where a log is both committed and durable here.
func settled(committed, durable protocol.Index) protocol.Index { return min(committed, durable) }

// endTenure tells those who fetch what a leader answered that another one leads.
func endTenure(t *tenure) { t.over() }

// lostWhatItHad reports whether a refusal proves that its sender lost what it had acknowledged, up to match: it
// refuses an append that was sent after that was known, and its log has nothing in common with the leader's above hint.
func lostWhatItHad(number, risen uint64, hint, match protocol.Index) bool {
	return number > risen && hint < match
}

// campaignsWithout reports whether a candidate whose log ends at last lost what it had acknowledged and is committed.
func campaignsWithout(last, had protocol.Index) bool { return last < had }

// keep has an accusation made durable; nobody is told of it before.
func keep(r *Replica, a Accusation) { r.host.Condemn(a) }

// differs reports whether two replicas' states differ after the same entry.
func differs(own, other uint64) bool { return own != other }

// isOverdue reports whether a proposal that is in no log has waited for too long.
func isOverdue(waited, patience int64) bool { return waited > patience }

// classOf returns the class in which a proposal of a cost waits.
func classOf(cost int) int {
	switch {
	case cost < 16:
		return 0
	case cost < 256:
		return 1
	default:
		return 2
	}
}

// windowAfter is how many bytes may be in the log and not applied, after an entry was that took so long while so many bytes
// were in flight.
func windowAfter(window, inFlight int, took int64) int {
	fit := int64(inFlight) * paceTarget / max(took, 1)
	return int(min(max(fit, leastWindow), int64(2*window), mostWindow))
}

// goesByTold reports whether a folder that joined goes by what it was told then: its log has only what is older.
func goesByTold(inForce, told protocol.Index) bool { return inForce < told }

// firstOf are the slots of the members with whom each log of a cluster begins.
func firstOf(m *Members) protocol.NodeSet { return m.Founders }

// listed are those of a list that are members while a change goes from one configuration to another: a learner that leaves is gone at once.
func listed(list *Members, now, next protocol.Configuration) *Members {
	return list.of(now.Voters.Union(next.Voters).Union(next.Learners))
}

// isListOf reports whether so many bytes may be said of members.
func isListOf(bytes int) bool { return bytes <= mostListBytes }

// leavesQuorum reports whether members may go, where a majority of those that stay is heard, or is not.
func leavesQuorum(heard bool) bool { return heard }

// mayElect reports whether a node may vote and campaign: one that holds nothing must have met all, for they may have met it
// with another folder.
func mayElect(empty bool, known, servers protocol.NodeSet) bool {
	return !empty || known.Intersect(servers) == servers
}

// tellDeath tells the core of a peer's death.
func tellDeath(r *Replica, peer protocol.NodeID) error { return r.step(raft.Gone(peer)) }

// waitForSuccessor has what is proposed while a leader hands over wait as for a leader.
func waitForSuccessor(s *search) { s.on = true }

// readSurely is up to where what was read of the log is what stands there now.
func readSurely(_ *Replica, a *ahead) protocol.Index { return a.sure }

// isReadable reports whether enough is applied for a read that is confirmed at an index.
func isReadable(applied, index protocol.Index) bool { return applied >= index }

// dropped reports whether a read that the core has dropped waits for a leader again.
func dropped(*Replica, *proposal) bool { return true }

// takesNoEntry reports whether a proposal that reads or not is answered without one.
func takesNoEntry(reads, logged bool) bool { return reads && !logged }

// isEnough reports whether a round has made enough answers to reads.
func isEnough(bytes int) bool { return bytes >= answersARound }

// isHalf reports whether what reads take is half of what may be taken at most.
func isHalf(taken, most int) bool { return 2*taken <= max(most, 2) }

// hasNews reports whether those who are heard have told of their room since this replica lacks some, for so many ticks.
func hasNews(ticks, silent int) bool { return ticks > silent }

// levelOf is since when a replica knows that it has all.
func levelOf(r *Replica) (since int64, known bool) { return r.level.since, r.level.known }

// hasLevel reports whether what was told to be committed is applied.
func hasLevel(applied, told protocol.Index) bool { return applied >= told }

// levelSince is since when what was told is all that anybody had been told: since before it was asked.
func levelSince(_ *Replica, q *question) int64 { return q.asked }

// asksAgain reports whether who waits for an entry that is not, or may not be, applied can be asked for anew.
func asksAgain(w *waiter) bool { return w.again != nil }

// ofRead is the verdict on what only reads, in place of one that leaves open whether it was applied.
func ofRead(err error) error {
	switch {
	case errors.Is(err, ErrNotApplied):
		return err
	case errors.Is(err, ErrStopped):
		return errStoppedBefore
	}
	return ErrUnread
}
