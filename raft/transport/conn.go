package transport

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// conn is a connection after its hello: a reader, a writer, and the pulses of both sides.
type conn struct {
	net     net.Conn
	peer    protocol.NodeID
	kind    kind
	version uint8 // that is spoken
	out     *outbox
	pulse   time.Duration
	silence time.Duration
	ended   chan struct{} // closed by end
	done    chan struct{} // closed when run has returned
	caller  *caller       // of a dialled connection for calls
	number  uint64        // of an accepted one: in the order in which they came
	heard   atomic.Int64  // when something came last, in ns since 1970

	ending  sync.Once
	cause   error // why it ended, and
	dropped int   // the frames that were waiting then; both set by end
}

func (t *Transport) newConn(c net.Conn, peer protocol.NodeID, k kind, version uint8) *conn {
	out := newOutbox()
	out.most, out.version = mostBody(k), version
	made := &conn{net: c, peer: peer, kind: k, version: version, out: out, pulse: t.cfg.Pulse, silence: t.cfg.Silence,
		ended: make(chan struct{}), done: make(chan struct{})}
	made.heard.Store(time.Now().UnixNano())
	return made
}

// run hands each frame that is not a pulse to handle, until the connection ends; it returns why.
// Nothing is written any more when it has returned.
func (c *conn) run(handle func(t frameType, body []byte) error) error {
	defer close(c.done)
	var writer sync.WaitGroup
	writer.Go(func() { c.end(c.write()) })
	c.end(c.read(handle))
	writer.Wait()
	return c.cause
}

// end closes the connection; the first call says why.
func (c *conn) end(cause error) {
	c.ending.Do(func() {
		c.cause = cause
		c.dropped = c.out.close()
		close(c.ended)
		c.net.Close()
	})
}

func (c *conn) read(handle func(t frameType, body []byte) error) error {
	reader := frameReader{from: (*patient)(c), most: mostBody(c.kind), version: c.version}
	for {
		t, body, err := reader.next()
		if err == nil && t != framePulse {
			err = handle(t, body)
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = fmt.Errorf("read: %w (%v)", errSilent, c.silence)
		}
		if err != nil {
			return err
		}
	}
}

// patient reads from a connection, each time for no longer than its silence.
type patient conn

func (p *patient) Read(b []byte) (int, error) {
	now := time.Now() // what came before is read
	noteHeard((*conn)(p), now)
	if err := p.net.SetReadDeadline(now.Add(p.silence)); err != nil {
		return 0, err
	}
	return p.net.Read(b)
}

// write writes what is put into the outbox, and a pulse where there is nothing, until the
// connection ends.
func (c *conn) write() error {
	pulse := time.NewTicker(c.pulse)
	defer pulse.Stop()
	for {
		b, ok := c.out.take()
		if !ok {
			return errBroken
		}
		if len(b) > 0 {
			if err := c.writeOut(b); err != nil {
				return err
			}
			continue
		}
		select {
		case <-c.out.wake:
		case <-pulse.C:
			if _, err := c.out.put(framePulse, nil, nil, bounds{}); err != nil {
				return err
			}
		}
	}
}

// writeAtOnce is how much has to be taken within the silence: a slow peer is not a silent one, however much there is for it.
const writeAtOnce = 64 << 10

func (c *conn) writeOut(b []byte) error {
	var written int
	var err error
	for written < len(b) && err == nil {
		piece := b[written:min(len(b), written+mostAtOnce(len(b)))]
		if err = c.net.SetWriteDeadline(time.Now().Add(c.silence)); err == nil {
			var n int
			n, err = c.net.Write(piece)
			written += n
		}
	}
	c.out.wrote(written)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("write: the peer did not read for %v: %w", c.silence, err)
	}
	return err
}
