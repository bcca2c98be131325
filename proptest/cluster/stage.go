package cluster

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/eventstreamcore/semel/proptest/workload"
	"github.com/eventstreamcore/semel/raft/wal"
)

// stage is a cluster as the faults of a plan happen to it. An effect is told from what the world counted, so that a
// fault that met nothing says nothing.
type stage struct {
	*Cluster
	rng *rand.Rand

	mu     sync.Mutex
	failed error // of what a fault did that was no fault
}

var _ workload.Cluster = (*stage)(nil)

func newStage(c *Cluster, seed uint64) *stage {
	return &stage{Cluster: c, rng: rand.New(rand.NewPCG(seed, 0x57A6E))}
}

func (s *stage) at(node int) *Node { return s.Node(uint8(node)) }

// Leader is of workload.Cluster.
func (s *stage) Leader() int {
	if l := s.Cluster.Leader(); l != nil {
		return int(l.ID)
	}
	return 0
}

// Stop is of workload.Cluster.
func (s *stage) Stop(node int) workload.Effect { return s.halt(node, (*Node).Stop, "stopped") }

// Kill is of workload.Cluster.
func (s *stage) Kill(node int) workload.Effect { return s.halt(node, (*Node).Kill, "was killed") }

func (s *stage) halt(node int, how func(*Node), word string) workload.Effect {
	n := s.at(node)
	if s.ends(node) {
		n.interrupt()
		return said("node %d %s as it joined", node, word)
	}
	was := describe(n)
	if was == "" {
		return nil
	}
	how(n)
	return said("node %d %s%s", node, word, was)
}

// describe says what a node was doing; empty if it is down.
func describe(n *Node) string {
	status, ok := n.Status()
	if !ok {
		return ""
	}
	return fmt.Sprintf(" as %s of term %d", status.Role, status.Term)
}

// PowerLoss is of workload.Cluster. What is left of unsynced writes is nothing, or any part of them.
func (s *stage) PowerLoss(nodes []int) workload.Effect {
	seeds := make([]uint64, len(nodes))
	for k := range seeds {
		seeds[k] = uint64(s.rng.IntN(2)) * s.rng.Uint64()
		s.ends(nodes[k])
	}
	words := make([]string, len(nodes))
	errs := make([]error, len(nodes))
	s.awaitUnsynced(nodes)
	var all sync.WaitGroup
	for k, node := range nodes {
		all.Go(func() {
			n := s.at(node)
			was, unsynced := describe(n), n.Disk.Unsynced()
			if was == "" && unsynced == 0 {
				return
			}
			words[k] = fmt.Sprintf("node %d lost power%s with %d unsynced writes; ", node, was, unsynced)
			errs[k] = n.LosePower(seeds[k])
		})
	}
	all.Wait()
	told := ""
	for k := range words {
		told += words[k]
		s.note(errs[k])
	}
	return said("%s", trimmed(told))
}

// awaitUnsynced waits a moment for one of the nodes to have something to lose.
func (s *stage) awaitUnsynced(nodes []int) {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_ = Wait(ctx, "something is not synced", func() bool {
		return slices.ContainsFunc(nodes, func(node int) bool { return s.at(node).Disk.Unsynced() > 0 })
	})
}

func trimmed(list string) string {
	if len(list) < 2 {
		return list
	}
	return list[:len(list)-2]
}

// Start is of workload.Cluster.
func (s *stage) Start(node int) {
	o := s.operator
	if o == nil {
		s.note(s.at(node).Start())
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	s.resume(o.at(node))
}

func (s *stage) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil {
		s.failed = err
	}
}

// Cut is of workload.Cluster.
func (s *stage) Cut(from, to int) workload.Effect {
	s.Network.Lose(uint8(from), uint8(to))
	return s.counted(func() int { return s.Network.Traffic(uint8(from), uint8(to)).Lost },
		fmt.Sprintf("messages from %d to %d lost", from, to))
}

// Mend is of workload.Cluster.
func (s *stage) Mend(from, to int) { s.Network.Mend(uint8(from), uint8(to)) }

// SlowDisk is of workload.Cluster.
func (s *stage) SlowDisk(node int, by time.Duration) workload.Effect {
	d := s.at(node).Disk
	d.Slow(by)
	return s.counted(func() int { return d.Counts().SlowSyncs }, fmt.Sprintf("syncs of node %d took %v more", node, by))
}

// FullDisk is of workload.Cluster.
func (s *stage) FullDisk(node int, full bool) workload.Effect {
	n := s.at(node)
	n.Disk.Fill(full)
	if err := n.Err(); errors.Is(err, wal.ErrNoRoom) {
		s.note(fmt.Errorf("node %d stopped for want of room: %w", node, err))
	}
	return s.counted(n.Lacked, fmt.Sprintf("things that node %d had no room for", node))
}

// FailSync is of workload.Cluster.
func (s *stage) FailSync(node int, fail bool) workload.Effect {
	d := s.at(node).Disk
	d.FailSync(fail)
	return s.counted(func() int { return d.Counts().FailedSyncs }, fmt.Sprintf("syncs of node %d failed", node))
}

// LoseReplies is of workload.Cluster.
func (s *stage) LoseReplies(node int, lost bool) workload.Effect {
	n := s.at(node)
	n.Mute(lost)
	return s.counted(n.LostAnswers, fmt.Sprintf("answers of node %d lost", node))
}

// JumpWall is of workload.Cluster.
func (s *stage) JumpWall(node int, by time.Duration) workload.Effect {
	n := s.at(node)
	n.Clock.Jump(by)
	was := describe(n)
	if was == "" {
		return nil
	}
	return said("the wall clock of node %d jumped by %v%s", node, by, was)
}

// TickRate is of workload.Cluster: the ticker of a real node can't be reached.
func (s *stage) TickRate(int, float64) workload.Effect { return nil }

// Hang is of workload.Cluster: what hangs here would be the test itself.
func (s *stage) Hang(int, bool) workload.Effect { return nil }

// ClockRate is of workload.Cluster.
func (s *stage) ClockRate(node int, rate float64) workload.Effect {
	n := s.at(node)
	was, began, shown := describe(n), time.Now(), n.Clock.Now()
	n.Clock.SetRate(rate)
	if was == "" {
		return nil
	}
	lives := n.Lives()
	return func() string {
		if n.Lives() != lives {
			return fmt.Sprintf("the clock of node %d ran at rate %v until it ended", node, rate)
		}
		return fmt.Sprintf("the clock of node %d showed %v for %v%s", node,
			time.Duration(n.Clock.Now()-shown).Round(time.Millisecond), time.Since(began).Round(time.Millisecond), was)
	}
}

// counted is the effect of which a count grows from now on.
func (s *stage) counted(count func() int, what string) workload.Effect {
	before := count()
	return func() string {
		if n := count() - before; n > 0 {
			return fmt.Sprintf("%d %s", n, what)
		}
		return ""
	}
}

func said(format string, what ...any) workload.Effect {
	text := fmt.Sprintf(format, what...)
	return func() string { return text }
}
