// Goal: the ring of messages on their way is a queue.
// Method: a property against a slice.

package raft

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/raft/protocol"
)

func TestFlightIsAQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(1, 5).Draw(t, "most")
		f, queue := newFlight(most), []sent{}
		last := protocol.Index(0)
		push := func(t *rapid.T) {
			if f.count < most {
				last += protocol.Index(rapid.IntRange(1, 3).Draw(t, "entries"))
				s := sent{last, rapid.IntRange(0, 9).Draw(t, "bytes")}
				f.push(s.end, s.bytes)
				queue = append(queue, s)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"push": push, "push more": push, "push again": push,
			"acknowledge": func(t *rapid.T) {
				n := rapid.IntRange(0, len(queue)).Draw(t, "messages")
				before := last + 1
				if n < len(queue) {
					before = queue[n].end
				}
				f.acknowledge(before - 1)
				queue = queue[n:]
			},
			"clear": func(*rapid.T) {
				f.clear()
				queue = queue[:0]
			},
			"": func(t *rapid.T) {
				var held []sent
				bytes := 0
				for k := range f.count {
					held = append(held, f.sent[(f.first+k)%most])
					bytes += held[k].bytes
				}
				require.True(t, slices.Equal(queue, held), "%v is %v", queue, held)
				require.Equal(t, bytes, f.bytes)
			},
		})
	})
}
