package server

// Goal: what the replica's loop builds of a call's answers is bounded, whatever the call reads; one call's values are
// bounded by its own limit and by nobody else's. Method: a real machine, and counts of bytes.

import (
	"bytes"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/raft/node"
)

var large = bytes.Repeat([]byte("v"), dedup.MaxValueBytes)

// reading returns a machine that has applied an entry of so many reads of the largest value.
func reading(t *testing.T, n int) *Machine {
	m := NewMachine(dedup.Bootstrap{CapacityKeys: 9, CapacityBytes: 1 << 20})
	require.NoError(t, m.Apply(1, m.AppendBootstrap(nil, 1)))
	require.NoError(t, m.Apply(2, dedup.AppendPut(m.AppendHeader(nil, 2), dedup.Put{Key: dedup.Key{1}, Value: large})))
	payload := m.AppendHeader(nil, 3)
	for range n {
		payload = dedup.AppendQuery(payload, dedup.Query{Key: dedup.Key{1}})
	}
	require.NoError(t, m.Apply(3, payload))
	return m
}

// builtInTheLoop is how many bytes the loop builds for a call that reads n of the largest values.
func builtInTheLoop(t *testing.T, n int) int {
	built, _ := reading(t, n).AppendAnswers(nil, 0, n)
	return len(built)
}

// mostBuilt is what the loop may build: some 100 bytes an answer, and what was copied when it was applied.
func mostBuilt(n int) int { return 100*n + dedup.CopiedBytes }

func TestLargeValuesAreNotBuiltInTheLoop(t *testing.T) {
	for _, n := range []int{1, 2, 250, dedup.MaxCommands} {
		require.LessOrEqual(t, builtInTheLoop(t, n), mostBuilt(n), "%d", n)
	}
}

func whole(t *testing.T, b []byte, apart node.Values, n int) []Answer {
	for all := len(b) + apart.Bytes(); len(b) < all; {
		before := len(b)
		var err error
		b, err = apart.Next(b)
		require.NoError(t, err)
		require.LessOrEqual(t, len(b)-before, dedup.MaxValueBytes)
	}
	apart.Close()
	answers, err := DecodeAnswers(b, n)
	require.NoError(t, err)
	return answers
}

// Each of two calls in one entry gets what its own limit lets it have.
func TestACallsValuesAreBoundedByItsOwnLimit(t *testing.T) {
	const fit = dedup.MaxAnswerBytes / dedup.MaxValueBytes
	m := reading(t, 2*(fit+1))
	for call := range 2 {
		b, apart := m.AppendAnswers(nil, call*(fit+1), fit+1)
		answers := whole(t, b, apart, fit+1)
		for i := range answers[:fit] {
			require.Equal(t, large, answers[i].Value, "call %d, answer %d", call, i)
		}
		require.True(t, answers[fit].Omitted)
		require.Nil(t, answers[fit].Value)
		require.Equal(t, dedup.Done, answers[fit].Outcome)
	}
}

// What was read apart is given back while the loop goes on.
func TestValuesAreReadBesideTheLoop(t *testing.T) {
	m := reading(t, 1)
	var readers sync.WaitGroup
	for index := uint64(4); index < 200; index++ {
		payload := m.AppendHeader(nil, index)
		for range 2 {
			payload = dedup.AppendQuery(payload, dedup.Query{Key: dedup.Key{1}})
		}
		payload = dedup.AppendPut(payload, dedup.Put{Key: dedup.Key{1}, Value: large})
		require.NoError(t, m.Apply(index, payload))
		b, apart := m.AppendAnswers(nil, 0, 2)
		readers.Go(func() {
			for _, a := range whole(t, b, apart, 2) {
				require.True(t, bytes.Equal(large, a.Value))
			}
		})
	}
	readers.Wait()
}
