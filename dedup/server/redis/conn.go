package redis

import (
	"errors"
	"net"
	"slices"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/gate"
)

// reply writes what a client is told, from the answers to the commands that its
// Redis command became.
type reply func(w *writer, answers []server.Answer)

// step is the place of one reply among those of a batch.
type step struct {
	resp     int
	reply    reply // nil: it is said already, in conn.said
	answers  int
	from, to int // in conn.said
	holds    int // so many steps behind this one are the replies within EXEC's
}

const (
	writeAheadBytes = 64 << 10  // of replies, kept for more before they are written
	writeAtOnce     = 256 << 10 // one long write would keep others from the processor

	// busyForLong is how long the door may be busy with a client's calls before it looks for how long the next ones lay.
	busyForLong = 20 * time.Millisecond

	// pipelineGap is how long after a refusal what comes is taken for the rest of the same pipeline. go-redis
	// waits for 8 ms before it repeats.
	pipelineGap = 5 * time.Millisecond
)

// conn is one client. One goroutine runs it, and lends it to Service.Do until the
// answers are there.
type conn struct {
	door  *Door
	raw   net.Conn
	place *gate.Conn // the same, where there is a gate
	in    *reader
	id    int64

	resp  int  // version of the protocol
	known bool // gave the password, or none is asked for
	name  []byte

	waiting transaction // for its EXEC

	secret dedup.Secret // while loaded
	loaded bool

	// The batch: what was read and is not answered.
	commands []byte
	answers  int
	changes  bool // not all of it are reads
	steps    []step
	said     writer // replies that need no answer, and wait for their turn
	told     int    // how much of said is in steps

	refusal   error     // of a batch that was surely not applied; the rest of its pipeline is not proposed either
	refusedAt time.Time // when that was said
	more      bool      // the last read filled the buffer
	readAt    time.Time // when that was
	arrived   time.Time // since when what was read may have been there

	out      writer
	finished chan struct{}
	finish   func([]server.Answer, error) // c.render, made once
	leaving  bool                         // nothing more is read

	wrongPasses int
}

func newConn(d *Door, raw net.Conn, id int64) *conn {
	c := &conn{door: d, raw: raw, in: newReader(), id: id, resp: 2, finished: make(chan struct{}, 1)}
	c.finish = c.render
	c.welcome(d.config.Password == "")
	return c
}

// welcome widens what the client may send once it is known.
func (c *conn) welcome(known bool) {
	c.known = known
	c.in.limit = strangerLimits
	if known {
		c.in.limit = knownLimits
	}
}

// serve answers until the client leaves, is cut or is closed for another's sake.
func (c *conn) serve() {
	c.in.hold = c.place.Hold
	for !c.leaving {
		lay := c.lay()
		if err := c.in.fill(c.raw); err != nil {
			c.explain(err)
			break
		}
		c.arrive(time.Now(), lay)
		c.forgive()
		c.answer()
		c.write()
		c.rest()
	}
	c.place.Part()
}

// explain says why what the client began to ask for is not done, where it is the door's doing.
func (c *conn) explain(err error) {
	if errors.Is(err, gate.ErrSlow) || errors.Is(err, gate.ErrBytes) {
		c.out.fail("ERR Protocol error: " + err.Error())
		c.write()
	}
}

// rest says what is there until more comes: part of a request, or nothing.
func (c *conn) rest() {
	c.more = c.in.ahead(c.place.Keep)
	if c.in.unfinished() {
		c.place.Unfinished()
		return
	}
	if !c.place.Keep(c.kept()) {
		c.drop()
		c.place.Keep(0)
	}
	c.place.Idle()
}

// kept is how many bytes stay for the next requests.
func (c *conn) kept() int {
	const stepBytes = 48
	return c.in.held() + cap(c.commands) + stepBytes*cap(c.steps) + cap(c.said.buf) + cap(c.out.buf) + c.waiting.bytes
}

// drop gives them back. A transaction that waits is among them: its EXEC is told that it was discarded.
func (c *conn) drop() {
	c.in.drop()
	c.commands, c.steps, c.said.buf, c.out.buf = nil, nil, nil, nil
	c.waiting = transaction{open: c.waiting.open, broken: c.waiting.open}
}

// lay reports whether what is read next has lain in the socket while the door was busy for long with what came before.
func (c *conn) lay() bool {
	return !c.readAt.IsZero() && time.Since(c.readAt) > busyForLong && c.place.Waiting()
}

// arrive notes when what was just read came: now, or where it may have been there already when the read before it was
// made, then: that one filled the buffer, or this one lay in the socket.
func (c *conn) arrive(now time.Time, lay bool) {
	c.arrived = now
	if c.more || lay {
		c.arrived = c.readAt
	}
	c.readAt = now
}

// refuses remembers why a batch was surely not applied. Clients that repeat what was refused, such as go-redis,
// repeat the whole pipeline if its first reply is such a word: claims of it that were won by then would be told
// that they lost.
func (c *conn) refuses(err error) {
	if c.refusal == nil && server.NotApplied(err) {
		c.refusal, c.refusedAt = err, time.Now()
	}
}

// forgive ends a refusal, unless what was just read may belong to the same pipeline.
func (c *conn) forgive() {
	if c.refusal != nil && !c.more && time.Since(c.refusedAt) > pipelineGap {
		c.refusal = nil
	}
}

// answer answers all requests that are there.
func (c *conn) answer() {
	c.secret, c.loaded = c.door.config.Service.Secret()
	for begun := false; !c.leaving; {
		request, err := c.in.next()
		if err == nil && request == nil {
			break
		}
		if begun = begun || c.place.Begin(); !begun {
			c.leaving = true // another has its place, and it will hear of nothing that is done
			break
		}
		c.makeRoom(commandBytes(request), len(request))
		c.said.resp = c.resp
		if err != nil {
			c.said.fail("ERR " + err.Error())
			c.leaving = true
		} else {
			c.handle(request)
		}
		c.endStep()
	}
	c.flush()
}

// endStep makes a step of what was said since the last one.
func (c *conn) endStep() {
	if to := len(c.said.buf); to > c.told {
		c.steps = append(c.steps, step{from: c.told, to: to})
		c.told = to
	}
}

// commandBytes is how many bytes the commands made from a request take at most: each
// is smaller than 64 bytes and the arguments.
func commandBytes(request [][]byte) int {
	bytes := 64 * len(request)
	for _, argument := range request {
		bytes += len(argument)
	}
	return bytes
}

// makeRoom flushes if commands might not fit beside those that wait, or if much is
// said already.
func (c *conn) makeRoom(bytes, answers int) {
	if c.answers+answers > dedup.MaxCommands || len(c.commands)+bytes > server.MaxCommandBytes ||
		len(c.said.buf) > writeAheadBytes {
		c.flush()
	}
}

// expect says how many answers the commands just appended get, and who writes them.
func (c *conn) expect(answers int, write reply) {
	c.answers += answers
	c.steps = append(c.steps, step{resp: c.resp, reply: write, answers: answers})
}

// flush proposes the batch, waits for its end and puts the replies in order.
func (c *conn) flush() {
	if c.answers == 0 || c.refusal != nil {
		c.render(nil, c.refusal)
	} else {
		c.door.config.Service.Do(c.commands, c.answers, server.WhenSince(since(c.arrived), c.door.config.Timeout), c.finish)
	}
	<-c.finished
	c.changes = false
	c.commands, c.answers, c.steps, c.said.buf, c.told = c.commands[:0], 0, c.steps[:0], c.said.buf[:0], 0
	if len(c.out.buf) >= writeAheadBytes {
		c.write()
	}
}

// render is Do's done: it writes the replies of the batch while the answers are good.
func (c *conn) render(answers []server.Answer, err error) {
	if err == nil && len(answers) != c.answers {
		err = server.ErrUnknown
	}
	if err != nil && !c.changes && !server.NotApplied(err) {
		err = server.ErrUnanswered
	}
	if err != nil {
		c.refuses(err)
	}
	c.reserve(answers)
	for i := 0; i < len(c.steps); i++ {
		s := &c.steps[i]
		c.out.resp = s.resp
		switch {
		case err != nil && c.fails(c.steps[i+1:i+1+s.holds]):
			c.out.fail(c.door.describe(err))
			i += s.holds
		case s.reply == nil:
			c.out.buf = append(c.out.buf, c.said.buf[s.from:s.to]...)
		case err != nil:
			c.out.fail(c.door.describe(err))
		default:
			s.reply(&c.out, answers[:s.answers])
			answers = answers[s.answers:]
		}
	}
	c.finished <- struct{}{}
}

// fails reports whether a transaction fails with its batch: its commands are in one entry, all of them or none, and so EXEC
// itself is the error. Some clients look at no error within the array (redigo), and would take it for done.
func (c *conn) fails(within []step) bool {
	return slices.ContainsFunc(within, func(s step) bool { return s.reply != nil })
}

func (c *conn) write() {
	if len(c.out.buf) == 0 {
		return
	}
	_ = c.raw.SetWriteDeadline(time.Now().Add(c.door.config.WriteTimeout))
	if !c.send(c.out.buf) {
		c.leaving = true
	}
	c.out.buf = c.out.buf[:0]
	if cap(c.out.buf) > keptBytes {
		c.door.large.put(c.out.buf)
		c.out.buf = nil
	}
	c.place.Unread(0)
}

func (c *conn) send(replies []byte) bool {
	for len(replies) > 0 {
		n := min(len(replies), writeAtOnce)
		if _, err := c.raw.Write(replies[:n]); err != nil {
			return false
		}
		replies = replies[n:]
	}
	return true
}
