package redis

import (
	"fmt"
	"strings"

	"github.com/eventstreamcore/semel/dedup/server"
)

// command is a Redis command as COMMAND tells of it. A negative arity is the
// least number of arguments, the name included.
type command struct {
	name              string
	arity             int
	flags             []string
	first, last, step int // where keys stand
	access            access
	within            within
	run               func(c *conn, args [][]byte)
}

type access uint8

const (
	toAll   access = iota // also before the password
	toKnown               // after it
	toData                // and not while the node is loading
)

// within tells what becomes of a command between MULTI and EXEC.
type within uint8

const (
	never within = iota // refused: it is about the connection, or its reply is long
	later               // done by EXEC
	atOnce
)

var (
	writes = []string{"write", "denyoom", "fast"}
	drops  = []string{"write", "fast"}
	reads  = []string{"readonly", "fast"}
	others = []string{"loading", "stale", "fast"}
)

// allCommands are the commands, by name. A function, since COMMAND reads it.
func allCommands() []command {
	return []command{
		{"auth", -2, others, 0, 0, 0, toAll, never, (*conn).auth},
		{"client", -2, others, 0, 0, 0, toKnown, never, (*conn).client},
		{"command", -1, others, 0, 0, 0, toKnown, never, (*conn).command},
		{"config", -2, others, 0, 0, 0, toKnown, never, (*conn).config},
		{"del", -2, drops, 1, -1, 1, toData, later, (*conn).del},
		{"discard", 1, others, 0, 0, 0, toKnown, atOnce, (*conn).discard},
		{"echo", 2, others, 0, 0, 0, toKnown, later, (*conn).echo},
		{"exec", 1, others, 0, 0, 0, toKnown, atOnce, (*conn).exec},
		{"exists", -2, reads, 1, -1, 1, toData, later, (*conn).exists},
		{"get", 2, reads, 1, 1, 1, toData, later, (*conn).get},
		{"hello", -1, others, 0, 0, 0, toAll, never, (*conn).hello},
		{"info", -1, others, 0, 0, 0, toKnown, never, (*conn).info},
		{"mget", -2, reads, 1, -1, 1, toData, later, (*conn).mget},
		{"multi", 1, others, 0, 0, 0, toKnown, atOnce, (*conn).multi},
		{"ping", -1, others, 0, 0, 0, toKnown, later, (*conn).ping},
		{"psetex", 4, writes, 1, 1, 1, toData, later, (*conn).psetex},
		{"pttl", 2, reads, 1, 1, 1, toData, later, (*conn).pttl},
		{"quit", -1, others, 0, 0, 0, toAll, atOnce, (*conn).quit},
		{"select", 2, others, 0, 0, 0, toKnown, never, (*conn).selectDatabase},
		{"set", -3, writes, 1, 1, 1, toData, later, (*conn).set},
		{"setex", 4, writes, 1, 1, 1, toData, later, (*conn).setex},
		{"setnx", 3, writes, 1, 1, 1, toData, later, (*conn).setnx},
		{"ttl", 2, reads, 1, 1, 1, toData, later, (*conn).ttl},
		{"unlink", -2, drops, 1, -1, 1, toData, later, (*conn).del},
	}
}

func commandsByName() map[string]*command {
	byName := map[string]*command{}
	for _, command := range allCommands() {
		byName[command.name] = &command
	}
	return byName
}

const longestName = 16

// find returns the command of a name in any case, or nil.
func (d *Door) find(name []byte) *command {
	var lower [longestName]byte
	if len(name) > longestName {
		return nil
	}
	for i, b := range name {
		lower[i] = lowerCase(b)
	}
	return d.commands[string(lower[:len(name)])]
}

func lowerCase(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

// is reports whether word is name, which is in lower case.
func is(word []byte, name string) bool {
	if len(word) != len(name) {
		return false
	}
	for i, b := range word {
		if lowerCase(b) != name[i] {
			return false
		}
	}
	return true
}

// handle runs one request, keeps it for EXEC, or says why not.
func (c *conn) handle(request [][]byte) {
	if speaksHTTP(request) {
		c.hangUp(request)
		return
	}
	c.door.commandCount.Add(1)
	command := c.door.find(request[0])
	switch {
	case command == nil && c.known:
		c.refuse(unknownCommand(request))
	case command == nil || command.access > toAll && !c.known:
		c.refuse(errNoAuth)
	case len(request) < abs(command.arity) || command.arity > 0 && len(request) > command.arity:
		c.refuse(wrongNumber(command.name))
	case command.access == toData && !c.loaded:
		c.refuses(server.ErrLoading)
		c.refuse(errLoading)
	case c.waiting.open && command.within == never:
		c.refuse("ERR Command not allowed inside a transaction")
	case c.waiting.open && command.within == later:
		c.wait(request)
	default:
		command.run(c, request[1:])
	}
}

func abs(n int) int { return max(n, -n) }

func (c *conn) wrongNumber(name string) { c.said.fail(wrongNumber(name)) }

func wrongNumber(name string) string {
	return "ERR wrong number of arguments for '" + name + "' command"
}

// unknownCommand quotes the start of a request.
func unknownCommand(request [][]byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "ERR unknown command '%s', with args beginning with: ", request[0][:min(len(request[0]), 128)])
	for _, argument := range request[1:] {
		if b.Len() > 128 {
			break
		}
		fmt.Fprintf(&b, "'%s' ", argument[:min(len(argument), 128)])
	}
	return b.String()
}
