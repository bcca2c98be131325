package clients_test

// Goal: with all stock clients at work, a leader may be stopped and no key is won twice or by
// nobody. Method: key by key, all clients claim at once with SET NX GET and a value of their own, ask
// the next node when they get an error, and ask again until they are answered; in the middle the
// leader is stopped, and at the end started again on its log. Then each key has one winner, whose
// value every node holds. The judge is tried on wrong answers.

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const keysOfStorm = 90

var storm = []string{"redis-cli", "go-redis", "redigo", "redis-py", "node-redis", "ioredis"}

// claimant is one client of each node. It asks the node that answered last.
type claimant struct {
	name  string
	nodes []client
	at    int
}

// claim asks until it is answered, and returns what the key holds: its own name if it won.
func (c *claimant) claim(key string, deadline time.Time) answer {
	command := words{"SET", key, c.name, "NX", "GET", "EX", "6000"}
	for {
		got := c.nodes[c.at].run(command)[0]
		if got == "null" {
			return answered(c.name)
		}
		if !got.failed() || time.Now().After(deadline) {
			return got
		}
		c.at = (c.at + 1) % len(c.nodes)
		<-time.After(often) // who has no leader answers at once
	}
}

func TestEveryKeyHasOneWinnerWhenTheLeaderIsStopped(t *testing.T) {
	c := startCluster(t)
	claimants, leader := c.claimants(t), c.leader(t)
	heard := make([][]answer, len(claimants))
	stopped := make(chan error, 1)
	for k := range keysOfStorm {
		if k == keysOfStorm/3 {
			go func() { stopped <- leader.stop() }()
		}
		claimAtOnce(claimants, stormKey(k), heard)
	}
	require.NoError(t, <-stopped)
	winners, wrong := judge(storm, heard)
	require.Empty(t, wrong)

	leader.start(t)
	c.waitUntilReady(t)
	for _, m := range c {
		require.Equal(t, winners, stored(t, m))
	}
	t.Log("won:", tally(winners))
}

// claimAtOnce lets all claim a key and adds what each heard.
func claimAtOnce(claimants []*claimant, key string, heard [][]answer) {
	var working sync.WaitGroup
	deadline := time.Now().Add(patience)
	for i, one := range claimants {
		working.Go(func() { heard[i] = append(heard[i], one.claim(key, deadline)) })
	}
	working.Wait()
}

func tally(winners []answer) map[answer]int {
	count := map[answer]int{}
	for _, w := range winners {
		count[w]++
	}
	return count
}

func stormKey(k int) string { return fmt.Sprint("event-", k) }

// claimants open a client of each node in each library, and wait until each is connected. What a
// library does by itself stays on, but for the two that would wait for a node that is down.
func (c cluster) claimants(t *testing.T) []*claimant {
	t.Helper()
	var all []*claimant
	for _, name := range storm {
		one := &claimant{name: name, at: len(all) % len(c)}
		for _, m := range c {
			r := byDefault
			if name == "node-redis" || name == "ioredis" {
				r = off
			}
			at := called(t, name).open(t, m.address, r)
			t.Cleanup(at.close)
			require.Equal(t, []answer{`"PONG"`}, at.run(words{"PING"}))
			one.nodes = append(one.nodes, at)
		}
		all = append(all, one)
	}
	return all
}

// judge returns the winner of each key, and what is wrong: each client must have heard the same of
// a key, the name of one of them.
func judge(names []string, heard [][]answer) (winners []answer, wrong []string) {
	known := map[answer]bool{}
	for _, name := range names {
		known[answered(name)] = true
	}
	for k := range heard[0] {
		winner := heard[0][k]
		for i := range heard {
			if heard[i][k] != winner || !known[heard[i][k]] {
				wrong = append(wrong, fmt.Sprintf("%s: %s heard %s, %s heard %s", stormKey(k), names[0], winner, names[i], heard[i][k]))
			}
		}
		winners = append(winners, winner)
	}
	return winners, wrong
}

// stored is what a node says of the keys.
func stored(t *testing.T, m *member) []answer {
	t.Helper()
	at := called(t, "go-redis").open(t, m.address, byDefault)
	defer at.close()
	var commands []words
	for k := range keysOfStorm {
		commands = append(commands, words{"GET", stormKey(k)})
	}
	return at.run(commands...)
}

func TestTheJudgeFindsTwoWinnersAndNone(t *testing.T) {
	names := []string{"a", "b"}
	for _, row := range []struct {
		fault string
		heard [][]answer
		wrong int
	}{
		{"nothing", [][]answer{{`"a"`, `"b"`}, {`"a"`, `"b"`}}, 0},
		{"two winners", [][]answer{{`"a"`, `"a"`}, {`"a"`, `"b"`}}, 1},
		{"a winner nobody knows", [][]answer{{`"c"`}, {`"c"`}}, 2},
		{"nobody won", [][]answer{{`"b"`}, {`"a"`}}, 1},
		{"no answer", [][]answer{{`"b"`}, {`error: EOF`}}, 1},
	} {
		_, wrong := judge(names, row.heard)
		require.Len(t, wrong, row.wrong, row.fault)
	}
}
