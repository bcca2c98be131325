package redis

import (
	"slices"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
)

// MULTI … EXEC: what stands between waits at the door, and goes into one entry, so nothing comes
// between. redis-py's pipeline() sends it unless it is told otherwise. Were MULTI an unknown
// command, what follows it would be done one by one, and the client would hear only the error.

// transaction is what was said since MULTI.
type transaction struct {
	open     bool
	broken   bool // a command in it was refused: none is done
	requests [][][]byte
	bytes    int // at most so many, in commands
	answers  int // likewise
}

const (
	errAborted = "EXECABORT Transaction discarded because of previous errors."
	errTooMuch = "ERR the transaction does not fit in one entry: split it"
)

func (c *conn) multi([][]byte) {
	if c.waiting.open {
		c.said.fail("ERR MULTI calls can not be nested")
		return
	}
	c.waiting = transaction{open: true}
	c.said.status("OK")
}

func (c *conn) discard([][]byte) {
	if !c.waiting.open {
		c.said.fail("ERR DISCARD without MULTI")
		return
	}
	c.waiting = transaction{}
	c.said.status("OK")
}

// wait keeps a request for EXEC. It is the reader's only until the next one.
func (c *conn) wait(request [][]byte) {
	t := &c.waiting
	t.bytes, t.answers = t.bytes+commandBytes(request), t.answers+len(request)
	if t.bytes > server.MaxCommandBytes || t.answers > dedup.MaxCommands {
		c.refuse(errTooMuch)
		return
	}
	kept := make([][]byte, len(request))
	for i, argument := range request {
		kept[i] = slices.Clone(argument)
	}
	t.requests = append(t.requests, kept)
	c.said.status("QUEUED")
}

// refuse says why a request is not done. A transaction that it is part of is not done either.
func (c *conn) refuse(why string) {
	c.said.fail(why)
	c.waiting.broken, c.waiting.requests = c.waiting.open, nil
}

func (c *conn) exec([][]byte) {
	t := c.waiting
	c.waiting = transaction{}
	switch {
	case !t.open:
		c.said.fail("ERR EXEC without MULTI")
	case t.broken:
		c.said.fail(errAborted)
	default:
		c.makeRoom(t.bytes, t.answers)
		c.said.array(len(t.requests))
		c.endStep()
		head := len(c.steps) - 1
		for _, request := range t.requests {
			c.said.resp = c.resp
			c.door.find(request[0]).run(c, request[1:])
			c.endStep()
		}
		c.steps[head].holds = len(c.steps) - 1 - head
	}
}
