package node

// Goal: the cache holds the end of the log within its bounds and never a payload of another entry; the
// inbox loses only what may be lost. Method: a map as oracle for the cache, tables for the inbox.

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/raft/protocol"
)

func TestCacheHoldsTheEndOfTheLog(t *testing.T) {
	rapid.Check(t, func(draw *rapid.T) {
		c := cache{most: rapid.IntRange(1, 200).Draw(draw, "most")}
		oracle, next := map[protocol.Index]slot{}, protocol.Index(1)
		for range rapid.IntRange(1, 60).Draw(draw, "puts") {
			k := next - min(next-1, protocol.Index(rapid.SampledFrom([]int{0, 0, 0, 1, 5}).Draw(draw, "back")))
			s := slot{protocol.Term(rapid.IntRange(1, 3).Draw(draw, "term")), make([]byte, rapid.IntRange(0, 60).Draw(draw, "bytes"))}
			c.put(k, s.term, s.payload)
			if _, ok := c.get(k, s.term); !ok {
				draw.Fatal("what was put is there until trim")
			}
			c.trim()
			for ; next > k; next-- {
				delete(oracle, next-1)
			}
			oracle[k], next = s, k+1
			checkCache(draw, &c, oracle, next)
		}
	})
}

func checkCache(t *rapid.T, c *cache, oracle map[protocol.Index]slot, next protocol.Index) {
	bytes, held := 0, 0
	for k := range next + 2 {
		for term := range protocol.Term(4) {
			payload, ok := c.get(k, term)
			if !ok {
				continue
			}
			require.Equal(t, oracle[k].term, term)
			require.Len(t, payload, len(oracle[k].payload))
			bytes += len(payload)
			held++
		}
	}
	require.LessOrEqual(t, bytes, c.most)
	require.Equal(t, bytes, c.bytes)
	if last := oracle[next-1]; len(last.payload) <= c.most {
		_, ok := c.get(next-1, last.term)
		require.True(t, ok, "the last entry is there if it fits")
	}
}

func TestCacheIsBoundedInEntries(t *testing.T) {
	c := cache{most: 1 << 20}
	for k := protocol.Index(1); k <= 3*cacheSlots; k++ {
		c.put(k, 1, []byte{1})
		c.trim()
	}
	_, ok := c.get(3*cacheSlots, 1)
	require.True(t, ok)
	_, ok = c.get(2*cacheSlots, 1)
	require.False(t, ok)
	require.Less(t, c.bytes, cacheSlots)
}

func TestInboxIsBounded(t *testing.T) {
	b := newInbox()
	for k := range 5 {
		put, closed := b.putProposal(Proposed(make([]byte, 10), 1, 0, nil), 3, 1000)
		require.Equal(t, k < 3, put)
		require.False(t, closed)
	}
	put, _ := b.putProposal(Proposed(make([]byte, 10), 1, 0, nil), 100, 39)
	require.False(t, put)
	require.True(t, b.putMessage(Arrived(nil, 0, make([]byte, 1000)), 100), "an empty inbox takes one of any size")
	require.False(t, b.putMessage(Arrived(nil, 0, make([]byte, 1)), 100))
	require.True(t, b.put(Tick()))
	<-b.wake
	require.Len(t, b.take(nil, 1), 4, "up to the message that is enough")
	<-b.wake
	require.Len(t, b.take(nil, 1), 1, "and what is left keeps the loop awake")
	require.Zero(t, b.bytes+b.proposals+b.proposalBytes)
	require.True(t, b.putMessage(Arrived(nil, 0, make([]byte, 1)), 100), "there is room again")
	require.Len(t, b.close(), 1)
	require.False(t, b.put(Tick()))
	_, closed := b.putProposal(Proposed(nil, 1, 0, nil), 3, 1000)
	require.True(t, closed)
}

func FuzzBundle(f *testing.F) {
	f.Add(appendToBundle(appendToBundle(nil, []byte("one")), nil), uint64(2))
	f.Add([]byte{255, 255, 255, 255}, uint64(1)<<63)
	f.Fuzz(func(t *testing.T, b []byte, n uint64) {
		payloads, ok := splitBundle(nil, b, n)
		if !ok {
			return
		}
		require.Len(t, payloads, int(n))
		var again []byte
		for _, p := range payloads {
			again = appendToBundle(again, p)
		}
		require.Equal(t, append([]byte{}, b...), append([]byte{}, again...), "a bundle has one form")
	})
}

func FuzzResponse(f *testing.F) {
	f.Add(appendVerdict(nil, ErrLoading))
	f.Add(appendVerdict(nil, &NotLeaderError{Leader: 2}))
	f.Add([]byte{kindAnswers, 1, 2})
	f.Add(appendShelved(nil, 7, 70000, []byte("answers")))
	f.Fuzz(func(t *testing.T, b []byte) {
		answers, apart, err := (&Replica{}).parsePart(b)
		if err == nil && b[0] == kindShelved {
			require.Equal(t, b, appendShelved(nil, apart.number, apart.bytes, answers))
			return
		}
		if err == nil {
			require.EqualValues(t, kindAnswers, b[0])
			require.Equal(t, b[1:], answers)
			return
		}
		known := len(b) > 0 && b[0] != kindAnswers && b[0] < firstVerdict+byte(len(verdicts))
		require.True(t, isVerdict(err), "%v", err)
		require.True(t, known || err != nil && isUnknown(err), "what is not known is unknown")
	})
}

// takesInRounds: messages of many bytes are taken some at a time, and a tick behind them waits for no more than that.
func takesInRounds() error {
	b := newInbox()
	for range 10 {
		b.putMessage(Arrived(nil, 0, make([]byte, 100)), 10_000)
	}
	b.put(Tick())
	for rounds, left := 0, 11; left > 0; rounds++ {
		round := b.take(nil, 300)
		if len(round) > 3 {
			return fmt.Errorf("%d messages of 100 bytes in a round of 300", len(round))
		}
		left -= len(round)
	}
	return nil
}

func TestARoundIsBoundedInBytes(t *testing.T) { require.NoError(t, takesInRounds()) }
