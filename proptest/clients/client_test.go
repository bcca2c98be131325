package clients_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// words are a command as Redis spells it.
type words []string

// answer is what a client made of a reply, as JSON of what Redis said: "OK", null, 1, ["a",null];
// or failed, ": " and the text of the error. Where a library has a form of its own, such as True
// for OK, its adapter turns that back, and takes nothing else for it.
type answer string

const failed = "error"

func answered(value any) answer {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return failure(err)
	}
	return answer(strings.TrimSuffix(text.String(), "\n"))
}

func failure(err error) answer { return failed + answer(": "+err.Error()) }

func (a answer) failed() bool { return strings.HasPrefix(string(a), failed) }

// client is a stock client of one node. It is used by one goroutine at a time, which may be any.
type client interface {
	// run sends one command as users of the library call it, or several as its pipeline, or what
	// stands between MULTI and EXEC as its transaction, and returns an answer to each.
	run(commands ...words) []answer
	close()
}

// inTransaction cuts off MULTI and EXEC.
func inTransaction(commands []words) ([]words, bool) {
	if commands[0][0] != "MULTI" {
		return commands, false
	}
	return commands[1 : len(commands)-1], true
}

// retries says whether a client repeats by itself what it got no reply to.
type retries string

const (
	byDefault retries = "default" // as the library does it when told nothing
	off       retries = "off"     // as docs/redis.md tells to turn it off
)

// library is a stock client at one version and protocol.
type library struct {
	name string
	open func(t *testing.T, address string, r retries) client
}

// libraries are the clients that keep the contract. A new one is a line here and an adapter.
var libraries = []library{
	{"redis-cli", redisCLI()},
	{"redis-cli RESP3", redisCLI("-3")},
	{"go-redis", goRedis(0)},
	{"go-redis RESP2", goRedis(2)},
	{"redigo", redigo},
	{"redis-py", python3(redisPy, 0)},
	{"redis-py RESP2", python3(redisPy, 2)},
	{"redis-py RESP3", python3(redisPy, 3)},
	{"redis-py 7", python3(redisPy7, 0)},
	{"redis-py 5", python3(redisPy5, 0)},
	{"node-redis", javaScript("node-redis", 0)},
	{"node-redis RESP2", javaScript("node-redis", 2)},
	{"ioredis", javaScript("ioredis", 0)},
	{"ioredis RESP2", javaScript("ioredis", 2)},
}

// called returns the library of a name.
func called(t *testing.T, name string) library {
	t.Helper()
	for _, l := range libraries {
		if l.name == name {
			return l
		}
	}
	t.Fatalf("no library %q", name)
	return library{}
}

// patience bounds one call of a client: longer than any of them tries by default.
const patience = time.Minute
