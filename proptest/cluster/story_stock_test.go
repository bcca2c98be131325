package cluster

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/workload"
)

// unheard: a stock client sets a key at a follower that is heard by its leader and hears nothing of it. What it asked for is
// applied, and the follower can't know. Whatever the client is told, another one reads what it set.
func unheard(t *testing.T) (*story, error) {
	s := beginWith(t, 3, 20*time.Millisecond, 500*time.Millisecond)
	err := Wait(s.ctx, "a stock client that was told nothing has set a key", func() bool {
		s.cluster.Network.HealAll()
		leader, err := s.cluster.AwaitLeader(s.ctx)
		if err != nil {
			return false
		}
		others := s.cluster.others(leader)
		s.cluster.Network.Lose(leader.ID, others[0].ID)
		s.calls++
		key, value := fmt.Sprintf("key-%d", s.calls), fmt.Appendf(nil, "value of call %d", s.calls)
		set := s.stock(others[0], workload.Seen, key, value)
		s.cluster.Network.HealAll()
		read := s.stock(others[1], workload.Query, key, nil)
		return set.failure != "" && read.failure == "" && slices.Contains(there, read.answers[0].Outcome)
	})
	return s, err
}

// there is what a stock client is told of what stands, by EXISTS and by GET.
var there = []linearizability.Outcome{linearizability.Stands, linearizability.Done}

// stock makes one call of a stock Redis client.
func (s *story) stock(at *Node, kind workload.Kind, key string, value []byte) reply {
	command := workload.Command{Kind: dedup.KindQuery, Key: key}
	if kind == workload.Seen {
		command.Kind, command.Value = dedup.KindClaim, value
	}
	call := workload.Call{
		Client: int(at.ID), Kind: kind, Node: int(at.ID), Door: workload.Redis, Patience: 20 * time.Second, Commands: []workload.Command{command},
	}
	a := newAsker(s.cluster, &s.secret, 1)
	defer a.close()
	said, err := s.make(s.ctx, a, &call)
	if err != nil {
		return unknown(err)
	}
	return said
}
