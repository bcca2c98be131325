// Goal: what a peer is sent and has not acknowledged is bounded in bytes, and so is each message;
// what is lost is sent again no more often than it is lost; what is not at hand waits.
// Method: entries with sizes by their index, a follower that hears nothing, loses, or is far behind.
// The same bounds are asserted of every step of the drawn runs, see checkWindows.

package raft

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// sized returns the Fit of a caller whose entries have size(k) bytes, and are at hand where held is nil or says so.
func sized(size func(k protocol.Index) int, held func(k protocol.Index) bool) Fit {
	return func(_ protocol.NodeID, prev protocol.Index, n uint64, most int) (count uint64, bytes int) {
		for k := prev + 1; count < n && (held == nil || held(k)); k++ {
			if count > 0 && bytes+size(k) > most {
				break
			}
			count, bytes = count+1, bytes+size(k)
		}
		return count, bytes
	}
}

func tens(protocol.Index) int { return 10 }

func newSized(t *testing.T, inMessage, inFlight int, fit Fit) (*cluster, *replica) {
	c := newCluster(t, 3, Config{MaxBytesPerMessage: inMessage, MaxInflightBytes: inFlight, Fit: fit})
	c.acknowledge = true
	return c, c.elect(1)
}

func TestBytesCutBatchesToMessages(t *testing.T) {
	_, r := newSized(t, 25, 1000, sized(tens, nil))
	require.Equal(t, []string{
		"1->2 AppendEntries term=1 prev=1@1 entries=[1 1] commit=1",
		"1->2 AppendEntries term=1 prev=3@1 entries=[1 1] commit=1",
		"1->2 AppendEntries term=1 prev=5@1 entries=[1] commit=1",
	}, to(2, r.step(Proposed(5)).Messages))
}

func TestWindowBoundsBytes(t *testing.T) {
	c, r := newSized(t, 20, 50, sized(tens, nil))
	held := c.hold()
	r.step(Proposed(25))
	require.Equal(t, 50, r.Status().Peers[0].InflightBytes)
	require.Len(t, *held, 3, "two of twenty, and the ten that are left")
	r.step(Proposed(25))
	require.Len(t, *held, 3, "not one more")
	r.step(Tick())
	require.Len(t, *held, 4, "but a heartbeat needs no room")
	c.settle()
	require.EqualValues(t, 51, r.node.CommitIndex(), "the quorum does not wait for the slow")

	c.lost, c.network = nil, *held
	c.settle()
	require.EqualValues(t, 51, c.at(2).Status().AppliedIndex)
	require.Zero(t, r.Status().Peers[0].InflightBytes)
}

func TestAnEntryBeyondTheWindowGoesAlone(t *testing.T) {
	large := func(k protocol.Index) int {
		if k%3 == 0 {
			return 1000
		}
		return 10
	}
	c, r := newSized(t, 20, 50, sized(large, nil))
	held := c.hold()
	r.step(Proposed(8))
	require.Len(t, *held, 1, "entry 2; entry 3 waits until nothing is on its way")
	c.lost, c.network = nil, *held
	c.settle()
	require.EqualValues(t, 9, c.at(2).Status().AppliedIndex, "and no size stops a follower for good")
}

// What a follower loses, because its inbox is full or the network is bad, costs as much again and a probe, not
// the window over and over.
func TestWhatIsLostIsSentOnceMore(t *testing.T) {
	for _, every := range []int{2, 3, 10} {
		c, r := newSized(t, 20, 200, sized(tens, nil))
		appends, sent, lost := 0, 0, 0
		c.lost = func(m *protocol.Message) bool {
			if m.To != 2 || m.Entries.Len() == 0 {
				return false
			}
			sent += int(m.Entries.Len())
			if appends++; appends%every == 0 {
				lost++
				return true
			}
			return false
		}
		r.step(Proposed(400))
		for range 400 {
			c.settle()
			c.tick()
		}
		require.EqualValues(t, 401, c.at(2).Status().AppliedIndex)
		require.LessOrEqual(t, sent, 400+lost*20, "each loss brings at most one window of 20 entries anew")
	}
}

// Entries that are not at hand hold up their peer alone, and heartbeats do not wait for them.
func TestWhatIsNotAtHandWaits(t *testing.T) {
	have := protocol.Index(1)
	var r *replica
	fit := sized(tens, func(k protocol.Index) bool { return k <= have })
	c, r := newSized(t, 1000, 1000, fit)
	require.Empty(t, to(2, r.step(Proposed(5)).Messages))
	require.Equal(t, []string{"1->2 AppendEntries term=1 prev=1@1 entries=[] commit=1"}, to(2, r.step(Tick()).Messages))
	have = 4
	require.Equal(t, []string{"1->2 AppendEntries term=1 prev=1@1 entries=[1 1 1] commit=1"}, to(2, r.step(Supplied()).Messages))
	c.settle()
	have = 6
	r.step(Supplied())
	c.settle()
	require.EqualValues(t, 6, r.node.CommitIndex())
}
