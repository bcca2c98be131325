package clients_test

// Goal: what a stock client makes of a lost reply is what docs/redis.md says: told nothing, most
// repeat SET NX by themselves and lose against their own claim; with retries off they say that they
// do not know; and SET NX GET lets all of them know their own claim. Method: a proxy swallows the
// reply, once, after the node made the claim. Both answers occur in the table, so neither is a
// matter of the test.

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// outcome is what the caller of a claim learns whose reply was lost.
type outcome string

const (
	unknown  outcome = "an error"      // ask again, with NX GET
	missed   outcome = "a duplicate"   // wrong: the event is handled by nobody
	ownValue outcome = "its own value" // won
)

var lostReplies = []struct {
	library   string
	retries   retries
	nx, nxGet outcome
}{
	{"go-redis", byDefault, missed, ownValue},
	{"go-redis", off, unknown, unknown},
	{"redigo", byDefault, unknown, unknown},
	{"redis-py", byDefault, missed, ownValue},
	{"redis-py", off, unknown, unknown},
	{"redis-py 7", byDefault, missed, ownValue},
	{"redis-py 7", off, unknown, unknown},
	{"redis-py 5", byDefault, unknown, unknown},
	{"node-redis", byDefault, unknown, unknown},
	{"node-redis", off, unknown, unknown},
	{"ioredis", byDefault, missed, ownValue},
	{"ioredis", off, unknown, unknown},
	{"redis-cli", byDefault, unknown, unknown},
}

func TestALostReply(t *testing.T) {
	c := startCluster(t)
	for _, row := range lostReplies {
		t.Run(row.library+" "+string(row.retries), func(t *testing.T) {
			l := called(t, row.library)
			alone, piped := []words{nil}, []words{nil, {"PING"}}
			require.Equal(t, row.nx, lose(t, c, l, row.retries, alone, "NX"), "SET NX")
			require.Equal(t, row.nxGet, lose(t, c, l, row.retries, alone, "NX", "GET"), "SET NX GET")
			require.Equal(t, row.nx, lose(t, c, l, row.retries, piped, "NX"), "SET NX in a pipeline")
			require.Equal(t, row.nxGet, lose(t, c, l, row.retries, piped, "NX", "GET"), "SET NX GET in a pipeline")
		})
	}
}

// lose claims a key, the first of commands, through a proxy that swallows the reply, and tells what
// came of it.
func lose(t *testing.T, c cluster, l library, r retries, commands []words, options ...string) outcome {
	t.Helper()
	p, witness := startProxy(t, c[0].address), redigo(t, c[1].address, byDefault)
	defer witness.close()
	at, key := l.open(t, p.address(), r), fmt.Sprint(t.Name(), len(commands), options)
	defer at.close()
	require.Equal(t, []answer{`"PONG"`}, at.run(words{"PING"}))

	p.armed.Store(true)
	commands[0] = append(append(words{"SET", key, "me"}, options...), "EX", "6000")
	got := at.run(commands...)[0]
	require.Equal(t, int64(1), p.swallowed.Load())
	require.Equal(t, []answer{`"me"`}, witness.run(words{"GET", key}), "the claim was made")
	require.Eventually(t, func() bool { return at.run(words{"PING"})[0] == `"PONG"` }, soon, often, "the client comes back")
	require.Equal(t, []answer{`"me"`}, at.run(words{"SET", key, "me", "NX", "GET", "EX", "6000"}), "asked again, it knows its claim")
	t.Logf("%-10v %s", options, got)
	switch {
	case got.failed():
		return unknown
	case got == `"me"`:
		return ownValue
	default:
		require.Equal(t, answer("null"), got)
		return missed
	}
}
