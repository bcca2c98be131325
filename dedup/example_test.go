package dedup_test

// Goal: what each operation looks like to whoever calls it. Method: examples.

import (
	"fmt"

	"github.com/eventstreamcore/semel/dedup"
)

// log is a log of one replica: it stamps entries with ms since its start.
type log struct {
	machine *dedup.Machine
	results dedup.Results
	index   uint64
	millis  uint64
}

func newLog() *log {
	l := &log{machine: dedup.New()}
	l.apply(dedup.AppendBootstrap(nil, startNanos, &dedup.Bootstrap{Secret: secret, CapacityKeys: 1000, CapacityBytes: 1 << 20}))
	return l
}

func (l *log) header() []byte { return dedup.AppendHeader(nil, startNanos+l.millis*milli) }

func (l *log) apply(payload []byte) []dedup.Result {
	l.index++
	if err := l.machine.Apply(l.index, payload, &l.results); err != nil {
		panic(err)
	}
	return l.results.Answers
}

func ExampleClaim() {
	l := newLog()
	order := dedup.Digest(&secret, "default", []byte("order-17"))
	worker := dedup.OwnerDigest(&secret, []byte("execution-1"))
	claim := dedup.Claim{Key: order, Owner: worker, LeaseMillis: 1000, TTLMillis: 60_000}

	won := l.apply(dedup.AppendClaim(l.header(), claim))[0]
	fmt.Println(won.Outcome, won.Token, won.ExpiresInMillis, won.Replayed)
	l.millis += 100 // the reply was lost: the same call again
	won = l.apply(dedup.AppendClaim(l.header(), claim))[0]
	fmt.Println(won.Outcome, won.Token, won.ExpiresInMillis, won.Replayed)
	claim.Owner = dedup.OwnerDigest(&secret, []byte("execution-2"))
	other := l.apply(dedup.AppendClaim(l.header(), claim))[0]
	fmt.Println(other.Outcome, other.RetryAfterMillis)
	// Output:
	// WON 1 60000 false
	// WON 1 59900 true
	// IN_PROGRESS 900
}

func ExampleComplete() {
	l := newLog()
	claim := dedup.Claim{Key: dedup.Key{1}, Owner: 1, LeaseMillis: 1000, TTLMillis: 60_000}
	token := l.apply(dedup.AppendClaim(l.header(), claim))[0].Token

	done := l.apply(dedup.AppendComplete(l.header(), dedup.Complete{Key: claim.Key, Token: token, Response: []byte("paid")}))[0]
	fmt.Println(done.Outcome, done.Replayed)
	l.millis += 5000
	again := l.apply(dedup.AppendClaim(l.header(), claim))[0]
	fmt.Printf("%s %d ms ago: %s\n", again.Outcome, again.AgeMillis, l.results.Value(0))
	// Output:
	// OK false
	// DUPLICATE 5000 ms ago: paid
}

func ExampleComplete_fenced() {
	l := newLog()
	slow := l.apply(dedup.AppendClaim(l.header(), dedup.Claim{Key: dedup.Key{1}, Owner: 1, LeaseMillis: 1000}))[0]
	l.millis += 1000 // its lease is over
	fast := l.apply(dedup.AppendClaim(l.header(), dedup.Claim{Key: dedup.Key{1}, Owner: 2, LeaseMillis: 1000}))[0]
	late := l.apply(dedup.AppendComplete(l.header(), dedup.Complete{Key: dedup.Key{1}, Token: slow.Token}))[0]
	fmt.Println(slow.Token, fast.Token, late.Outcome, late.Token)
	// Output: 1 2 FENCED 2
}

func ExampleRelease() {
	l := newLog()
	token := l.apply(dedup.AppendClaim(l.header(), dedup.Claim{Key: dedup.Key{1}, Owner: 1, LeaseMillis: 1000}))[0].Token
	release := dedup.AppendRelease(l.header(), dedup.Release{Key: dedup.Key{1}, Token: token})
	for range 2 {
		fmt.Println(l.apply(release)[0].Outcome)
	}
	// Output:
	// OK
	// NOT_FOUND
}

func ExampleExtend() {
	l := newLog()
	token := l.apply(dedup.AppendClaim(l.header(), dedup.Claim{Key: dedup.Key{1}, Owner: 1, LeaseMillis: 1000, TTLMillis: 3000}))[0].Token
	l.millis += 900
	extended := l.apply(dedup.AppendExtend(l.header(), dedup.Extend{Key: dedup.Key{1}, Token: token, LeaseMillis: 5000}))[0]
	fmt.Println(extended.Outcome, extended.LeaseMillis, "of", extended.ExpiresInMillis)
	// Output: OK 2100 of 2100
}

func ExampleAppendClaimBatch() {
	l := newLog()
	batch := []dedup.Claim{{Key: dedup.Key{1}, Owner: 1}, {Key: dedup.Key{2}, Owner: 2}, {Key: dedup.Key{1}, Owner: 3}}
	if err := dedup.ValidateBatch(batch); err != nil {
		panic(err)
	}
	for _, a := range l.apply(dedup.AppendClaimBatch(l.header(), batch)) {
		fmt.Println(a.Number, a.Outcome, a.Token)
	}
	// Output:
	// 1 WON 1
	// 2 WON 2
	// 3 DUPLICATE 1
}

func ExamplePut() {
	l := newLog()
	claimed := l.apply(dedup.AppendClaim(l.header(), dedup.Claim{Key: dedup.Key{1}, Owner: 1, LeaseMillis: 1000}))[0]
	put := l.apply(dedup.AppendPut(l.header(), dedup.Put{Key: dedup.Key{1}, Value: []byte("by hand")}))[0]
	late := l.apply(dedup.AppendComplete(l.header(), dedup.Complete{Key: dedup.Key{1}, Token: claimed.Token}))[0]
	fmt.Println(put.Outcome, put.Token, late.Outcome)
	// Output: OK 2 FENCED
}

func ExampleForget() {
	l := newLog()
	l.apply(dedup.AppendClaim(l.header(), dedup.Claim{Key: dedup.Key{1}, Owner: 1}))
	forget := dedup.AppendForget(l.header(), dedup.Forget{Key: dedup.Key{1}})
	for range 2 {
		fmt.Println(l.apply(forget)[0].Outcome)
	}
	// Output:
	// OK
	// NOT_FOUND
}

func ExampleCheckpoint() {
	l := newLog()
	partition := dedup.Digest(&secret, "payments", []byte{0, 7})
	checkpoint := dedup.Checkpoint{Key: partition, Owner: 9, Offset: 4711, Claims: []dedup.Claim{{Key: dedup.Key{1}, Owner: 9}, {Key: dedup.Key{2}, Owner: 9}}}
	for range 2 { // the second time the reply was lost
		for _, a := range l.apply(dedup.AppendCheckpoint(l.header(), checkpoint)) {
			fmt.Println(a.Kind, a.Outcome, a.Token, a.Replayed)
		}
	}
	checkpoint.Owner, checkpoint.Claims = 10, nil
	stale := l.apply(dedup.AppendCheckpoint(l.header(), checkpoint))[0]
	fmt.Println(stale.Outcome, stale.Offset)
	// Output:
	// checkpoint OK 1 false
	// claim WON 2 false
	// claim WON 3 false
	// checkpoint OK 1 true
	// claim WON 2 true
	// claim WON 3 true
	// STALE 4711
}

func ExampleCheckpointQuery() {
	l := newLog()
	l.apply(dedup.AppendCheckpoint(l.header(), dedup.Checkpoint{Key: dedup.Key{7}, Owner: 9, Offset: 4711}))
	stored := l.apply(dedup.AppendCheckpointQuery(l.header(), dedup.CheckpointQuery{Key: dedup.Key{7}}))[0]
	fmt.Println(stored.Outcome, stored.Offset, stored.Owner, stored.Number)
	// Output: OK 4711 9 1
}

func ExampleQuery() {
	l := newLog()
	l.apply(dedup.AppendClaim(l.header(), dedup.Claim{Key: dedup.Key{1}, Owner: 1, LeaseMillis: 1000, Fingerprint: []byte("sha")}))
	record := l.apply(dedup.AppendQuery(l.header(), dedup.Query{Key: dedup.Key{1}}))[0]
	fmt.Printf("%s by %d, fingerprint %s\n", record.Outcome, record.Owner, l.results.Fingerprint(0))
	// Output: PENDING by 1, fingerprint sha
}

func ExampleMachine_Peek() {
	l := newLog()
	l.apply(dedup.AppendClaim(l.header(), dedup.Claim{Key: dedup.Key{1}, Owner: 1}))
	var stale dedup.Results
	l.machine.Peek(dedup.Key{1}, &stale)
	fmt.Println(stale.Answers[0].Outcome, "as of entry", stale.Index)
	// Output: DONE as of entry 2
}

func ExampleClaim_Validate() {
	fmt.Println(dedup.Claim{LeaseMillis: 5000, TTLMillis: 1000}.Validate())
	// Output: invalid claim: lease in ms is 5000, want at most the ttl, 1000: shorten the lease or lengthen the ttl
}
