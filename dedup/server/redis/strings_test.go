package redis_test

// Goal: each command of keys and values answers byte by byte what Redis would, or
// what the package says instead. Method: conversations in both protocols, over a
// machine whose clock the table moves.

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server/internal/local"
	"github.com/eventstreamcore/semel/dedup/server/redis"
)

const (
	nilTwo   = "$-1"
	nilThree = "_"
	noInt    = "-ERR value is not an integer or out of range"
	syntax   = "-ERR syntax error"
	empty    = "-ERR the key is empty: is a variable unset? Such a key would be one for all"
	expire   = "-ERR invalid expire time in 'set' command"
)

func TestSetNXIsAClaim(t *testing.T) {
	hold(t, 100, []turn{
		{"SET k v1 NX EX 60", "+OK", ""},
		{"SET k v2 NX EX 60", nilTwo, nilThree},
		{"set k v1 nx", nilTwo, nilThree},
		{"GET k", "$2\r\nv1", ""},
		{"SET k v2 EX 60 GET NX", "$2\r\nv1", ""},
		{"SET l u1 GET NX", nilTwo, nilThree},
		{"SET l u1 NX GET", "$2\r\nu1", ""},
		{"PTTL k", ":60000", ""},
		{say: "+60s"},
		{"SET k v3 PX 500 NX", "+OK", ""},
		{"GET k", "$2\r\nv3", ""},
		{"SETNX m v", ":1", ""},
		{"SETNX m v", ":0", ""},
		{"TTL m", ":-1", ""},
	})
}

func TestPlainSetIsPut(t *testing.T) {
	hold(t, 100, []turn{
		{"SET k v XX", nilTwo, nilThree},
		{"SET k v", "+OK", ""},
		{"SET k w XX PX 1500", "+OK", ""},
		{"TTL k", ":2", ""},
		{"SET k x GET", "$1\r\nw", ""},
		{"PTTL k", ":-1", ""},
		{"SET n x XX GET", nilTwo, nilThree},
		{"EXISTS n", ":0", ""},
		{"SET n x GET", nilTwo, nilThree},
		{"SETEX e 10 v", "+OK", ""},
		{"TTL e", ":10", ""},
		{"PSETEX e 10 w", "+OK", ""},
		{"PTTL e", ":10", ""},
		{"SET z \"\"", "+OK", ""},
		{"GET z", "$0\r\n", ""},
	})
}

func TestDatesBecomeSpans(t *testing.T) {
	now := local.Start.Unix()
	hold(t, 100, []turn{
		{fmt.Sprintf("SET k v NX EXAT %d", now+5), "+OK", ""},
		{"PTTL k", ":5000", ""},
		{fmt.Sprintf("SET k v PXAT %d", now*1000+7), "+OK", ""},
		{"PTTL k", ":7", ""},
		{fmt.Sprintf("SET j v NX EXAT %d", now), expire, ""},
		{fmt.Sprintf("SET j v NX PXAT %d", now*1000-1), expire, ""},
		{"SET j v EXAT 9223372036854775807", expire, ""},
		{fmt.Sprintf("SET j v EXAT %d", 18446744073709551+now+6), expire, ""}, // in ms it is soon, modulo 2^64
		{"SET j v PXAT 9223372036854775807", expire, ""},
		{"EXISTS j", ":0", ""},
	})
}

func TestManyKeys(t *testing.T) {
	hold(t, 100, []turn{
		{"SET a 1", "+OK", ""},
		{"SET b 2 NX", "+OK", ""},
		{say: "pending p"},
		{"MGET a x b p", "*4\r\n$1\r\n1\r\n$-1\r\n$1\r\n2\r\n$-1", "*4\r\n$1\r\n1\r\n_\r\n$1\r\n2\r\n_"},
		{"EXISTS a x b a p", ":4", ""},
		{"DEL a x a", ":1", ""},
		{"UNLINK b p", ":2", ""},
		{"EXISTS a b p", ":0", ""},
		{"TTL a", ":-2", ""},
		{"PTTL a", ":-2", ""},
	})
}

// Who lost is never answered nil, which means won.
func TestPendingClaimsOfOtherDoors(t *testing.T) {
	hold(t, 100, []turn{
		{say: "pending p"},
		{"GET p", nilTwo, nilThree},
		{"EXISTS p", ":1", ""},
		{"PTTL p", ":3600000", ""},
		{"SET p v NX", nilTwo, nilThree},
		{"SETNX p v", ":0", ""},
		{"SET p v NX GET", "-INPROGRESS the key is claimed and not completed: ask again in 60000 ms", ""},
		{say: "+1m"},
		{"SET p v NX", "+OK", ""},
	})
}

// An empty string may be what the one who asks would have stored.
func TestRecordsWithoutAValue(t *testing.T) {
	hold(t, 100, []turn{
		{say: "done d"},
		{"GET d", "$0\r\n", ""},
		{"SET d v NX", nilTwo, nilThree},
		{"SET d v NX GET", "$0\r\n", ""},
		{"SET d \"\" NX GET", "-DUPLICATE the key is done, without a value", ""},
		{"SET e \"\" NX GET", nilTwo, nilThree},
		{"SET e \"\" NX GET", "$0\r\n", ""},
	})
}

func TestFullIsAnErrorAndNothingIsDropped(t *testing.T) {
	const oom = "-OOM command not allowed when used memory > 'maxmemory'."
	hold(t, 1, []turn{
		{"SET k v NX", "+OK", ""},
		{"SET l v NX", oom, ""},
		{"SET l v NX GET", oom, ""},
		{"SETNX l v", oom, ""},
		{"SET l v", oom, ""},
		{"SET l v GET", oom, ""},
		{"SETEX l 1 v", oom, ""},
		{"GET k", "$1\r\nv", ""},
	})
}

func TestRefusedCommandsChangeNothing(t *testing.T) {
	long, wide := strings.Repeat("k", 16<<10+1), strings.Repeat("v", dedup.MaxValueBytes+1)
	hold(t, 100, []turn{
		{"SET k", "-ERR wrong number of arguments for 'set' command", ""},
		{"GET", "-ERR wrong number of arguments for 'get' command", ""},
		{"GET a b", "-ERR wrong number of arguments for 'get' command", ""},
		{"SET k v NX XX", syntax, ""},
		{"SET k v XX NX", syntax, ""},
		{"SET k v EX", syntax, ""},
		{"SET k v EX 1 PX 1", syntax, ""},
		{"SET k v KEEPTTL", syntax, ""},
		{"SET k v IFEQ w", syntax, ""},
		{"SET k v EX ten", noInt, ""},
		{"SET k v EX +1", noInt, ""},
		{"SET k v EX 01", noInt, ""},
		{"SET k v EX 9223372036854775808", noInt, ""},
		{"SET k v EX 0", expire, ""},
		{"SET k v PX -1", expire, ""},
		{"SET k v EX 9223372036854775807", expire, ""},
		{fmt.Sprintf("SET k v PX %d", uint64(dedup.MaxMillis)+1), expire, ""},
		{"SETEX k 0 v", "-ERR invalid expire time in 'setex' command", ""},
		{"PSETEX k x v", noInt, ""},
		{`SET "" v NX`, empty, ""},
		{`SET "" v`, empty, ""},
		{`SETNX "" v`, empty, ""},
		{`GET ""`, empty, ""},
		{`MGET a ""`, empty, ""},
		{`DEL a ""`, empty, ""},
		{`EXISTS ""`, empty, ""},
		{`PTTL ""`, empty, ""},
		{"SET " + long + " v", "-ERR the key has 16385 bytes, at most 16384: use a hash of it", ""},
		{"SET k " + wide + " NX", "-ERR the value has 65537 bytes, at most 65536: store it elsewhere and keep its address here", ""},
		{"MGET a " + long, "-ERR the key has 16385 bytes, at most 16384: use a hash of it", ""},
		{"MGET" + strings.Repeat(" k", 4097), "-ERR 4097 keys, at most 4096: split the command", ""},
		{"FOO bar ba\nz", "-ERR unknown command 'FOO', with args beginning with: 'bar' 'ba z' ", ""},
		{"\"\"", "-ERR unknown command '', with args beginning with: ", ""},
		{"ANAMETHATISLONGERTHANANYNAME", "-ERR unknown command 'ANAMETHATISLONGERTHANANYNAME', with args beginning with: ", ""},
		{"EXISTS k", ":0", ""},
		{fmt.Sprintf("SET k v PX %d", uint64(dedup.MaxMillis)), "+OK", ""},
		{"SET k " + wide[1:] + " NX GET", "$1\r\nv", ""},
		{"MGET" + strings.Repeat(" k", 4096), "*4096" + strings.Repeat("\r\n$1\r\nv", 4096), ""},
	})
}

func TestAValueNamesAnOwnerOnlyWhereToldSo(t *testing.T) {
	hold(t, 100, []turn{
		{"SET k mine NX EX 60", "+OK", ""},
		{"SET k mine NX EX 60", "+OK", ""},
		{"SET k mine NX GET", nilTwo, nilThree},
		{"SETNX k mine", ":1", ""},
		{"SET k yours NX EX 60", nilTwo, nilThree},
		{"SET k yours NX GET", "$4\r\nmine", ""},
	}, func(c *redis.Config) { c.ValueAsOwner = true })
}

func TestUnfencedCommandsAreCounted(t *testing.T) {
	h := open(t, local.New(100))
	h.talk(requests("SET k v NX", "GET k", "SET k v", "SET k v XX GET", "SETEX k 1 v", "DEL k l", "SET k v EX"))
	require.Equal(t, int64(5), h.door.Counts().Unfenced)
	require.Equal(t, int64(7), h.door.Counts().Commands)
}

// More than 16 MiB of values do not fit in the answers to one entry; nil would say that there are none.
func TestManyValuesThatAreLeftOutAreOneError(t *testing.T) {
	h := open(t, local.New(100))
	large := strings.Repeat("v", dedup.MaxValueBytes)
	require.Equal(t, "+OK\r\n", h.talk(request("SET k "+large)))
	const fit = dedup.MaxAnswerBytes / dedup.MaxValueBytes
	heard := h.talk(request("MGET" + strings.Repeat(" k", fit)))
	require.Equal(t, fit, strings.Count(heard, large))
	tooMuch := "-ERR the values take more than 16 MiB: ask again, for fewer keys at once\r\n"
	require.Equal(t, tooMuch, h.talk(request("MGET"+strings.Repeat(" k", fit+1))))
}
