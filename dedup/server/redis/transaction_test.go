package redis_test

// Goal: a transaction is done whole, in one entry, or not at all, and a client that hears an error
// instead of an array can trust that nothing was done. Method: conversations in both protocols, and
// a service that counts calls and fails when told.

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/internal/local"
)

const (
	aborted = "-EXECABORT Transaction discarded because of previous errors.\r\n"
	queued  = "+QUEUED\r\n"
)

func TestATransactionIsOneEntry(t *testing.T) {
	h := open(t, local.New(10))
	said := h.talk("SET j v NX\r\n", requests("GET j", "MULTI", "SET k v NX EX 60", "PING", "SET k w NX GET", "SET k w KEEPTTL", "EXISTS j k none", "EXEC", "GET k"))
	require.Equal(t, "+OK\r\n$1\r\nv\r\n+OK\r\n"+strings.Repeat(queued, 5)+
		"*5\r\n+OK\r\n+PONG\r\n$1\r\nv\r\n-ERR syntax error\r\n:2\r\n$1\r\nv\r\n", said)
	require.Equal(t, []int{1, 7}, h.Calls())
	require.Equal(t, "+OK\r\n*0\r\n", h.talk("MULTI\r\nEXEC\r\n"))
}

// The reader's buffer is used again for what comes later.
func TestATransactionKeepsWhatComesInPieces(t *testing.T) {
	h := open(t, local.New(10))
	text := requests("HELLO 3", "MULTI", "SET k first NX", "SET l second NX", "GET k", "GET none", "EXEC")
	require.Equal(t, hello3+"+OK\r\n"+strings.Repeat(queued, 4)+"*4\r\n+OK\r\n+OK\r\n$5\r\nfirst\r\n_\r\n", h.talk(strings.Split(text, "")...))
	require.Equal(t, []int{4}, h.Calls())
}

func TestARefusedTransactionDoesNothing(t *testing.T) {
	for _, row := range []struct{ command, refusal string }{
		{"EVAL x 0", "-ERR unknown command 'EVAL', with args beginning with: 'x' '0' "},
		{"GET", "-ERR wrong number of arguments for 'get' command"},
		{"SELECT 0", "-ERR Command not allowed inside a transaction"},
		{"COMMAND", "-ERR Command not allowed inside a transaction"},
	} {
		h := open(t, local.New(10))
		say := requests("MULTI", "SET k v NX", row.command, "SET l v NX", "EXEC", "EXISTS k l", "MULTI", "PING", "EXEC")
		require.Equal(t, "+OK\r\n"+queued+row.refusal+"\r\n"+queued+aborted+":0\r\n+OK\r\n"+queued+"*1\r\n+PONG\r\n", h.talk(say), row.command)
	}
}

func TestTransactionsBeginAndEnd(t *testing.T) {
	h := open(t, local.New(10))
	require.Equal(t, "-ERR EXEC without MULTI\r\n-ERR DISCARD without MULTI\r\n", h.talk("EXEC\r\nDISCARD\r\n"))
	require.Equal(t, "+OK\r\n"+queued+"-ERR MULTI calls can not be nested\r\n"+queued+"*2\r\n+OK\r\n$1\r\nv\r\n",
		h.talk(requests("MULTI", "SET k v NX", "MULTI", "GET k", "EXEC")))
	require.Equal(t, "+OK\r\n"+queued+"+OK\r\n:0\r\n", h.talk(requests("MULTI", "SET l v NX", "DISCARD", "EXISTS l")))
	require.Equal(t, "+OK\r\n"+queued+"+OK\r\n", h.talk(requests("MULTI", "SET l v NX", "QUIT", "EXEC")))
	require.Equal(t, ":0\r\n", h.talk("EXISTS l\r\n"), "who leaves before EXEC did nothing")
}

func TestATransactionIsAsBigAsAnEntry(t *testing.T) {
	const most = (256 << 10) / (2*64 + len("GETk")) // reckoned as if each argument were a command
	h := open(t, local.New(10))
	said := h.talk("SET k v\r\n", "PING\r\nMULTI\r\n"+strings.Repeat("GET k\r\n", most-1)+"EXEC\r\n")
	require.True(t, strings.HasSuffix(said, fmt.Sprintf("*%d\r\n", most-1)+strings.Repeat("$1\r\nv\r\n", most-1)), said[max(0, len(said)-300):])
	require.Equal(t, []int{1, most - 1}, h.Calls())

	tooMuch := "-ERR the transaction does not fit in one entry: split it\r\n"
	said = h.talk("MULTI\r\nSET l v\r\n" + strings.Repeat("GET k\r\n", most) + "EXEC\r\nEXISTS l\r\n")
	require.True(t, strings.HasSuffix(said, queued+tooMuch+aborted+":0\r\n"), said[max(0, len(said)-300):])
	many := request("MGET" + strings.Repeat(" k", dedup.MaxCommands/2))
	require.True(t, strings.HasSuffix(h.talk(request("MULTI"), many, many, request("EXEC")), tooMuch+aborted))

	value := strings.Repeat("v", dedup.MaxValueBytes)
	set := request("SET l " + value + " NX")
	said = h.talk(request("MULTI"), set, set, set, set, requests("EXEC", "EXISTS l"))
	require.Equal(t, "+OK\r\n"+strings.Repeat(queued, 3)+tooMuch+aborted+":0\r\n", said)
	said = h.talk(request("MULTI"), set, set, set, requests("EXEC", "EXISTS l"))
	require.Equal(t, "+OK\r\n"+strings.Repeat(queued, 3)+"*3\r\n+OK\r\n$-1\r\n$-1\r\n:1\r\n", said)
}

// What waits already goes first, in an entry of its own, if the transaction finds no room beside it.
func TestATransactionIsNotCutByWhatStandsBeforeIt(t *testing.T) {
	h := open(t, local.New(10))
	exists := func(keys int) string { return request("EXISTS" + strings.Repeat(" k", keys)) }
	readAhead := strings.Repeat("PING\r\n", 50_000) // so that the rest is read at once
	said := h.talk(readAhead, exists(2000)+exists(1000)+requests("MULTI")+exists(1500)+requests("SET l v NX", "EXEC", "GET k"))
	require.True(t, strings.HasSuffix(said, "+PONG\r\n:0\r\n:0\r\n+OK\r\n"+queued+queued+"*2\r\n:0\r\n+OK\r\n$-1\r\n"), said[max(0, len(said)-300):])
	require.Equal(t, []int{3000, 1502}, h.Calls())
}

func TestATransactionOfUnknownOutcomeSaysSo(t *testing.T) {
	h := open(t, local.New(10))
	for err, word := range map[error]string{server.ErrUnknown: "-UNCERTAIN ", server.ErrOverloaded: "-TRYAGAIN "} {
		h.Fail(err)
		said := h.talk(requests("MULTI", "SETNX k v", "GET k", "EXEC", "MULTI", "PING", "EXEC"))
		require.True(t, strings.HasPrefix(said, "+OK\r\n"+queued+queued+word), said)
		require.Equal(t, 1, strings.Count(said, word), "EXEC itself fails: who looks at no error in an array would take it for done")
		require.True(t, strings.HasSuffix(said, "\r\n+OK\r\n"+queued+"*1\r\n+PONG\r\n"), "what needs no answer is answered: %q", said)
	}
	h = open(t, local.New(0))
	require.Equal(t, "+OK\r\n-LOADING Redis is loading the dataset in memory\r\n"+aborted, h.talk(requests("MULTI", "GET k", "EXEC")))
}
