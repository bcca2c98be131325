package redis_test

// Goal: what was read at once is one call, however it arrives every reply is
// there and in order, and errors say no more than is known. Method: clients with
// chosen chunks, and a service that counts calls and fails when told.

import (
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/internal/local"
	"github.com/eventstreamcore/semel/dedup/server/redis"
)

var mixed = requests("SET k v NX EX 60", "PING", "SET k w NX GET", "HELLO 3", "GET none", "MGET k none", "SELECT 7", "FOO", "DEL k", "EXISTS k", "QUIT")

var mixedReplies = "+OK\r\n+PONG\r\n$1\r\nv\r\n" + hello3 + "_\r\n*2\r\n$1\r\nv\r\n_\r\n-ERR DB index is out of range\r\n" +
	"-ERR unknown command 'FOO', with args beginning with: \r\n:1\r\n:0\r\n+OK\r\n"

func TestAPipelineIsOneCall(t *testing.T) {
	h := open(t, local.New(10))
	require.Equal(t, mixedReplies, h.talk(mixed))
	require.Equal(t, []int{7}, h.Calls())
}

func TestRequestsArriveInAnyPieces(t *testing.T) {
	for at := 1; at < len(mixed); at++ {
		require.Equal(t, mixedReplies, open(t, local.New(10)).talk(mixed[:at], mixed[at:]), "cut at %d", at)
	}
	h := open(t, local.New(10))
	require.Equal(t, mixedReplies, h.talk(strings.Split(mixed, "")...))
	require.Equal(t, []int{1, 1, 1, 2, 1, 1}, h.Calls())
}

func TestALongPipelineIsCutWhereAnEntryEnds(t *testing.T) {
	h := open(t, local.New(100))
	n := 25 * dedup.MaxCommands
	require.Equal(t, strings.Repeat(":0\r\n", n), h.talk(strings.Repeat("EXISTS k\r\n", n)))
	asked := 0
	for _, answers := range h.Calls() {
		asked += answers
	}
	require.Equal(t, n, asked)
	require.Greater(t, slices.Max(h.Calls()), dedup.MaxCommands-100)
	require.LessOrEqual(t, slices.Max(h.Calls()), dedup.MaxCommands)

	h = open(t, local.New(100))
	line := "SETNX k " + strings.Repeat("v", 40) + "\r\n"
	require.Equal(t, ":1\r\n"+strings.Repeat(":0\r\n", 4*dedup.MaxCommands-1), h.talk(strings.Repeat(line, 4*dedup.MaxCommands)))

	value := strings.Repeat("v", dedup.MaxValueBytes)
	h = open(t, local.New(100))
	say, want := "", ""
	for i := range 10 {
		say += request(fmt.Sprintf("SET k%d %s NX", i, value))
		want += "+OK\r\n-ERR unknown command '*', with args beginning with: \r\n"
		say += request("*")
	}
	require.Equal(t, want, h.talk(say))
}

func TestBigRepliesAreWrittenAsTheyCome(t *testing.T) {
	h := open(t, local.New(100))
	value := strings.Repeat("v", dedup.MaxValueBytes)
	h.talk(request("SET k " + value))
	want := strings.Repeat(fmt.Sprintf("$%d\r\n%s\r\n", len(value), value), 20)
	require.Equal(t, want, h.talk(strings.Repeat("GET k\r\n", 20)))

	c := newClient(strings.Repeat("COMMAND\r\n", 1000))
	h.street.clients <- c
	<-c.gone
	require.Equal(t, 1000, strings.Count(c.heard.String(), "*24\r\n"))
	require.Greater(t, c.writes, 10)
}

// The values in the answers to one entry are bounded. What is left out is no nil, and where the command was
// done its word is not ERR, which says that it was not.
func TestValuesThatFindNoRoomAreNotNil(t *testing.T) {
	h := open(t, local.New(100))
	value := strings.Repeat("v", dedup.MaxValueBytes-1) // 256 of them leave room for a byte
	h.talk(request("SET k " + value))
	many := strings.Repeat("GET k\r\n", 300)
	heard := h.talk(many + requests("SET k v NX GET", "SET k w GET", "GET k"))
	replies := strings.Split(strings.TrimSuffix(heard, "\r\n"), "\r\n")
	last := replies[len(replies)-4:]
	require.Equal(t, "-ERR the values take more than 16 MiB: ask again, for fewer keys at once", last[0])
	require.True(t, strings.HasPrefix(last[1], "-OMITTED the value was set"), last[1])
	require.Equal(t, []string{"$1", "w"}, last[2:], "it was, and what fits is told")
	require.Equal(t, 256, strings.Count(heard, "$65535\r\n"))
}

func TestErrorsSayNoMoreThanIsKnown(t *testing.T) {
	const uncertain = "-UNCERTAIN the command may have been applied or not; to learn whether you won repeat it as SET NX GET with the same value\r\n"
	for _, row := range []struct {
		err  error
		want string
	}{
		{server.ErrLoading, "-LOADING Redis is loading the dataset in memory\r\n"},
		{server.ErrOverloaded, "-TRYAGAIN not applied: the node is overloaded: try again later\r\n"},
		{server.ErrNotApplied, "-MASTERDOWN not applied: try again\r\n"},
		{&server.NotAppliedError{}, "-MASTERDOWN not applied: try again: no leader known\r\n"},
		{&server.NotAppliedError{Leader: "b:6380"}, "-MASTERDOWN not applied: try again: the leader is b:6380\r\n"},
		{server.ErrStopped, "-MASTERDOWN not applied: the node is stopping: try another one\r\n"},
		{server.ErrUnknown, uncertain},
		{fmt.Errorf("call 7: %w", server.ErrUnknown), uncertain},
		{errors.New("LOADING something nobody thought of"), uncertain},
	} {
		h := open(t, local.New(10))
		h.Fail(row.err)
		want := "+PONG\r\n" + row.want + row.want + "$2\r\nhi\r\n"
		require.Equal(t, want, h.talk("PING\r\nSETNX k v\r\nMGET k l\r\nPING hi\r\n"), row.err.Error())
		require.Equal(t, ":0\r\n", h.talk("EXISTS k\r\n"))
	}
}

// After a lost reply the client can tell that it was the one who won.
func TestALostReplyCanBeToldWithNXGet(t *testing.T) {
	h := open(t, local.New(10))
	h.Lose()
	require.True(t, strings.HasPrefix(h.talk("SET k unique NX GET\r\n"), "-UNCERTAIN "))
	require.Equal(t, "$6\r\nunique\r\n", h.talk("SET k unique NX GET\r\n"))
	require.Equal(t, int64(1), h.door.Counts().Uncertain)
}

func TestALoadingNodeRefusesKeysOnly(t *testing.T) {
	h := open(t, local.New(0))
	const loading = "-LOADING Redis is loading the dataset in memory\r\n"
	require.Equal(t, "+PONG\r\n"+loading+loading+"+OK\r\n", h.talk("PING\r\nSET k v NX\r\nGET k\r\nSELECT 0\r\n"))
	require.Empty(t, h.Calls())
}

// What stands in front of it is answered, and nothing behind it is done.
func TestWhatBreaksTheProtocolEndsTheConnection(t *testing.T) {
	for broken, want := range map[string]string{
		"*x\r\n":                         "invalid multibulk length",
		"*1\n$4\r\nPING\r\n":             "invalid multibulk length",
		"*8193\r\n":                      "invalid multibulk length, at most 8192",
		"*-2\r\n":                        "invalid multibulk length",
		"*" + strings.Repeat("1", 40):    "too big multibulk length",
		"*1\r\nPING\r\n":                 "expected '$', got 'P'",
		"*1\r\n$-1\r\n":                  "invalid bulk length",
		"*1\r\n$ 4\r\nPING\r\n":          "invalid bulk length",
		"*1\r\n$4\r\nPINGPING\r\n":       "expected CR LF behind a bulk string",
		"*1\r\n$4\r\nPING\n\n":           "expected CR LF behind a bulk string",
		"*1\r\n$4\r\nPINGx\n":            "expected CR LF behind a bulk string",
		"*1\r\n$524289\r\n":              "invalid bulk length, at most 524288",
		"*2\r\n$3\r\nGET\r\n$524280\r\n": "a request has at most 524288 bytes",
		"SET k \"v v\" NX\r\n":           "quotes in an inline request: send an array",
		strings.Repeat("x", 4<<10):       "too big inline request",
	} {
		h := open(t, local.New(10))
		require.Equal(t, "+OK\r\n-ERR Protocol error: "+want+"\r\n", h.talk("SET k v NX\r\n"+broken+"DEL k\r\n"), "%q", broken)
		require.Equal(t, ":1\r\n", h.talk("EXISTS k\r\n"))
	}
}

func TestEmptyRequestsAreNotAnswered(t *testing.T) {
	require.Equal(t, "+PONG\r\n+PONG\r\n", open(t, local.New(10)).talk("\r\n\n*0\r\n  \r\n*-1\r\nPING\r\n \t ping  \n"))
}

func TestOneClientTooMany(t *testing.T) {
	h := open(t, local.New(10), func(c *redis.Config) { c.MaxConnections = 1 })
	here, there := net.Pipe()
	h.street.clients <- there
	say(t, here, "PING\r\n", "+PONG\r\n")
	require.Equal(t, int64(1), h.door.Counts().Connections)
	release := h.Hold()
	_, err := here.Write([]byte("SETNX k v\r\n"))
	require.NoError(t, err)
	<-h.Waiting()
	require.Equal(t, "-ERR max number of clients reached\r\n", h.talk("PING\r\n"), "who is being answered keeps its place")
	release()
	hear(t, here, ":1\r\n")
	say(t, here, "QUIT\r\n", "+OK\r\n")
}

func say(t *testing.T, to net.Conn, line, want string) {
	_, err := to.Write([]byte(line))
	require.NoError(t, err, line)
	hear(t, to, want)
}

func hear(t *testing.T, from net.Conn, want string) {
	heard := make([]byte, len(want))
	_, err := io.ReadFull(from, heard)
	require.NoError(t, err)
	require.Equal(t, want, string(heard))
}

// A client would repeat what ends in EOF: the door waits for what it proposed.
func TestCloseAnswersWhatWasProposed(t *testing.T) {
	h := open(t, local.New(10))
	release := h.Hold()
	here, there := net.Pipe()
	h.street.clients <- there
	_, err := here.Write([]byte("SET k v NX\r\n"))
	require.NoError(t, err)
	<-h.Waiting()
	openAfter := make(chan int64)
	go func() {
		h.door.Close()
		openAfter <- h.door.Counts().Connections
	}()
	<-h.street.closed
	release()
	heard := make([]byte, 5)
	_, err = here.Read(heard)
	require.NoError(t, err)
	require.Equal(t, "+OK\r\n", string(heard))
	require.Zero(t, <-openAfter)
	require.NoError(t, h.door.Serve(&street{closed: make(chan struct{})}), "a closed door serves nobody")
}
