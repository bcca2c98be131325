package node

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
)

const (
	// readsAtOnce bounds the pieces that are read for others at the same time, and with that the memory for them.
	readsAtOnce = 2
	// sourcesAtOnce bounds the snapshots that are open for others.
	sourcesAtOnce = 4
	// sourceIdle is how long one stays open that nobody asks for: what was removed meanwhile is given back then.
	sourceIdle = 15 * time.Second
	// busyPause is when to ask again where as many read as may.
	busyPause = 5 * time.Millisecond
)

// giving is what other nodes get here. It holds nothing for who does not ask.
type giving struct {
	ration  ration
	buffers chan []byte
	clock   Clock

	mu   sync.Mutex
	open map[protocol.Index]*given
}

// given is a snapshot that is open for others. It stays what it was while it is open, removed or not.
type given struct {
	source *snapshot.Source
	users  int
	used   int64 // Clock.Now
	gone   bool  // it is given to nobody any more, and closed when nobody uses it
}

func newGiving(rate int64, clock Clock) *giving {
	g := &giving{ration: ration{rate: rate}, buffers: make(chan []byte, readsAtOnce), clock: clock, open: map[protocol.Index]*given{}}
	for range readsAtOnce {
		g.buffers <- nil
	}
	return g
}

// give answers another node's request for a piece.
func (n *Node) give(from protocol.NodeID, request []byte, reply func([]byte)) {
	r, err := parsePieceRequest(request)
	if err != nil {
		reply(appendNotHere(nil, err))
		return
	}
	if again := n.giving.ration.wait(from, time.Now()); again > 0 {
		reply(appendNotNow(nil, again))
		return
	}
	select {
	case buffer := <-n.giving.buffers:
		n.work(func() {
			answer := n.piece(r, buffer[:0])
			n.giving.ration.spend(len(answer), time.Now())
			reply(answer)
			n.giving.buffers <- answer
		})
	default:
		reply(appendNotNow(nil, busyPause))
	}
}

// piece appends the answer to a request.
func (n *Node) piece(r pieceRequest, dst []byte) []byte {
	if cap(dst) < snapshotAnswerHead+pieceOfSnapshot {
		dst = make([]byte, 0, snapshotAnswerHead+pieceOfSnapshot)
	}
	s, err := n.giving.use(n.store, r)
	if err != nil {
		n.sayUnread(r.index, err)
		return appendNotHere(dst, err)
	}
	defer n.giving.release(s)
	dst = appendPieceHead(dst)
	if r.offset == 0 {
		return append(dst, s.source.Header().Encode()...)
	}
	most := max(n.giving.ration.pieceBytes(), int(s.source.Header().BlockBytes))
	read, err := s.source.ReadBlocks(dst[len(dst):cap(dst)][:most], r.offset)
	if read > 0 {
		return dst[:len(dst)+read] // those are whole, whatever comes behind them
	}
	n.sayUnread(r.index, err)
	if errors.Is(err, snapshot.ErrDamaged) {
		dropSource(n.giving, r.index) // another file may take its place
	}
	return appendNotHere(dst[:0], err)
}

// sayUnread logs what is wrong with a snapshot here. That there is none of that index is nobody's fault.
func (n *Node) sayUnread(index protocol.Index, err error) {
	if errors.Is(err, snapshot.ErrDamaged) || errors.Is(err, snapshot.ErrDisk) {
		n.options.Logger.Error("a snapshot can't be read for another node, which asks others", "index", index, "reason", err)
	}
}

// use returns the source of a snapshot, opened where it is not.
func (g *giving) use(store *snapshot.Store, r pieceRequest) (*given, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.open[r.index]
	if s == nil {
		if g.evict(); len(g.open) >= sourcesAtOnce {
			return nil, fmt.Errorf("%d other snapshots are being given", len(g.open))
		}
		source, err := store.Source(r.index)
		if err != nil {
			return nil, err
		}
		s = &given{source: source}
		g.open[r.index] = s
	}
	s.used = g.clock.Now()
	if s.source.Header().Term != r.term {
		return nil, fmt.Errorf("%w of term %d: that of entry %d is of term %d", snapshot.ErrNoSnapshot, r.term, r.index, s.source.Header().Term)
	}
	s.users++
	return s, nil
}

func (g *giving) release(s *given) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s.users--
	s.used = g.clock.Now()
	if s.gone && s.users == 0 {
		s.source.Close()
	}
}

// drop has the file of a snapshot be given to nobody any more: it is removed, or another one takes its place.
func (g *giving) drop(index protocol.Index) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.open[index]
	if s == nil {
		return
	}
	delete(g.open, index)
	if s.gone = true; s.users == 0 {
		s.source.Close()
	}
}

// evict closes the one that was not used for longest, where there are as many as may be. Holds mu.
func (g *giving) evict() {
	if len(g.open) < sourcesAtOnce {
		return
	}
	var oldest protocol.Index
	for index, s := range g.open {
		if s.users == 0 && (oldest == 0 || s.used < g.open[oldest].used) {
			oldest = index
		}
	}
	g.close(oldest)
}

// expire closes those that nobody has asked for of late.
func (g *giving) expire(now int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for index, s := range g.open {
		if s.users == 0 && now-s.used >= int64(sourceIdle) {
			g.close(index)
		}
	}
}

func (g *giving) closeAll() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for index := range g.open {
		g.close(index)
	}
}

// close holds mu.
func (g *giving) close(index protocol.Index) {
	if s := g.open[index]; s != nil {
		s.source.Close()
		delete(g.open, index)
	}
}
