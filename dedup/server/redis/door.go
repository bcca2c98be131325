package redis

import (
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/gate"
)

// Config sets a Door up. Service is needed, the rest has defaults.
type Config struct {
	Service        server.Service
	Password       string           // of the user default; empty: none is asked for
	ValueAsOwner   bool             // the value of SET NX and SETNX names the owner; see the package
	Timeout        time.Duration    // until an answer is given up; default server.DefaultTimeout
	WriteTimeout   time.Duration    // until a client that does not read is given up; default 10 s
	MaxConnections int              // default 4096; beyond, one who does nothing makes room, or one more is told so and closed
	GreetingTime   time.Duration    // until the first byte of a connection; default gate.DefaultGreetingTime
	RequestTime    time.Duration    // from a request's first byte to its last; default gate.DefaultRequestTime
	Bytes          *gate.Bytes      // what requests hold, shared with other doors; default one of its own
	Unread         *gate.Bytes      // what replies hold that wait to be read, shared too; default one of its own
	Logger         *slog.Logger     // default: nothing is logged
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
		c.MaxConnections = gate.DefaultMaxConnections
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
	WrongPass   int64 // passwords that were wrong
}

// Door serves Redis clients. It is safe for concurrent use.
type Door struct {
	config   Config
	commands map[string]*command
	gate     *gate.Gate
	closing  chan struct{}

	commandCount, unfenced, uncertain, wrongPass atomic.Int64
	large                                        buffers

	mu        sync.Mutex
	closed    bool
	listeners map[net.Listener]struct{}
	conns     map[*conn]struct{}
	lastID    int64
	open      sync.WaitGroup
}

// New returns a Door that serves nobody yet.
func New(config Config) *Door {
	config = config.withDefaults()
	return &Door{
		config: config, commands: commandsByName(), closing: make(chan struct{}),
		listeners: map[net.Listener]struct{}{}, conns: map[*conn]struct{}{}, large: make(buffers, 2),
		gate: gate.New(gate.Config{
			Door: "redis", MaxConnections: config.MaxConnections, GreetingTime: config.GreetingTime, RequestTime: config.RequestTime,
			Bytes: config.Bytes, Unread: config.Unread, Logger: config.Logger, Refuse: refuse,
		}),
	}
}

func refuse(raw net.Conn) { _, _ = raw.Write([]byte("-ERR max number of clients reached\r\n")) }

// Gate returns what stands in front of the door.
func (d *Door) Gate() *gate.Gate { return d.gate }

// Serve accepts connections until Close is called, when it returns nil, or the listener is closed by somebody else.
// Other errors of Accept are counted, logged and tried again. It closes the listener.
func (d *Door) Serve(listener net.Listener) error {
	listener = d.gate.Listen(listener)
	defer listener.Close()
	if !d.enter(listener) {
		return nil
	}
	for {
		raw, err := listener.Accept()
		if err != nil {
			return d.refused(err)
		}
		d.welcome(raw.(*gate.Conn))
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

// welcome serves one more client.
func (d *Door) welcome(place *gate.Conn) {
	c := d.admit(place)
	if c == nil {
		_ = place.Close()
		return
	}
	go func() {
		defer d.open.Done()
		c.serve()
		d.forget(c)
		_ = place.Close()
	}()
}

// admit returns nil where the door is closed.
func (d *Door) admit(place *gate.Conn) *conn {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	d.lastID++
	c := newConn(d, place, d.lastID)
	c.place = place
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
	if !d.closed {
		close(d.closing)
	}
	d.closed = true
	for listener := range d.listeners {
		_ = listener.Close()
	}
	for c := range d.conns {
		c.place.Stop()
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
		Unfenced: d.unfenced.Load(), Uncertain: d.uncertain.Load(), WrongPass: d.wrongPass.Load(),
	}
}
