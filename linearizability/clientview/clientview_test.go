package clientview_test

// Goal: porcupine, with nothing but what clients saw, accepts what the service may answer and rejects what it may not.
// Method: histories of one key, written by hand: each rule of the contract kept, and broken.

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/linearizability/clientview"
)

type (
	call   = clientview.Call
	answer = clientview.Answer
)

const (
	ms      = int64(time.Millisecond)
	right   = clientview.Explained
	wrong   = clientview.Wrong
	forever = clientview.Forever
)

// at is a call from one ms to another.
func at(from, until int64, c call) call {
	c.From, c.Until = from*ms, until*ms
	if until == forever {
		c.Until = forever
	}
	if c.Answer != nil && !strings.HasPrefix(string(c.Answer.Outcome), "~") {
		c.Answer.Whole = true
	} else if c.Answer != nil { // a stock client, which is told little
		c.Answer.Outcome = c.Answer.Outcome[1:]
	}
	return c
}

// open is a call that nobody answered.
func open(from int64, c call) call { return at(from, forever, c) }

func claim(owner string, lease int64, a *answer) call {
	return call{Kind: clientview.Claim, Owner: owner, Lease: lease * ms, Answer: a}
}

func window(ttl int64, c call) call { c.TTL = ttl * ms; return c }

func with(value string, c call) call { c.Value = &value; return c }

func named(kind clientview.Kind, token uint64, a *answer) call {
	return call{Kind: kind, Token: token, Answer: a}
}

func plain(kind clientview.Kind, a *answer) call { return call{Kind: kind, Answer: a} }

func said(outcome clientview.Outcome, token uint64) *answer {
	return &answer{Outcome: outcome, Token: token}
}

func again(a *answer) *answer { a.Replayed = true; return a }

func value(text string, a *answer) *answer { a.Value = &text; return a }

func printed(fingerprint string, c call) call { c.Fingerprint = fingerprint; return c }

const (
	complete = clientview.Complete
	release  = clientview.Release
	extend   = clientview.Extend
	query    = clientview.Query
	put      = clientview.Put
	forget   = clientview.Forget
)

// What is told most.
func won(token uint64) *answer       { return said(clientview.Won, token) }
func ok(token uint64) *answer        { return said(clientview.OK, token) }
func fenced(token uint64) *answer    { return said(clientview.Fenced, token) }
func duplicate(token uint64) *answer { return said(clientview.Duplicate, token) }
func done(token uint64) *answer      { return said(clientview.Done, token) }
func pending(token uint64) *answer   { return said(clientview.Pending, token) }
func bare(o clientview.Outcome) *answer {
	return said(o, 0)
}

var histories = []struct {
	name  string
	calls []call
	want  clientview.Result
}{
	{"nothing", nil, right},
	{"one wins, the other hears of it", []call{at(0, 1, claim("a", 0, won(1))), at(2, 3, claim("b", 0, duplicate(1)))}, right},
	{"two win", []call{at(0, 1, claim("a", 0, won(1))), at(2, 3, claim("b", 0, won(2)))}, wrong},
	{"two win while both ask", []call{at(0, 9, claim("a", 0, won(1))), at(0, 9, claim("b", 0, won(2)))}, wrong},
	{"who was called later won first", []call{at(0, 9, claim("a", 0, duplicate(1))), at(5, 9, claim("b", 0, won(1)))}, right},
	{"who had returned knew of a later win", []call{at(0, 4, claim("a", 0, duplicate(1))), at(5, 9, claim("b", 0, won(1)))}, wrong},
	{"a duplicate of a win that nobody asked for", []call{at(0, 1, claim("a", 0, duplicate(1)))}, wrong},
	{"in progress without a win", []call{at(0, 1, claim("a", 5, bare(clientview.InProgress)))}, wrong},

	{"a repeat", []call{at(0, 1, claim("a", 50, won(1))), at(2, 3, claim("a", 50, again(won(1))))}, right},
	{"a repeat with another token", []call{at(0, 1, claim("a", 50, won(1))), at(2, 3, claim("a", 50, again(won(2))))}, wrong},
	{"a repeat that is told duplicate", []call{at(0, 1, claim("a", 0, won(1))), at(2, 3, claim("a", 0, duplicate(1)))}, wrong},
	{"a repeat of what was completed", []call{at(0, 1, claim("a", 50, won(1))), at(2, 3, named(complete, 1, ok(1))), at(4, 5, claim("a", 50, duplicate(1)))}, right},
	{"a repeat of what was completed wins", []call{at(0, 1, claim("a", 50, won(1))), at(2, 3, named(complete, 1, ok(1))), at(4, 5, claim("a", 50, again(won(1))))}, wrong},
	{"a lost reply, and the repeat knows", []call{open(0, claim("a", 50, nil)), at(2, 3, claim("a", 50, again(won(1))))}, right},
	{"a lost reply that did nothing", []call{open(0, claim("a", 50, nil)), at(2, 3, claim("a", 50, won(1)))}, right},
	{"a lost reply, and others hear of the win", []call{open(0, claim("a", 0, nil)), at(2, 3, claim("b", 0, duplicate(7))), at(4, 5, claim("c", 0, duplicate(7)))}, right},
	{"of a win that nobody was told two tokens are told", []call{open(0, claim("a", 0, nil)), at(2, 3, claim("b", 0, duplicate(7))), at(4, 5, claim("c", 0, duplicate(8)))}, wrong},
	{"an open call does something before it is made", []call{at(0, 1, claim("b", 0, duplicate(7))), open(2, claim("a", 0, nil))}, wrong},
	{"an open call does something late", []call{open(0, plain(forget, nil)), at(1, 2, claim("a", 0, won(1))), at(3, 4, claim("b", 0, won(2)))}, right},
	{"two open calls that ask for the same do it twice", []call{open(0, plain(forget, nil)), open(0, plain(forget, nil)), at(1, 2, claim("a", 0, won(1))), at(3, 4, claim("b", 0, won(2))), at(5, 6, claim("c", 0, won(3)))}, right},
	{"an open call does something twice", []call{open(0, plain(forget, nil)), at(1, 2, claim("a", 0, won(1))), at(3, 4, claim("b", 0, won(2))), at(5, 6, claim("c", 0, won(3)))}, wrong},

	{"a lease is over", []call{at(0, 1, claim("a", 10, won(1))), at(9, 10, claim("b", 10, won(2)))}, right},
	{"a lease is over early", []call{at(0, 1, claim("a", 10, won(1))), at(5, 9, claim("b", 10, won(2)))}, wrong},
	{"an open call takes over what is not over yet", []call{at(0, 1, claim("a", 50, won(1))), open(2, claim("b", 50, nil)), at(4, 5, plain(query, pending(2)))}, wrong},
	{"an open call takes over what is over", []call{at(0, 1, claim("a", 50, won(1))), open(2, claim("b", 50, nil)), at(54, 55, plain(query, pending(2)))}, right},
	{"a lease that was set later than its call is over early", []call{open(0, claim("b", 10, nil)), at(20, 21, claim("a", 90, won(1))), at(30, 31, named(release, 1, bare(clientview.OK))), at(32, 33, plain(query, pending(2))), at(35, 36, claim("c", 0, won(3)))}, wrong},
	{"a lease that was set later than its call is over", []call{open(0, claim("b", 10, nil)), at(20, 21, claim("a", 90, won(1))), at(30, 31, named(release, 1, bare(clientview.OK))), at(32, 33, plain(query, pending(2))), at(45, 46, claim("c", 0, won(3)))}, right},
	{"a claim that was stamped early takes effect behind a read", []call{at(213, 292, claim("a", 42, won(1))), at(279, 293, plain(query, bare(clientview.Absent))), at(277, 300, claim("b", 117, won(2)))}, right},
	{"a claim was stamped before one that it follows", []call{at(213, 292, claim("a", 42, won(1))), at(279, 293, plain(forget, bare(clientview.NotFound))), at(277, 300, claim("b", 117, won(2)))}, wrong},
	{"a lease lasts longer", []call{at(0, 1, claim("a", 10, won(1))), at(90, 91, claim("b", 10, bare(clientview.InProgress)))}, right},
	{"an overtaken owner wins again as new", []call{at(0, 1, claim("a", 10, won(1))), at(20, 21, claim("a", 10, won(2)))}, right},
	{"a takeover keeps the token", []call{at(0, 1, claim("a", 10, won(1))), at(20, 21, claim("b", 10, won(1)))}, wrong},
	{"a window is over", []call{at(0, 1, window(10, claim("a", 0, won(1)))), at(11, 12, plain(query, bare(clientview.Absent)))}, right},
	{"a window is over early", []call{at(0, 1, window(10, claim("a", 0, won(1)))), at(5, 9, plain(query, bare(clientview.Absent)))}, wrong},
	{"what was over is back", []call{at(0, 1, window(10, claim("a", 0, won(1)))), at(11, 12, plain(query, bare(clientview.Absent))), at(13, 14, plain(query, done(1)))}, wrong},
	{"a window ends a lease", []call{at(0, 1, window(10, claim("a", 90, won(1)))), at(11, 12, claim("b", 0, won(2)))}, right},
	{"a window without an end ends", []call{at(0, 1, claim("a", 0, won(1))), at(90_000, 90_001, plain(query, bare(clientview.Absent)))}, wrong},
	{"what was completed keeps its window", []call{at(0, 1, window(10, claim("a", 5, won(1)))), at(2, 3, named(complete, 1, ok(1))), at(11, 12, plain(query, bare(clientview.Absent)))}, right},
	{"what was completed gets a window", []call{at(0, 1, window(10, claim("a", 5, won(1)))), at(2, 3, window(90, named(complete, 1, ok(1)))), at(11, 12, plain(query, bare(clientview.Absent)))}, wrong},
	{"an extended lease", []call{at(0, 1, claim("a", 10, won(1))), at(2, 3, call{Kind: extend, Token: 1, Lease: 50 * ms, Answer: ok(1)}), at(20, 21, claim("b", 10, won(2)))}, wrong},
	{"an extended lease is over", []call{at(0, 1, claim("a", 10, won(1))), at(2, 3, call{Kind: extend, Token: 1, Lease: 50 * ms, Answer: ok(1)}), at(52, 53, claim("b", 10, won(2)))}, right},
	{"a lease is not extended past the window", []call{at(0, 1, window(10, claim("a", 5, won(1)))), at(2, 3, call{Kind: extend, Token: 1, Lease: 50 * ms, Answer: ok(1)}), at(20, 21, claim("b", 10, won(2)))}, right},

	{"who was overtaken is fenced", []call{at(0, 1, claim("a", 10, won(1))), at(20, 21, claim("b", 10, won(2))), at(22, 23, named(complete, 1, fenced(2)))}, right},
	{"who was overtaken completes", []call{at(0, 1, claim("a", 10, won(1))), at(20, 21, claim("b", 10, won(2))), at(22, 23, named(complete, 1, ok(1)))}, wrong},
	{"a late completion", []call{at(0, 1, claim("a", 10, won(1))), at(50, 51, named(complete, 1, ok(1)))}, right},
	{"the holder is fenced", []call{at(0, 1, claim("a", 10, won(1))), at(2, 3, named(release, 1, fenced(1)))}, wrong},
	{"fenced by a win that nobody was told", []call{open(0, claim("a", 50, nil)), at(2, 3, named(complete, 9, fenced(4))), at(4, 5, named(complete, 4, ok(4)))}, right},
	{"fenced by its own token", []call{open(0, claim("a", 50, nil)), at(2, 3, named(complete, 4, fenced(4)))}, wrong},
	{"no token is nobody's", []call{open(0, claim("a", 50, nil)), at(2, 3, named(complete, 0, ok(4)))}, wrong},
	{"completed twice", []call{at(0, 1, claim("a", 10, won(1))), at(2, 3, with("x", named(complete, 1, ok(1)))), at(4, 5, with("y", named(complete, 1, again(ok(1))))), at(6, 7, claim("b", 0, value("x", duplicate(1))))}, right},
	{"the second response is kept", []call{at(0, 1, claim("a", 10, won(1))), at(2, 3, with("x", named(complete, 1, ok(1)))), at(4, 5, with("y", named(complete, 1, again(ok(1))))), at(6, 7, claim("b", 0, value("y", duplicate(1))))}, wrong},
	{"a response is withheld", []call{at(0, 1, with("x", claim("a", 0, won(1)))), at(6, 7, claim("b", 0, duplicate(1)))}, wrong},
	{"a response is left out, and that is said", []call{at(0, 1, with("x", claim("a", 0, won(1)))), at(6, 7, claim("b", 0, &answer{Outcome: clientview.Duplicate, Token: 1, ValueOmitted: true}))}, right},
	{"released", []call{at(0, 1, claim("a", 90, won(1))), at(2, 3, named(release, 1, bare(clientview.OK))), at(4, 5, claim("b", 10, won(2)))}, right},
	{"what is done is released", []call{at(0, 1, claim("a", 0, won(1))), at(2, 3, named(release, 1, bare(clientview.OK)))}, wrong},
	{"what is done stays", []call{at(0, 1, claim("a", 0, won(1))), at(2, 3, named(release, 1, bare(clientview.Completed))), at(4, 5, named(extend, 1, bare(clientview.Completed)))}, right},
	{"not found", []call{at(0, 1, named(release, 1, bare(clientview.NotFound))), at(2, 3, named(complete, 1, bare(clientview.NotFound))), at(4, 5, plain(forget, bare(clientview.NotFound)))}, right},
	{"not found, and there", []call{at(0, 1, claim("a", 10, won(1))), at(2, 3, named(complete, 1, bare(clientview.NotFound)))}, wrong},
	{"another fingerprint", []call{at(0, 1, printed("x", claim("a", 10, won(1)))), at(2, 3, printed("y", claim("a", 10, bare(clientview.Mismatch))))}, right},
	{"a fingerprint is ignored", []call{at(0, 1, printed("x", claim("a", 10, won(1)))), at(2, 3, printed("y", claim("a", 10, again(won(1)))))}, wrong},
	{"none is any", []call{at(0, 1, printed("x", claim("a", 10, won(1)))), at(2, 3, claim("a", 10, again(won(1))))}, right},

	{"pending, then done", []call{at(0, 1, claim("a", 50, won(1))), at(2, 3, plain(query, pending(1))), at(4, 5, named(complete, 1, ok(1))), at(6, 7, plain(query, done(1)))}, right},
	{"done before it is", []call{at(0, 1, claim("a", 50, won(1))), at(2, 3, plain(query, done(1)))}, wrong},
	{"another's record", []call{at(0, 1, claim("a", 50, won(1))), at(2, 3, plain(query, &answer{Outcome: clientview.Pending, Token: 1, Owner: "b"}))}, wrong},
	{"two reads, the later one of before", []call{at(0, 90, claim("a", 0, won(1))), at(2, 3, plain(query, done(1))), at(4, 5, plain(query, bare(clientview.Absent)))}, wrong},
	{"two reads, the later one of after", []call{at(0, 90, claim("a", 0, won(1))), at(2, 3, plain(query, bare(clientview.Absent))), at(4, 5, plain(query, done(1)))}, right},
	{"put over all", []call{at(0, 1, claim("a", 50, won(1))), at(2, 3, with("x", plain(put, ok(2)))), at(4, 5, plain(query, value("x", done(2)))), at(6, 7, named(complete, 1, fenced(2)))}, right},
	{"put keeps the token", []call{at(0, 1, claim("a", 50, won(1))), at(2, 3, with("x", plain(put, ok(1))))}, wrong},
	{"put where there is something", []call{at(2, 3, call{Kind: put, IfExists: true, Answer: bare(clientview.NotFound)})}, right},
	{"put where there is nothing", []call{at(2, 3, call{Kind: put, IfExists: true, Answer: ok(1)})}, wrong},
	{"forgotten", []call{at(0, 1, claim("a", 0, won(1))), at(2, 3, plain(forget, bare(clientview.OK))), at(4, 5, claim("b", 0, won(2)))}, right},
	{"full", []call{at(0, 1, claim("a", 0, bare(clientview.Full))), at(2, 3, claim("b", 0, won(2)))}, right},
	{"full, and done", []call{at(0, 1, claim("a", 0, bare(clientview.Full))), at(2, 3, claim("b", 0, duplicate(2)))}, wrong},
	{"a response is full", []call{at(0, 1, claim("a", 50, won(1))), at(2, 3, named(complete, 1, said(clientview.Full, 1))), at(4, 5, plain(query, pending(1)))}, right},

	{"a stock client is first", []call{at(0, 1, with("x", claim("", 0, bare("~won")))), at(2, 3, with("y", claim("", 0, bare("~lost")))), at(4, 5, plain(query, value("x", bare("~done"))))}, right},
	{"a stock client's own line wins again", []call{at(0, 1, with("x", claim("", 0, bare("~won")))), at(2, 3, with("x", claim("", 0, bare("~won"))))}, wrong},
	{"a stock client reads what nobody wrote", []call{at(0, 1, with("x", claim("", 0, bare("~won")))), at(4, 5, plain(query, value("z", bare("~done"))))}, wrong},
	{"a stock client sees nothing of what is pending", []call{at(0, 1, claim("a", 50, won(1))), at(2, 3, plain(query, bare("~none"))), at(4, 5, plain(query, bare("~stands")))}, right},
	{"a stock client sees nothing of what is done", []call{at(0, 1, with("x", claim("a", 0, won(1)))), at(2, 3, plain(query, bare("~none")))}, wrong},
	{"a stock client lost to nobody", []call{at(2, 3, with("x", claim("", 0, bare("~lost"))))}, wrong},
}

// judge searches with clocks that are equally fast.
func judge(calls []call) clientview.Key {
	return clientview.Search{Fastest: 1, Timeout: time.Minute}.Judge("k", calls)
}

func TestHistoriesWrittenByHand(t *testing.T) {
	for _, h := range histories {
		t.Run(h.name, func(t *testing.T) { require.Equal(t, h.want, judge(h.calls).Result) })
	}
}

var streams = []struct {
	name  string
	calls []call
	want  clientview.Result
}{
	{"offsets rise", []call{at(0, 1, stored("a", 5, told(clientview.OK, 1, 5))), at(2, 3, stored("a", 7, told(clientview.OK, 2, 7))), at(4, 5, plain(clientview.CheckpointQuery, told(clientview.OK, 2, 7)))}, right},
	{"an offset of before", []call{at(0, 1, stored("a", 5, told(clientview.OK, 1, 5))), at(2, 3, stored("b", 5, told(clientview.Stale, 1, 5)))}, right},
	{"an offset of before is stored", []call{at(0, 1, stored("a", 5, told(clientview.OK, 1, 5))), at(2, 3, stored("b", 4, told(clientview.OK, 2, 4)))}, wrong},
	{"a repeat", []call{at(0, 1, stored("a", 5, told(clientview.OK, 1, 5))), at(2, 3, stored("a", 5, again(told(clientview.OK, 1, 5))))}, right},
	{"a repeat is stale", []call{at(0, 1, stored("a", 5, told(clientview.OK, 1, 5))), at(2, 3, stored("a", 5, told(clientview.Stale, 1, 5)))}, wrong},
	{"set back", []call{at(0, 1, stored("a", 5, told(clientview.OK, 1, 5))), at(2, 3, call{Kind: clientview.SetCheckpoint, Owner: "z", Offset: 2, Answer: told(clientview.OK, 2, 2)}), at(4, 5, stored("b", 3, told(clientview.OK, 3, 3)))}, right},
	{"of an open one", []call{open(0, stored("a", 5, nil)), at(2, 3, plain(clientview.CheckpointQuery, told(clientview.OK, 9, 5)))}, right},
	{"of none", []call{at(2, 3, plain(clientview.CheckpointQuery, bare(clientview.NotFound))), at(2, 3, plain(clientview.CheckpointQuery, told(clientview.OK, 9, 5)))}, wrong},
	{"full", []call{at(0, 1, stored("a", 5, bare(clientview.Full))), at(2, 3, plain(clientview.CheckpointQuery, bare(clientview.NotFound)))}, right},
	{"claims of a repeated checkpoint are told from their records", []call{
		at(0, 1, claim("a", 10, won(1))), at(2, 3, call{Kind: clientview.Recorded, Owner: "a", Answer: again(won(1))}),
		at(20, 21, call{Kind: clientview.Recorded, Owner: "a", Answer: bare(clientview.InProgress)}), at(22, 23, named(complete, 1, ok(1))),
	}, right},
	{"claims of a repeated checkpoint win", []call{at(2, 3, call{Kind: clientview.Recorded, Owner: "a", Answer: won(1)})}, wrong},
	{"claims of a repeated checkpoint that are gone", []call{at(2, 3, call{Kind: clientview.Recorded, Owner: "a", Answer: bare(clientview.NotFound)})}, right},
}

func stored(owner string, offset uint64, a *answer) call {
	return call{Kind: clientview.Checkpoint, Owner: owner, Offset: offset, Answer: a}
}

func told(outcome clientview.Outcome, token, offset uint64) *answer {
	return &answer{Outcome: outcome, Token: token, Offset: offset}
}

func TestStreamsWrittenByHand(t *testing.T) {
	for _, h := range streams {
		t.Run(h.name, func(t *testing.T) { require.Equal(t, h.want, judge(h.calls).Result) })
	}
}

// How early a lease may be over is a matter of the fastest clock that there was.
func TestFasterClocksEndLeasesEarlier(t *testing.T) {
	calls := []call{at(0, 1, claim("a", 100, won(1))), at(20, 26, claim("b", 10, won(2)))}
	for fastest, want := range map[float64]clientview.Result{1: wrong, 2: wrong, 4: right, 0: right} {
		require.Equal(t, want, clientview.Search{Fastest: fastest, Timeout: time.Minute}.Judge("k", calls).Result, "%v", fastest)
	}
}

// What is not kept of a long history bounds nobody: the lease of the last claim but one is over when its last one comes.
func TestALongHistoryIsJudgedAsAShortOne(t *testing.T) {
	for _, asked := range []int64{2, 130} {
		var calls []call
		for k := range asked {
			calls = append(calls, at(2*k, 2*k+1, plain(query, bare(clientview.Absent))))
		}
		from := 2 * asked
		calls = append(calls, at(from, from+1, claim("a", 10, won(1))), at(from+20, from+21, claim("b", 10, won(2))))
		require.Equal(t, right, judge(calls).Result, "%d", asked)
		calls = append(calls, at(from+22, from+23, claim("c", 10, won(3))))
		require.Equal(t, wrong, judge(calls).Result, "%d", asked)
	}
}

// A crowd is all under way at once: one wins, the others are told so, and nothing tells which comes first but the answers.
func crowd(size int, last clientview.Outcome) (calls []call) {
	for k := range size {
		calls = append(calls, at(0, 90, claim(string(rune('a'+k)), 50_000, bare(clientview.InProgress))))
	}
	calls[size-1].Answer = won(1)
	return append(calls, at(91, 92, plain(query, said(last, 1))))
}

func TestTheSearchSearchesAndSaysHowMuch(t *testing.T) {
	found := judge(crowd(8, clientview.Pending))
	require.Equal(t, clientview.Key{Name: "k", Calls: 9, Overlapping: 8, Steps: found.Steps, Result: right}, found)
	require.Greater(t, found.Steps, found.Calls)
	found = judge(crowd(8, clientview.Done))
	require.Equal(t, wrong, found.Result)
	require.Greater(t, found.Steps, 20*found.Calls, "all orders have to be tried")

	alone := judge([]call{at(0, 1, claim("a", 0, won(1))), at(2, 3, claim("b", 0, duplicate(1))), open(4, plain(forget, nil))})
	require.Equal(t, clientview.Key{Name: "k", Calls: 3, Open: 1, Steps: alone.Steps, Result: right}, alone)
}

func TestWhatIsTooLargeIsLeftOut(t *testing.T) {
	calls := append(crowd(4, clientview.Pending), open(91, plain(forget, nil)))
	for bounds, want := range map[clientview.Bounds]clientview.Result{
		{}: right, {Calls: 6, Open: 1}: right, {Calls: 5, Open: 1}: clientview.LeftOut, {Calls: 6}: clientview.LeftOut,
	} {
		require.Equal(t, want, clientview.Search{Fastest: 1, Bounds: bounds, Timeout: time.Minute}.Judge("k", calls).Result, "%v", bounds)
	}
}

// Open calls that may all have done something, and an answer that none of them explains: there is too much to try.
func hopeless() (calls []call) {
	for k := range 40 {
		calls = append(calls, open(0, with(string(rune('a'+k)), plain(put, nil))))
	}
	for range 8 {
		calls = append(calls, at(1, 90, plain(query, value("a", done(5)))), at(1, 90, plain(query, value("b", done(6)))))
	}
	return append(calls, at(91, 92, plain(query, value("nobody's", done(9)))))
}

func TestASearchThatDoesNotEndIsNoWord(t *testing.T) {
	require.Equal(t, clientview.OutOfTime, clientview.Search{Fastest: 1, Timeout: time.Millisecond}.Judge("k", hopeless()).Result)
}

func TestPorcupineShowsWhatItSearched(t *testing.T) {
	var page strings.Builder
	calls := append(crowd(3, clientview.Pending), at(93, 94, with("x", claim("b", 0, said(clientview.Pending, 1)))), open(95, stored("z", 4, nil)))
	require.NoError(t, clientview.Search{Fastest: 1, Timeout: time.Minute}.Visualize(&page, calls))
	for _, words := range []string{"claim owner a lease 50s → IN_PROGRESS", "query → PENDING with token 1", "pending, token 1, owner c", "→ open"} {
		require.Contains(t, page.String(), words)
	}
}
