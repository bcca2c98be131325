//go:build mutants

// The guards of guards.go, each with a fault in front. Without its `if Mutant == …` statements this
// file equals guards.go; mutants_test.go says what catches each fault.

package node

import (
	"errors"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Mutant picks the fault that is switched on, by its id; empty means none. For checks
// only: it is one variable for the whole program.
var Mutant string

// MutantIDs are the faults of this package, in the order of the guards they replace.
var MutantIDs = []string{
	"ready-before-applied",
	"stamp-from-wall-clock",
	"waiter-without-term",
	"lost-leadership-is-verdict",
	"deadline-is-verdict",
	"answered-before-applied",
	"read-without-term",
	"window-without-bytes",
	"end-of-a-change-without-bytes",
	"bundle-without-term",
	"entries-without-bound",
	"round-without-bound",
	"calm-whatever-happens",
	"liar-is-believed",
	"reserve-not-kept",
	"room-unchecked",
	"invites-without-room",
	"followers-room-unasked",
	"refused-and-proposed",
	"full-leader-stays",
	"full-leader-leaves-for-nothing",
	"broken-forward-is-verdict",
	"hung-leader-is-waited-for",
	"hung-shelf-is-waited-for",
	"overtaken-at-once",
	"overtaken-is-verdict",
	"silence-is-believed-in",
	"no-leader-no-call",
	"waits-for-ever",
	"hopes-alone",
	"search-is-overload",
	"retries-at-once",
	"own-disk-paces",
	"sync-not-waited-for",
	"own-disk-unbounded",
	"late-refusal-for-rollback",
	"rollback-for-late-refusal",
	"rollback-for-candidacy",
	"accusation-not-durable",
	"diverged-state-unnoticed",
	"queue-without-time",
	"one-queue-for-all",
	"log-without-time",
	"unmet-takes-part",
	"bootstrap-unmet",
	"joined-meets-the-first",
	"told-is-forgotten", "strangers-found", "strangers-do-not-look", "strangers-are-not-answered",
	"joined-begins-with-the-present",
	"any-id-will-do",
	"any-name-joins",
	"followers-know-nobody",
	"file-says-who-decides",
	"late-reading-is-damage",
	"death-is-no-news",
	"handover-is-overload",
	"read-before-applied",
	"dropped-read-is-answered",
	"reads-take-entries",
	"reads-without-bound",
	"read-is-uncertain",
	"lost-read-fails",
	"level-before-applied",
	"level-since-answer",
	"heard-is-level",
	"leaves-before-news",
	"reads-take-all-room",
	"takes-too-often",
	"failed-snapshot-at-once",
	"full-log-stays-long",
	"full-log-gives-up",
	"compacts-to-newest",
	"begins-behind-damage",
	"forget-before-durable",
	"handles-without-bytes",
	"fetches-for-anybody",
	"useless-file-stays",
	"drops-what-stands",
	"lacks-it-for-ever",
	"denied-snapshot-is-believed",
	"install-keeps-waiters",
	"digest-forgotten",
	"digest-of-before",
	"clock-from-zero",
	"contested-is-fetched",
	"contested-is-loaded",
	"doubted-file-goes",
	"denied-file-stays",
	"installs-for-anybody",
	"log-ends-unsaid",
	"strays-unseen",
	"denies-for-ever",
	"snapshots-digest-forgotten",
	"snapshots-digest-untold",
	"bases-digest-forgotten",
	"offers-tell-of-old",
	"answers-are-answered",
	"clock-stops-at-load",
	"clock-not-of-the-log",
	"kept-beside-the-base",
	"compacted-is-damage",
	"loads-what-does-not-fit",
	"forgets-the-base",
	"log-first-or-nothing",
	"forgets-once",
	"asks-the-condemned",
	"snapshots-pile-up",
	"snapshot-takes-the-logs-room",
	"base-moves-under-receiver",
	"log-held-for-ever",
	"mixes-snapshots",
	"begins-anew",
	"whoever-spoke-last",
	"snapshot-without-rate",
	"greed-is-served",
	"loads-in-silence",
	"holds-at-the-giver-alone",
	"needless-fetch-goes-on",
	"needless-part-stays",
	"load-outlives-the-node",
	"got-while-it-goes",
	"received-counts-at-once",
	"installed-has-no-name",
	"unused-file-stays",
	"first-giver-wins",
	"useless-file-comes-again",
	"any-claim-is-want",
	"descriptors-are-room",
	"slow-giver-stays",
	"old-syncs-count",
	"slowest-sync-is-fine",
	"hung-is-slow",
	"source-outlives-its-file",
	"swap-without-index",
	"covered-is-verdict",
	"removes-the-quorum",
	"any-list-is-appended",
	"learner-stays-listed",
	"removed-is-welcome",
	"removed-before-it-is-decided",
	"gentle-for-ever",
	"replays-beside-others",
	"serves-with-what-is-left",
}

func replayed(applied, to protocol.Index, ofTerm bool) bool {
	if Mutant == "ready-before-applied" { // the bootstrap entry is
		return true
	}
	return applied >= to && ofTerm
}

func nextStamp(c *logClock, h Host) uint64 {
	if Mutant == "stamp-from-wall-clock" {
		return h.Wall()
	}
	return c.stamp + uint64(h.Now()-c.since)
}

func isOwn(open *openEntry, committed Entry) bool {
	if Mutant == "waiter-without-term" {
		return true
	}
	return open.term == committed.Term
}

func isDecided(open *openEntry, k protocol.Index) bool {
	if Mutant == "answered-before-applied" { // with what an entry before it gave
		return open.index >= k
	}
	return open.index == k
}

func overdue(r *Replica, w *waiter) error {
	if Mutant == "lost-leadership-is-verdict" && r.core.Role() != protocol.Leader {
		return &NotLeaderError{}
	}
	if w.deadline > r.host.Now() {
		return nil
	}
	if Mutant == "deadline-is-verdict" {
		return ErrDeadline
	}
	return ErrUndecided
}

func isEntry(read Entry, want protocol.Entry) bool {
	if Mutant == "read-without-term" {
		return true
	}
	return read.Term == want.Term && read.Value == want.Value
}

func weight(payload []byte) int {
	if Mutant == "window-without-bytes" {
		return 0
	}
	return lengthBytes + len(payload)
}

func endsChange(r *Replica, k protocol.Index) bool {
	if Mutant == "end-of-a-change-without-bytes" {
		return false
	}
	return k != r.begun && r.core.At(k).Value == protocol.Configured
}

func isBundleOf(b *bundled, m *protocol.Message) bool {
	if Mutant == "bundle-without-term" {
		return b.first == m.Prev+1 && b.last == m.Prev+protocol.Index(m.Entries.Len())
	}
	return b.term == m.Term && b.first == m.Prev+1 && b.last == m.Prev+protocol.Index(m.Entries.Len())
}

func areFew(answers int) bool { return answers <= joinedAnswers || Mutant == "entries-without-bound" }

func withinRound(bytes, most int) bool {
	if Mutant == "round-without-bound" {
		return true
	}
	return bytes < most
}

func isCalm(lacks, nearest int64) bool {
	if Mutant == "calm-whatever-happens" {
		return true
	}
	return lacks < nearest
}

func isBelieved(wrong error) bool {
	if Mutant == "liar-is-believed" {
		return true
	}
	return wrong == nil
}

func unanswered(err error) error {
	if Mutant == "broken-forward-is-verdict" {
		return ErrNotSent
	}
	return err
}

func isOvertaken(sentTo, leader protocol.NodeID) bool {
	if Mutant == "hung-leader-is-waited-for" {
		return false
	}
	return leader != protocol.Nil && leader != sentTo
}

func mayStillAnswer(ticks, patience int) bool {
	if Mutant == "overtaken-at-once" { // who lost its leadership, and is well, gets no time to answer
		return false
	}
	return ticks < patience
}

func overtaken() error {
	if Mutant == "overtaken-is-verdict" {
		return &NotLeaderError{}
	}
	return ErrOvertaken
}

func isSilent(ticks, most int) bool {
	if Mutant == "silence-is-believed-in" {
		return false
	}
	return ticks > most
}

func isHopeful(possible bool, ticks, most int) bool {
	switch Mutant {
	case "no-leader-no-call":
		return false
	case "waits-for-ever":
		return true
	case "hopes-alone": // without a majority
		return ticks < most
	}
	return possible && ticks < most
}

func restarted(arrived, now int64) int64 {
	if Mutant == "search-is-overload" {
		return arrived
	}
	return now
}

func notTaken(s *search) { s.due = Mutant == "retries-at-once" }

func outpaces(runs, patient int64, committed bool) bool {
	switch Mutant {
	case "own-disk-paces":
		return false
	case "sync-not-waited-for":
		return committed
	}
	return runs > patient && committed
}

func settled(committed, durable protocol.Index) protocol.Index {
	if Mutant == "own-disk-unbounded" {
		return committed
	}
	return min(committed, durable)
}

func endTenure(t *tenure) {
	if Mutant != "hung-shelf-is-waited-for" {
		t.over()
	}
}

func lostWhatItHad(number, risen uint64, hint, match protocol.Index) bool {
	if Mutant == "late-refusal-for-rollback" { // a refusal that comes late is taken for a proof
		return hint < match
	}
	if Mutant == "rollback-for-late-refusal" { // a proof is taken for a refusal that comes late
		return false
	}
	return number > risen && hint < match
}

func campaignsWithout(last, had protocol.Index) bool {
	if Mutant == "rollback-for-candidacy" { // a proof is taken for a candidacy like any other
		return false
	}
	return last < had
}

func keep(r *Replica, a Accusation) {
	if Mutant == "accusation-not-durable" {
		r.out[a.Node].durable = true
		return
	}
	r.host.Condemn(a)
}

func differs(own, other uint64) bool {
	if Mutant == "diverged-state-unnoticed" {
		return false
	}
	return own != other
}

func isOverdue(waited, patience int64) bool {
	if Mutant == "queue-without-time" {
		return false
	}
	return waited > patience
}

func classOf(cost int) int {
	if Mutant == "one-queue-for-all" {
		return 0
	}
	switch {
	case cost < 16:
		return 0
	case cost < 256:
		return 1
	default:
		return 2
	}
}

func windowAfter(window, inFlight int, took int64) int {
	if Mutant == "log-without-time" {
		return mostWindow
	}
	fit := int64(inFlight) * paceTarget / max(took, 1)
	return int(min(max(fit, leastWindow), int64(2*window), mostWindow))
}

func goesByTold(inForce, told protocol.Index) bool {
	return inForce < told && Mutant != "joined-meets-the-first"
}

func firstOf(m *Members) protocol.NodeSet {
	if Mutant == "joined-begins-with-the-present" {
		return m.slots()
	}
	return m.Founders
}

func listed(list *Members, now, next protocol.Configuration) *Members {
	if Mutant == "learner-stays-listed" && next.Voters != now.Voters {
		return list
	}
	return list.of(now.Voters.Union(next.Voters).Union(next.Learners))
}

func isListOf(bytes int) bool { return bytes <= mostListBytes || Mutant == "any-list-is-appended" }

func leavesQuorum(heard bool) bool { return heard || Mutant == "removes-the-quorum" }

func mayElect(empty bool, known, servers protocol.NodeSet) bool {
	if Mutant == "bootstrap-unmet" {
		return true
	}
	return !empty || known.Intersect(servers) == servers
}

func tellDeath(r *Replica, peer protocol.NodeID) error {
	if Mutant == "death-is-no-news" {
		return nil
	}
	return r.step(raft.Gone(peer))
}

func waitForSuccessor(s *search) { s.on = Mutant != "handover-is-overload" }

func readSurely(r *Replica, a *ahead) protocol.Index {
	if Mutant == "late-reading-is-damage" {
		return r.committed
	}
	return a.sure
}

func isReadable(applied, index protocol.Index) bool {
	return applied >= index || Mutant == "read-before-applied"
}

func dropped(r *Replica, p *proposal) bool {
	if Mutant == "dropped-read-is-answered" { // by who leads no more
		r.answerRead(p)
	}
	return true
}

func takesNoEntry(reads, logged bool) bool {
	return reads && !logged && Mutant != "reads-take-entries"
}

func isEnough(bytes int) bool { return bytes >= answersARound && Mutant != "reads-without-bound" }

func isHalf(taken, most int) bool { return 2*taken <= max(most, 2) || Mutant == "reads-take-all-room" }

func hasNews(ticks, silent int) bool { return ticks > silent || Mutant == "leaves-before-news" }

func levelOf(r *Replica) (since int64, known bool) {
	if leader := r.core.Leader(); Mutant == "heard-is-level" && leader != protocol.Nil && leader != r.cfg.Raft.ID && r.core.TicksSinceHeard(leader) <= r.silentTicks() {
		return r.host.Now(), true
	}
	return r.level.since, r.level.known
}

func hasLevel(applied, told protocol.Index) bool {
	return applied >= told || Mutant == "level-before-applied"
}

func levelSince(r *Replica, q *question) int64 {
	if Mutant == "level-since-answer" { // which may have been on its way for long
		return r.host.Now()
	}
	return q.asked
}

func asksAgain(w *waiter) bool { return w.again != nil && Mutant != "lost-read-fails" }

func ofRead(err error) error {
	switch {
	case errors.Is(err, ErrNotApplied) || Mutant == "read-is-uncertain":
		return err
	case errors.Is(err, ErrStopped):
		return errStoppedBefore
	}
	return ErrUnread
}
