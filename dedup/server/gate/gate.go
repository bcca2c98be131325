package gate

import (
	"log/slog"
	"net"
	"sync"
	"time"
)

// Config sets a Gate up. All of it has defaults.
type Config struct {
	Door           string              // its name in the log
	MaxConnections int                 // default 4096
	Spare          int                 // places beyond, on which Conn.Spare is true; default none
	GreetingTime   time.Duration       // until the first byte; default 30 s
	RequestTime    time.Duration       // from the first byte of a request to its last; default 10 s
	Bytes          *Bytes              // of requests, shared by all doors of a process; default one of its own
	Unread         *Bytes              // of answers, made by NewUnread, shared too; default one of its own
	Refuse         func(conn net.Conn) // says that there is no place; it may not block for long
	Logger         *slog.Logger        // default: nothing is logged
}

// Defaults of a Config.
const (
	DefaultMaxConnections = 4096
	DefaultGreetingTime   = 30 * time.Second
	DefaultRequestTime    = 10 * time.Second
)

func (c Config) withDefaults() Config {
	if c.MaxConnections == 0 {
		c.MaxConnections = DefaultMaxConnections
	}
	if c.GreetingTime == 0 {
		c.GreetingTime = DefaultGreetingTime
	}
	if c.RequestTime == 0 {
		c.RequestTime = DefaultRequestTime
	}
	if c.Bytes == nil {
		c.Bytes = NewBytes(0)
	}
	if c.Unread == nil {
		c.Unread = NewUnread(0)
	}
	if c.Refuse == nil {
		c.Refuse = func(net.Conn) {}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Counts are numbers since the start, but for those that say "now".
type Counts struct {
	Connections  int   `json:"connections"`   // now
	Most         int   `json:"most"`          // of them at once
	Refused      int64 `json:"refused"`       // found no place
	Evicted      int64 `json:"evicted"`       // did nothing, and made room for another
	Silent       int64 `json:"silent"`        // closed since they never said anything
	Slow         int64 `json:"slow"`          // cut since a request did not come whole in time
	OutOfBytes   int64 `json:"out_of_bytes"`  // cut or refused since requests took too many bytes
	Unread       int64 `json:"unread"`        // cut since answers that nobody read took too many bytes
	AcceptErrors int64 `json:"accept_errors"` // of Accept, each tried again
}

// Gate admits connections. It is safe for concurrent use.
type Gate struct {
	config  Config
	notices *Notices

	mu        sync.Mutex
	freed     sync.Cond // a connection was closed
	open      int       // connections that hold a descriptor
	spares    int       // of them, in spare places
	lingering int       // that were refused, and may read that
	sources   map[string]*source
	crowd     []*source // the same, without an order
	counts    Counts
}

// New returns a Gate.
func New(config Config) *Gate {
	g := &Gate{config: config.withDefaults(), sources: map[string]*source{}}
	g.freed.L = &g.mu
	g.notices = NewNotices(g.config.Logger.With("door", g.config.Door))
	return g
}

// Name returns the name of the door.
func (g *Gate) Name() string { return g.config.Door }

// MaxConnections returns how many connections there may be, without spare ones.
func (g *Gate) MaxConnections() int { return g.config.MaxConnections }

// Notices is where the door that stands behind may log what a stranger can cause.
func (g *Gate) Notices() *Notices { return g.notices }

// Counts returns what was counted so far.
func (g *Gate) Counts() Counts {
	g.mu.Lock()
	defer g.mu.Unlock()
	counts := g.counts
	counts.Connections, counts.Most = g.open, g.config.MaxConnections
	return counts
}

// admit gives a connection a place, if need be that of one who does nothing.
func (g *Gate) admit(raw net.Conn) *Conn {
	g.mu.Lock()
	defer g.mu.Unlock()
	from := sourceOf(raw.RemoteAddr())
	if g.open-g.spares >= g.config.MaxConnections {
		if victim := g.victim(from); victim != nil {
			g.evict(victim)
			for !victim.closed { // its descriptor is not free before
				g.freed.Wait()
			}
		}
	}
	spare := g.open-g.spares >= g.config.MaxConnections
	if spare && g.spares >= g.config.Spare {
		g.counts.Refused++
		g.notices.Note("refused", "all places are taken: a connection was refused", "most", g.config.MaxConnections, "source", from)
		return nil
	}
	return g.enter(raw, from, spare)
}

func (g *Gate) enter(raw net.Conn, from string, spare bool) *Conn {
	c := &Conn{Conn: raw, Spare: spare, gate: g, source: g.join(from), since: time.Now(), class: silent}
	c.request.conn, c.answers.conn = c, c
	c.source.waiting[silent].push(c)
	g.open++
	if spare {
		g.spares++
	}
	c.limitRead()
	return c
}

// evict closes one who does nothing. Whoever serves it finds its reads failing.
func (g *Gate) evict(c *Conn) {
	c.source.waiting[c.class].remove(c)
	c.class = gone
	g.counts.Evicted++
	g.notices.Note("evicted", "all places are taken: a connection that did nothing was closed", "most", g.config.MaxConnections, "source", c.source.name)
	_ = c.Conn.Close()
}

// leave gives the place of a connection back.
func (g *Gate) leave(c *Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c.closed {
		return
	}
	if c.class < busy {
		c.source.waiting[c.class].remove(c)
	}
	c.class, c.closed = gone, true
	g.part(c.source)
	g.open--
	if c.Spare {
		g.spares--
	}
	g.freed.Broadcast()
}

// maxLingering is how many that were refused may take their time to read it.
const (
	maxLingering  = 8
	lingeringTime = 200 * time.Millisecond
)

// refuse tells a connection that there is no place. A socket that is closed while something unread is in it takes
// back what was written, so some are given time.
func (g *Gate) refuse(raw net.Conn) {
	_ = raw.SetDeadline(time.Now().Add(lingeringTime))
	g.mu.Lock()
	linger := g.lingering < maxLingering
	if linger {
		g.lingering++
	}
	g.mu.Unlock()
	if !linger {
		g.config.Refuse(raw)
		_ = raw.Close()
		return
	}
	go func() {
		g.config.Refuse(raw)
		drain(raw)
		_ = raw.Close()
		g.mu.Lock()
		g.lingering--
		g.mu.Unlock()
	}()
}
