// Goal: no sequence of actions, whatever the network loses, repeats and reorders and
// whichever nodes crash, breaks an invariant or an action's property.
// Method: a walk draws one action after another in a world of 1 to 5 nodes and checks
// everything after each; rapid draws, and shortens a walk that fails.

package protocol

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Bounds of a walk, not of the protocol.
const (
	inFlight   = 24 // messages; beyond them the network loses one
	logEntries = 12
)

// walker draws what happens next. draw returns a number in [0, n).
type walker struct {
	*world
	draw func(n int) int
}

// moves by how often they are drawn; the rare ones undo what the others built.
var moves = []struct {
	weight int
	move   func(*walker)
}{
	{30, (*walker).deliverSome},
	{20, (*walker).persistSome},
	{15, (*walker).sendSome},
	{6, (*walker).commit},
	{3, (*walker).read},
	{4, (*walker).confirm},
	{9, (*walker).lead},
	{8, (*walker).request},
	{2, (*walker).campaign},
	{2, (*walker).lose},
	{1, (*walker).crash},
	{1, (*walker).resign},
	{1, (*walker).askAround},
	{1, (*walker).handOver},
	{2, (*walker).compactSome},
}

func (w *walker) step() {
	total := 0
	for _, m := range moves {
		total += m.weight
	}
	at := w.draw(total)
	for _, m := range moves {
		if at < m.weight {
			m.move(w)
			break
		}
		at -= m.weight
	}
	for len(w.messages) > inFlight {
		w.lose()
	}
}

func (w *walker) some() NodeID { return NodeID(1 + w.draw(len(w.nodes))) }

// someOf is a node for which holds; Nil where there is none.
func (w *walker) someOf(holds func(*Node) bool) NodeID {
	var found []NodeID
	for _, n := range w.nodes {
		if holds(n) {
			found = append(found, n.id)
		}
	}
	if len(found) == 0 {
		return Nil
	}
	return found[w.draw(len(found))]
}

func leads(i *Node) bool      { return i.role == Leader }
func hasPending(i *Node) bool { return i.pending.len() > 0 }

func (w *walker) deliverSome() {
	if len(w.messages) == 0 {
		return
	}
	k := w.draw(len(w.messages))
	m := w.messages[k]
	if w.draw(4) > 0 { // otherwise it stays and comes again
		w.take(k)
	}
	w.deliver(m)
}

func (w *walker) lose() {
	if len(w.messages) > 0 {
		w.take(w.draw(len(w.messages)))
	}
}

func (w *walker) persistSome() {
	if i := w.someOf(hasPending); i != Nil {
		w.persist(i)
	}
}

func (w *walker) campaign() { w.timeout(w.some()) }
func (w *walker) crash()    { w.restart(w.some()) }

func (w *walker) askAround() { w.preVote(w.some()) }

// read is the end of a read, or its beginning: that of the next makes the one that waits its own.
func (w *walker) read() {
	if i := w.someOf(leads); i != Nil && !w.confirmRead(i) && (w.node(i).readID == 0 || w.draw(16) == 0) {
		w.readRequest(i)
	}
}

func (w *walker) confirm() {
	i := w.someOf(leads)
	if i == Nil || w.node(i).readID == 0 {
		return
	}
	for _, n := range w.nodes {
		w.confirmTerm(i, n.id)
	}
}

func (w *walker) resign() {
	if i := w.someOf(leads); i != Nil && w.draw(4) == 0 {
		w.world.resign(i)
	}
}

func (w *walker) handOver() {
	i := w.someOf(leads)
	if i == Nil {
		return
	}
	if j := w.someOf(func(n *Node) bool { return n.id != i && w.node(i).matchIndex[n.id] == w.node(i).LastIndex() }); j != Nil {
		w.transferLeadership(i, j)
	}
}

func (w *walker) lead() {
	for _, n := range w.nodes {
		w.becomeLeader(n.id)
	}
}

func (w *walker) commit() {
	if i := w.someOf(leads); i != Nil {
		w.advanceCommitIndex(i)
	}
}

func (w *walker) request() {
	if i := w.someOf(leads); i != Nil && w.node(i).LastIndex() < logEntries {
		w.clientRequest(i, Value(1+w.draw(2)))
	}
}

func (w *walker) sendSome() {
	i := w.someOf(leads)
	if i == Nil {
		return
	}
	j, base, last := w.some(), int(w.node(i).log.base), int(w.node(i).LastIndex())
	if w.draw(2) == 0 && w.sendSnapshot(i, j) {
		return
	}
	prev := base + w.draw(last-base+1)
	w.appendEntries(i, j, Index(prev), uint64(w.draw(last-prev+1)))
}

// compactSome takes a snapshot of some of what a node knows to be committed, and mostly of all.
func (w *walker) compactSome() {
	canCompact := func(n *Node) bool { return n.role != Candidate && compactBound(n) > n.log.base }
	i := w.someOf(canCompact)
	if i == Nil {
		return
	}
	n := w.node(i)
	k := compactBound(n)
	if w.draw(3) == 0 {
		k = n.log.base + 1 + Index(w.draw(int(k-n.log.base)))
	}
	w.compact(i, k)
}

func TestNoSequenceOfActionsBreaksAProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := walkOf(t, rapid.IntRange(1, 5).Draw(t, "nodes"))
		for range rapid.IntRange(20, 500).Draw(t, "steps") {
			w.step()
			if w.broken != nil {
				t.Fatal(w.story())
			}
			require.LessOrEqual(t, len(w.out.Writes), 1, "an action is at most one write: marks count them")
		}
	})
}

// walkOf returns a walker that rapid draws for.
func walkOf(t *rapid.T, nodes int) *walker {
	return &walker{newWorld(nodes), func(n int) int {
		if n <= 1 {
			return 0
		}
		return rapid.IntRange(0, n-1).Draw(t, "draw")
	}}
}

// TestWalksReachWhatTheyShould: a walk that never elects, commits or truncates would
// break nothing and show nothing.
func TestWalksReachWhatTheyShould(t *testing.T) {
	reached := map[string]int{}
	for seed := range uint64(800) {
		w := seeded(seed, 3)
		for range 300 {
			w.step()
			w.tally(reached)
		}
		require.Nil(t, w.broken)
		for _, a := range w.history {
			reached[a.name]++
		}
	}
	for _, what := range []string{"Timeout", "HandleRequestVote", "HandleRequestVoteResponse",
		"BecomeLeader", "StepDown", "ClientRequest", "AppendEntries", "HandleAppendEntries",
		"HandleAppendEntriesResponse", "AdvanceCommitIndex", "Persist", "Restart",
		"Resign", "PreVote", "HandleRequestPreVote", "TransferLeadership", "HandleTimeoutNow",
		"ReadRequest", "ConfirmTerm", "HandleConfirmTerm", "HandleConfirmTermResponse", "ConfirmRead",
		"Compact", "SendSnapshot", "HandleInstallSnapshot", "an append from below a base", "a log behind a base and two entries",
		"two writes pending", "message held", "truncation", "commit by a follower", "refusal in flight"} {
		require.GreaterOrEqual(t, reached[what], 20, what)
	}
}

// tally notes what the world shows after a step.
func (w *walker) tally(reached map[string]int) {
	note := func(what string, holds bool) {
		if holds {
			reached[what]++
		}
	}
	for _, n := range w.nodes {
		note("two writes pending", n.pending.len() > 1)
		note("message held", n.pending.len() > 0 && len(n.pending.at(0).out) > 0)
		note("commit by a follower", n.role == Follower && n.commitIndex > 0)
		note("a log behind a base and two entries", n.log.base > 0 && n.log.last > n.log.base+1)
		for k := range n.pending.len() {
			note("truncation", n.pending.at(k).Prev < n.disk.Log.last)
		}
	}
	for k := range w.messages {
		m := &w.messages[k]
		note("an append from below a base", m.Type == AppendEntries && m.Prev < w.node(m.To).log.base)
		note("refusal in flight", w.messages[k].Type == AppendEntriesResponse && !w.messages[k].Success)
	}
}
