package simulator

// Goal: who looks only at what is new sees what one sees who looks at everything. Method: members whose logs are
// replaced and committed as it comes, rightly or not, and a second version that begins at the first entry each time.

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// everything is history.committedStays, without a memory of what was looked at.
func (h *history) everything(n *protocol.Node) error {
	base := n.SnapshotIndex()
	if int(base) > len(h.committed) || base > 0 && h.committed[base-1].entry.Term != n.TermAt(base) {
		return fmt.Errorf("another entry at the base %d", base)
	}
	for k := base + 1; k <= n.CommitIndex(); k++ {
		if int(k) > len(h.committed) {
			h.committed = append(h.committed, committed{n.At(k), n.CurrentTerm()})
		}
		if h.committed[k-1].entry != n.At(k) {
			return fmt.Errorf("another entry at %d", k)
		}
	}
	for i, was := range h.committed {
		k := protocol.Index(i + 1)
		if k > base && n.Role() == protocol.Leader && was.term <= n.CurrentTerm() && (k > n.LastIndex() || n.At(k) != was.entry) {
			return fmt.Errorf("leader lacks entry %d", k)
		}
	}
	return nil
}

// drawnMember is a member without a protocol.
type drawnMember struct {
	id     protocol.NodeID
	term   protocol.Term
	log    []protocol.Entry
	base   int // as far as a snapshot stands for it
	commit int
	leads  bool
}

// change is one of what happens to a member; it returns behind what its log was replaced.
func (m *drawnMember) change(t *rapid.T, others []*drawnMember) (cut protocol.Index) {
	cut = uncut
	switch rapid.IntRange(0, 6).Draw(t, "change") {
	case 0, 1: // as a follower of somebody
		from := rapid.SampledFrom(others).Draw(t, "leader")
		prev := rapid.IntRange(0, min(len(m.log), len(from.log))).Draw(t, "prev")
		m.log, m.term, m.leads, cut = append(m.log[:prev:prev], from.log[prev:]...), max(m.term, from.term), false, protocol.Index(prev)
	case 2:
		prev := len(m.log)
		if rapid.IntRange(0, 9).Draw(t, "loses") == 0 {
			prev = rapid.IntRange(0, prev).Draw(t, "prev")
		}
		m.log, cut = append(m.log[:prev:prev], protocol.Entry{Term: m.term, Value: protocol.Command}), protocol.Index(prev)
	case 3:
		m.term, m.leads = m.term+protocol.Term(rapid.IntRange(1, 2).Draw(t, "terms")), rapid.Bool().Draw(t, "leads")
	case 4:
		m.base = rapid.IntRange(m.base, m.commit).Draw(t, "base")
	default:
		m.commit = rapid.IntRange(min(m.commit, len(m.log)), len(m.log)).Draw(t, "commit")
	}
	m.commit = min(m.commit, len(m.log))
	m.base = min(m.base, m.commit)
	return cut
}

// node is the member as the protocol has it: a leader is one in a cluster of its own.
func (m *drawnMember) node() *protocol.Node {
	whole := protocol.LogOf(m.log...)
	base := protocol.Index(m.base)
	entries := whole.Slice(base, whole.LastIndex())
	disk := protocol.HardState{Term: m.term, Log: protocol.LogBehind(base, whole.TermAt(base), &entries), Commit: protocol.Index(m.commit)}
	if !m.leads {
		return protocol.New(m.id, protocol.Nodes(1, 2, 3), disk)
	}
	disk.Term--
	n, out := protocol.New(m.id, protocol.Nodes(m.id), disk), protocol.Output{}
	_ = n.Timeout(&out) && n.Persist(&out) && n.BecomeLeader(&out)
	return n
}

func TestWhatIsNewTellsAsMuchAsEverything(t *testing.T) {
	broken, led := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		members := []*drawnMember{{id: 1, term: 1}, {id: 2, term: 1}, {id: 3, term: 1}}
		var quick, whole history
		for range rapid.IntRange(1, 60).Draw(t, "changes") {
			m := rapid.SampledFrom(members).Draw(t, "member")
			others := slices.DeleteFunc(slices.Clone(members), func(o *drawnMember) bool { return o == m })
			cut := m.change(t, others)
			n := m.node()
			if n.Role() == protocol.Leader {
				led++
			}
			want := whole.everything(n)
			require.Equal(t, want == nil, quick.committedStays(n, cut) == nil, "%v", want)
			require.Equal(t, whole.committed, quick.committed)
			if want != nil {
				broken++
				return
			}
		}
	})
	require.Positive(t, broken)
	require.Positive(t, led)
}
