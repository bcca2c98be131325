package redis

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eventstreamcore/semel/dedup/server"
)

// Config sets a Door up. Service is needed, the rest has defaults.
type Config struct {
	Service        server.Service
	Password       string           // of the user default; empty: none is asked for
	ValueAsOwner   bool             // the value of SET NX and SETNX names the owner; see the package
	Timeout        time.Duration    // until an answer is given up; default server.DefaultTimeout
	WriteTimeout   time.Duration    // until a client that does not read is given up; default 10 s
	MaxConnections int              // default 4096; one more is told so and closed
	MaxUnreadBytes int64            // of replies that wait for clients to read them; beyond, who does not read is given up at once; default 256 MiB
	Now            func() time.Time // the wall clock, for EXAT and PXAT; default time.Now
}

func (c Config) withDefaults() Config {
	if c.Timeout == 0 {
		c.Timeout = server.DefaultTimeout
	}
	if c.WriteTimeout == 0 {
		c.WriteTimeout = 10 * time.Second
	}
	if c.MaxConnections == 0 {
		c.MaxConnections = 4096
	}
	if c.MaxUnreadBytes == 0 {
		c.MaxUnreadBytes = 256 << 20
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// Counts are numbers since the start.
type Counts struct {
	Connections int64 // open now
	Commands    int64 // Redis commands, whatever they were answered
	Unfenced    int64 // Put and Forget: what the guarantees exclude
	Uncertain   int64 // commands answered -UNCERTAIN
}

// Door serves Redis clients. It is safe for concurrent use.
type Door struct {
	config   Config
	commands map[string]*command

	commandCount, unfenced, uncertain atomic.Int64
	unread                            atomic.Int64 // bytes of buffers that are being written

	mu        sync.Mutex
	closed    bool
	listeners map[net.Listener]struct{}
	conns     map[*conn]struct{}
	lastID    int64
	open      sync.WaitGroup
}

// New returns a Door that serves nobody yet.
func New(config Config) *Door {
	return &Door{
		config: config.withDefaults(), commands: commandsByName(),
		listeners: map[net.Listener]struct{}{}, conns: map[*conn]struct{}{},
	}
}

// Serve accepts connections until the listener fails or Close is called, when it
// returns nil. It closes the listener. For TLS give it the listener of crypto/tls.
func (d *Door) Serve(listener net.Listener) error {
	defer listener.Close()
	if !d.enter(listener) {
		return nil
	}
	for {
		raw, err := listener.Accept()
		if err != nil {
			return d.refused(err)
		}
		d.welcome(raw)
	}
}

func (d *Door) enter(listener net.Listener) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.closed {
		d.listeners[listener] = struct{}{}
	}
	return !d.closed
}

func (d *Door) refused(err error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed && errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// welcome serves one more client, or tells it that there are too many.
func (d *Door) welcome(raw net.Conn) {
	c := d.admit(raw)
	if c == nil {
		_ = raw.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = raw.Write([]byte("-ERR max number of clients reached\r\n"))
		_ = raw.Close()
		return
	}
	go func() {
		defer d.open.Done()
		c.serve()
		c.part()
		d.forget(c)
		_ = raw.Close()
	}()
}

func (d *Door) admit(raw net.Conn) *conn {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || len(d.conns) >= d.config.MaxConnections {
		return nil
	}
	d.lastID++
	c := newConn(d, raw, d.lastID)
	d.conns[c] = struct{}{}
	d.open.Add(1)
	return c
}

func (d *Door) forget(c *conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.conns, c)
}

// Close ends the listeners and returns when every connection is closed. What was
// read is answered before: a client would repeat what ends in EOF.
func (d *Door) Close() {
	d.mu.Lock()
	d.closed = true
	for listener := range d.listeners {
		_ = listener.Close()
	}
	for c := range d.conns {
		_ = c.raw.SetReadDeadline(time.Now())
	}
	d.mu.Unlock()
	d.open.Wait()
}

// Counts returns what was counted so far.
func (d *Door) Counts() Counts {
	d.mu.Lock()
	defer d.mu.Unlock()
	return Counts{
		Connections: int64(len(d.conns)), Commands: d.commandCount.Load(),
		Unfenced: d.unfenced.Load(), Uncertain: d.uncertain.Load(),
	}
}
