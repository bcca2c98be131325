package clientview

// Goal: the search finds an order if and only if there is one. Method: small drawn histories, and a second search that
// leaves nothing out: every order that fits calls and returns, every set of open calls that took effect.

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// explainedNaively tries every order.
func explainedNaively(o object, now record, latest int64, rest []Call) bool {
	answered := false
	for i := range rest {
		answered = answered || !rest[i].open()
	}
	if !answered {
		return true // what is open may never have taken effect
	}
	end := Forever
	for i := range rest {
		end = min(end, rest[i].Until)
	}
	for i := range rest {
		c := &rest[i]
		if end < c.From {
			continue // something that is still to come had returned before it was made
		}
		at := moment{max(latest, c.From), end}
		others := append(append([]Call{}, rest[:i]...), rest[i+1:]...)
		for _, v := range now.views(c, at) {
			for _, t := range o.tells(v, c, at) {
				after, fits := t.after, true
				if !c.open() {
					after, fits = t.explains(c, v)
				}
				if fits && explainedNaively(o, after, setsTime(latest, c), others) {
					return true
				}
			}
		}
	}
	return false
}

// drawCall draws a call with whatever answer: few owners, tokens and moments, so that many histories are nearly right.
func drawCall(t *rapid.T) Call {
	kind := rapid.SampledFrom([]Kind{Claim, Claim, Claim, Claim, Complete, Release, Extend, Query, Query, Put, Forget}).Draw(t, "kind")
	c := Call{Kind: kind, From: rapid.Int64Range(0, 12).Draw(t, "from")}
	c.Until = c.From + rapid.Int64Range(0, 8).Draw(t, "lasts")
	number := func(what string) uint64 { return rapid.Uint64Range(1, 2).Draw(t, what) }
	switch kind {
	case Claim:
		c.Owner = rapid.SampledFrom([]string{"a", "b", ""}).Draw(t, "owner")
		c.Lease = rapid.SampledFrom([]int64{0, 0, 5_000, 50_000}).Draw(t, "lease")
		c.TTL = rapid.SampledFrom([]int64{0, 0, 8_000}).Draw(t, "ttl")
	case Complete, Release, Extend:
		c.Token, c.Lease = number("token"), 20_000
	}
	if !c.Kind.readsOnly() && rapid.IntRange(0, 2).Draw(t, "open") == 0 {
		c.Until = Forever
		return c
	}
	c.Answer = drawAnswer(t, kind, number)
	return c
}

func (k Kind) readsOnly() bool { return k == Query }

func drawAnswer(t *rapid.T, kind Kind, number func(string) uint64) *Answer {
	told := map[Kind][]Outcome{
		Claim: {Won, Won, Duplicate, InProgress}, Complete: {OK, OK, Fenced, NotFound}, Release: {OK, Completed, NotFound}, Extend: {OK, Completed, Fenced},
		Query: {Absent, Pending, Done, Done}, Put: {OK}, Forget: {OK, NotFound},
	}[kind]
	a := &Answer{Outcome: rapid.SampledFrom(told).Draw(t, "outcome"), Whole: rapid.Bool().Draw(t, "whole"), Replayed: rapid.IntRange(0, 3).Draw(t, "again") == 0}
	switch a.Outcome {
	case Won, Duplicate, Fenced, Pending, Done:
		a.Token = number("told")
	case OK:
		if kind != Release && kind != Forget {
			a.Token = number("told")
		}
	}
	return a
}

func TestTheSearchFindsAnOrderIfAndOnlyIfThereIsOne(t *testing.T) {
	counts := map[Result]int{}
	search := Search{Fastest: 1, Timeout: time.Minute}
	rapid.Check(t, func(t *rapid.T) {
		for range 10 {
			calls := rapid.SliceOfN(rapid.Custom(drawCall), 1, 6).Draw(t, "calls")
			for i := range calls { // in µs, since tolerance is one
				calls[i].ID = i
				calls[i].From *= 1000
				if !calls[i].open() {
					calls[i].Until *= 1000
				}
			}
			want := Wrong
			if explainedNaively(object{search.Fastest}, record{}, 0, calls) {
				want = Explained
			}
			counts[want]++
			require.Equal(t, want, search.Judge("", calls).Result, "%s", lines(calls))
		}
	})
	t.Log(counts)
	require.Greater(t, counts[Explained], 100, "hardly a drawn history is right")
	require.Greater(t, counts[Wrong], 100, "hardly a drawn history is wrong")
}

func lines(calls []Call) (all string) {
	for i := range calls {
		all += fmt.Sprintf("\n%d to %d: %s", calls[i].From, calls[i].Until, &calls[i])
	}
	return all
}
