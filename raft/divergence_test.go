// Goal: a long divergence is found in at most as many rounds as it has terms.
// Method: a property over pairs of logs that elections can have left behind: a common
// part, then each later term on one side alone, since a term has one leader.

package raft

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// divergence is two logs and how many terms they have behind what they share.
type divergence struct {
	leader, follower []protocol.Entry
	terms            int
}

func drawDivergence(t *rapid.T) divergence {
	var d divergence
	entries := func(term, most int) []protocol.Entry {
		n := rapid.IntRange(0, most).Draw(t, "entries")
		return repeat(protocol.Entry{Term: protocol.Term(term), Value: protocol.Command}, n)
	}
	term := 1
	for ; term <= rapid.IntRange(0, 3).Draw(t, "common terms"); term++ {
		d.leader = append(d.leader, entries(term, 5)...)
	}
	d.follower = append(d.follower, d.leader...)
	for last := term + rapid.IntRange(0, 8).Draw(t, "terms"); term < last; term++ {
		side := &d.leader
		if rapid.Bool().Draw(t, "the follower's") {
			side = &d.follower
		}
		added := entries(term, 20)
		*side = append(*side, added...)
		d.terms += min(1, len(added))
	}
	return d
}

func repeat(e protocol.Entry, n int) []protocol.Entry {
	log := make([]protocol.Entry, n)
	for k := range log {
		log[k] = e
	}
	return log
}

func TestDivergenceIsFoundInAsManyRoundsAsItHasTerms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDivergence(t)
		rounds, c := d.heal(t, keep)
		require.LessOrEqual(t, rounds, d.terms)
		require.Equal(t, c.at(1).disk.image.log, c.at(2).disk.image.log)
	})
}

// heal has the one with the leader's log elected, and returns how often the other refused;
// alter is done to each refusal.
func (d *divergence) heal(t failer, alter func(c *cluster, refusal *protocol.Message)) (rounds int, c *cluster) {
	c = newTrio(t)
	for id, log := range map[protocol.NodeID][]protocol.Entry{1: d.leader, 2: d.follower, 3: d.leader} {
		c.at(id).disk.image = image{term: 20, log: log}
		c.at(id).start()
	}
	c.lost = func(m *protocol.Message) bool {
		if m.From == 2 && m.Type == protocol.AppendEntriesResponse && !m.Success {
			rounds++
			alter(c, m)
		}
		return false
	}
	c.elect(1)
	return rounds, c
}

func TestDivergenceSearchSkipsWholeTerms(t *testing.T) {
	d := divergence{
		leader:   append(repeat(one, 10), repeat(two, 200)...),
		follower: append(repeat(one, 10), repeat(three, 200)...),
	}
	rounds, c := d.heal(t, keep)
	require.LessOrEqual(t, rounds, 2, "and not 200")
	require.Len(t, c.at(2).disk.image.log, 211)

	// The bound can fail: with hints that only say "not here" each round finds one entry less.
	rounds, c = d.heal(t, func(c *cluster, refusal *protocol.Message) {
		refusal.Hint, refusal.HintTerm = c.at(1).node.NextIndex(2)-2, 20
	})
	require.Greater(t, rounds, 100)
	require.Len(t, c.at(2).disk.image.log, 211)
}

func keep(*cluster, *protocol.Message) {}
