// Goal: whatever network, disks and crashes do, nothing the specification forbids happens;
// and when they stop doing it, a leader is there soon and commits all it accepts everywhere.
// Method: rapid draws configuration and faults, one small step at a time; cluster_test.go
// asserts invariants, action properties, windows and the twin after each. Then the faults
// stop and the ticks are counted.

package raft

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/raft/protocol"
)

func drawCluster(t *rapid.T) *cluster {
	return newCluster(t, rapid.SampledFrom([]int{1, 2, 3, 3, 3, 5}).Draw(t, "replicas"), drawConfig(t))
}

func drawConfig(t *rapid.T) Config {
	perMessage := rapid.IntRange(1, 4).Draw(t, "entries in a message")
	bytes := rapid.IntRange(1, 20).Draw(t, "bytes in a message")
	size := func(k protocol.Index) int { return int(k*7%11) + 1 }
	return Config{
		Seed:                 rapid.Uint64().Draw(t, "seed"),
		ElectionTicks:        rapid.IntRange(3, 6).Draw(t, "election ticks"),
		HeartbeatTicks:       rapid.IntRange(1, 2).Draw(t, "heartbeat ticks"),
		MaxEntriesPerMessage: perMessage,
		MaxInflightEntries:   perMessage * rapid.IntRange(1, 3).Draw(t, "window"),
		MaxInflightMessages:  rapid.IntRange(1, 4).Draw(t, "messages in flight"),
		MaxBytesPerMessage:   bytes,
		MaxInflightBytes:     bytes * rapid.IntRange(1, 3).Draw(t, "window in bytes"),
		Fit:                  sized(size, nil),
	}
}

// faults are what may happen, by name, for rapid to choose among.
func (c *cluster) faults() map[string]func(*rapid.T) {
	anyone := func(t *rapid.T) *replica { return c.replicas[rapid.IntRange(0, len(c.replicas)-1).Draw(t, "replica")] }
	up := func(t *rapid.T, do func(r *replica)) {
		if r := anyone(t); !r.crashed {
			do(r)
		}
	}
	message := func(t *rapid.T, do func(k int)) {
		if n := len(c.network); n > 0 {
			do(rapid.IntRange(0, n-1).Draw(t, "message"))
		}
	}
	deliver := func(t *rapid.T) { message(t, func(k int) { c.deliver(c.take(k)) }) }
	inOrder := func(t *rapid.T) {
		for n := min(len(c.network), rapid.IntRange(1, 10).Draw(t, "messages")); n > 0; n-- {
			c.deliver(c.take(0))
		}
	}
	sync := func(t *rapid.T) {
		up(t, func(r *replica) { r.sync(rapid.IntRange(0, len(r.disk.waiting)).Draw(t, "writes")) })
	}
	return map[string]func(*rapid.T){
		"tick": func(t *rapid.T) {
			ticks := rapid.IntRange(1, 4).Draw(t, "ticks")
			up(t, func(r *replica) {
				for range ticks {
					if !r.crashed {
						r.step(Tick())
					}
				}
			})
		},
		"deliver": deliver, "deliver more": deliver, "deliver in order": inOrder, "and again": inOrder,
		"repeat": func(t *rapid.T) { message(t, func(k int) { c.deliver(c.network[k]) }) },
		"lose":   func(t *rapid.T) { message(t, func(k int) { c.take(k) }) },
		"propose": func(t *rapid.T) {
			up(t, func(r *replica) { r.step(Proposed(rapid.IntRange(1, 6).Draw(t, "commands"))) })
		},
		"read": func(t *rapid.T) {
			up(t, func(r *replica) { r.step(Read(rapid.IntRange(1, 3).Draw(t, "reads"))) })
		},
		"compact": func(t *rapid.T) {
			up(t, func(r *replica) {
				if r.appliedIndex > 0 {
					r.step(Compact(protocol.Index(rapid.IntRange(1, int(r.appliedIndex)).Draw(t, "up to"))))
				}
			})
		},
		"sync": sync, "sync more": sync,
		"crash or come back": func(t *rapid.T) {
			r := anyone(t)
			if r.crashed {
				r.start()
			} else {
				r.crash(rapid.IntRange(0, len(r.disk.waiting)).Draw(t, "writes kept"))
			}
			require.NoError(t, c.nodes().Check())
		},
	}
}

// healTicks is how long a cluster without faults may take: some elections, each of a
// timeout of at most 2·6 ticks, since two that time out together draw again.
const healTicks = 20 * 12

// heal lets the faults stop. It returns after how many ticks one leader is followed by all
// and what it then accepted is applied by all, or an error after healTicks.
func (c *cluster) heal() (ticks int, err error) {
	c.calm()
	var went Proposal
	for ticks := range healTicks {
		if leader := c.leader(); went.Count == 0 && leader != nil && c.allFollow(leader) {
			went = leader.step(Proposed(7)).Proposed
			c.settle()
		}
		if went.Count > 0 && c.allApplied(went.First+6) {
			return ticks, c.sameLogs(went)
		}
		c.tick()
	}
	return 0, fmt.Errorf("%d ticks were not enough: leader %v, accepted %v, applied %d",
		healTicks, c.leader() != nil, went, len(c.applied))
}

// calm lets the faults stop.
func (c *cluster) calm() {
	c.acknowledge = true
	for _, r := range c.replicas {
		if r.crashed {
			r.start()
		}
		r.sync(len(r.disk.waiting))
	}
	c.settle()
}

func (c *cluster) allFollow(leader *replica) bool {
	for _, r := range c.replicas {
		if s := r.Status(); s.Leader != leader.cfg.ID || s.Term != leader.term {
			return false
		}
	}
	return true
}

func (c *cluster) allApplied(k protocol.Index) bool {
	for _, r := range c.replicas {
		if r.appliedIndex < k {
			return false
		}
	}
	return true
}

// sameLogs returns an error unless all disks hold one log, with the accepted entries at
// their places.
func (c *cluster) sameLogs(went Proposal) error {
	for _, r := range c.replicas {
		if base := int(r.disk.image.base); base > len(c.applied) || !slices.Equal(r.disk.image.log, c.applied[base:]) {
			return fmt.Errorf("replica %d has on disk %v, applied was %v", r.cfg.ID, r.disk.image.log, c.applied)
		}
	}
	for k := went.First; k < went.First+protocol.Index(went.Count); k++ {
		if want := (protocol.Entry{Term: went.Term, Value: protocol.Command}); c.applied[k-1] != want {
			return fmt.Errorf("applied %v at %d, where %v was accepted", c.applied[k-1], k, want)
		}
	}
	return nil
}

func TestSafeUnderFaultsAndLiveAfterThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCluster(t)
		for range rapid.IntRange(1, 5).Draw(t, "spells of faults") {
			c.acknowledge = false
			t.Repeat(c.faults())
			_, err := c.heal()
			require.NoError(t, err)
		}
	})
}

func TestElectionsEndSoon(t *testing.T) {
	longest := 0
	for seed := range uint64(100) {
		c := newCluster(t, 5, Config{Seed: seed, ElectionTicks: 6})
		ticks, err := c.heal()
		require.NoError(t, err)
		longest = max(longest, ticks)
	}
	require.Less(t, longest, 5*12, "of 100 seeds none takes more than a few elections")
}
