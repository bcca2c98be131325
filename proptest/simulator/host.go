package simulator

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

// host is a member as its replica sees it.
type host Member

func (h *host) member() *Member { return (*Member)(h) }

// Append is node.Host's.
func (h *host) Append(r *node.Record) error {
	h.member().based(r)
	h.bounds.appended(r)
	h.cut = min(h.cut, r.Prev)
	for k := range r.Entries {
		h.unsynced += len(r.Entries[k].Payload)
	}
	if r.Installed != nil && h.member().does(NotInstalled) {
		old := *r
		under, _ := h.disk.membersAt(h.inForce)
		old.Installed = &under
		r = &old
	}
	return h.disk.append(r)
}

// Room is node.Host's.
func (h *host) Room() node.Room {
	room := h.disk.room()
	room.Sure = max(0, room.Sure-h.kept) // as of a real host
	return room
}

// Sync is node.Host's: what is queued now is durable when it ends.
func (h *host) Sync() {
	m := h.member()
	h.disk.beginSync()
	took := h.world.between(h.world.cfg.Sync) + h.slow
	if rate := h.world.cfg.DiskRate; rate > 0 {
		took += time.Second * time.Duration(h.unsynced) / time.Duration(rate)
	}
	h.unsynced = 0
	m.during(took, m.synced)
}

func (m *Member) synced() {
	mark, err := m.disk.endSync()
	m.syncs++
	if err != nil {
		m.failedSyncs++
		m.put(node.Failed(err))
		return
	}
	m.prepare(node.Synced(mark))
}

// prepare has the disk make the log's next file, if it can, and goes on with an event.
func (m *Member) prepare(e node.Event) {
	if m.replica == nil {
		return
	}
	if err := m.disk.prepare(); err != nil {
		m.put(node.Failed(err))
		return
	}
	m.put(e)
}

// ReadEntry is node.Host's.
func (h *host) ReadEntry(k protocol.Index) (node.Entry, error) {
	if h.replica != nil {
		h.world.broken(h.ID, &InvariantError{"BoundedWork", fmt.Errorf("entry %d was read within an event", k)})
	}
	return h.disk.read(k)
}

// ReadAhead is node.Host's. Some readings find the log as it is now and say so late, some as it will be.
func (h *host) ReadAhead(r node.Reading) {
	m := h.member()
	m.bounds.asked(m, r)
	read := func() node.Event { return m.readAhead(r) }
	if m.world.random.IntN(2) == 0 {
		event := read()
		read = func() node.Event { return event }
	}
	m.during(m.world.between(m.world.cfg.Read), func() {
		m.bounds.came(r.For)
		m.put(read())
	})
}

func (m *Member) readAhead(r node.Reading) node.Event {
	var entries []node.Entry
	for k, n := r.First, 0; k <= r.Last && n < r.Bytes; k++ {
		e, err := m.disk.read(k)
		if errors.Is(err, wal.ErrNoEntry) || errors.Is(err, wal.ErrCompacted) {
			break
		}
		if err != nil {
			return node.Failed(err)
		}
		entries, n = append(entries, e), n+len(e.Payload)
	}
	return node.WasRead(r.For, r.First, entries)
}

// Send is node.Host's. The message travels encoded, as it would.
func (h *host) Send(m *protocol.Message, number uint64, payload []byte) {
	w := h.world
	h.bounds.sent(h.member(), m, payload)
	if w.cfg.Alter != nil {
		other := *m
		w.cfg.Alter(&other)
		m = &other
	}
	encoded := protocol.AppendMessage(nil, m)
	payload = bytes.Clone(payload)
	copies := 1
	if w.chance(w.cfg.Duplicate) {
		copies = 2
	}
	for range copies {
		to := w.find(m.To)
		if to == nil || w.isCut(m.From, m.To) || w.chance(w.cfg.Loss) {
			continue
		}
		says := h.machine.Speaks()
		w.after(w.between(w.cfg.Delay), func() {
			if to.hears(m.From, says) {
				to.arrive(encoded, number, payload)
			}
		})
	}
}

func (m *Member) arrive(encoded []byte, number uint64, payload []byte) {
	message, rest, err := protocol.LoadMessage(encoded)
	if err != nil || len(rest) > 0 {
		m.world.broken(m.ID, err)
		return
	}
	if !m.world.isCut(message.From, message.To) {
		m.put(node.Arrived(&message, number, payload))
	}
}

// call is a forwarded request on its way, there or back.
type call struct {
	from   *Member
	life   int
	number uint64
	ended  bool
	to     protocol.NodeID
}

// end gives the caller an outcome, the first one only.
func (c *call) end(response []byte, err error) {
	if c.ended || c.from.life != c.life {
		return
	}
	c.ended = true
	c.from.put(node.Answered(c.number, response, err))
}

// Forward is node.Host's. A call breaks before it is sent where the link is cut or the peer down,
// later where it is lost. One that is abandoned may come back all the same.
func (h *host) Forward(to protocol.NodeID, number uint64, request []byte, deadline int64) (abandon func()) {
	h.forward(to, number, request, deadline)
	return func() {}
}

func (h *host) forward(to protocol.NodeID, number uint64, request []byte, deadline int64) {
	w, m := h.world, h.member()
	m.forwards++
	c := &call{from: m, life: h.life, number: number, to: to}
	delay, peer := w.between(w.cfg.Delay), w.find(to)
	if peer == nil || w.isCut(h.ID, to) || peer.replica == nil {
		w.after(delay, func() { c.end(nil, node.ErrNotSent) })
		return
	}
	left := deadline - h.Now()
	w.after(time.Duration(max(0, left)), func() { c.end(nil, node.ErrUndecided) })
	life := peer.life
	w.after(delay, func() {
		if w.isCut(h.ID, to) || peer.life != life || w.chance(w.cfg.Loss) {
			c.end(nil, node.ErrBroken)
			return
		}
		peer.put(node.Called(request, c))
	})
}

// Respond is node.Host's. A caller may be a test's own func([]byte) too, told right after the event.
func (h *host) Respond(caller node.Caller, response []byte) {
	w := h.world
	response = bytes.Clone(response)
	if own, ok := caller.(func([]byte)); ok {
		w.after(0, func() { own(response) })
		return
	}
	c := caller.(*call)
	w.after(w.between(w.cfg.Delay), func() {
		if w.isCut(c.to, c.from.ID) || w.chance(w.cfg.Loss) {
			c.end(nil, node.ErrBroken)
			return
		}
		c.end(response, nil)
	})
}

// Reply is node.Host's. The waiter is told right after the event, so that it may propose again; what is apart is
// read right then.
func (h *host) Reply(waiter node.Waiter, answers node.Answers, err error) {
	given := bytes.Clone(answers.Bytes)
	h.world.after(0, func() {
		if answers.Apart != nil {
			given, err = readAll(given, answers.Apart)
		}
		if err != nil && answers.Reads {
			err = node.ErrUnread
		}
		waiter.(func([]byte, error))(given, err)
	})
}

func readAll(b []byte, apart node.Values) ([]byte, error) {
	defer apart.Close()
	for all := len(b) + apart.Bytes(); len(b) < all; {
		var err error
		if b, err = apart.Next(b); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// Shelve is node.Host's. What nobody fetches stays for the life of the process.
func (h *host) Shelve(values node.Values) uint64 {
	if h.shelf == nil {
		h.shelf = map[uint64]node.Values{}
	}
	h.world.shelved++
	h.shelf[h.world.shelved] = values
	return h.world.shelved
}

// Fetch is node.Host's.
func (h *host) Fetch(at protocol.NodeID, number uint64, bytes int, _ int64) node.Values {
	return &fetching{from: h, at: h.world.At(at), number: number, bytes: bytes}
}

// fetching is what lies on another member's shelf. It is there as long as that process is, and can be reached.
type fetching struct {
	from   *host
	at     *Member
	number uint64
	bytes  int
}

func (f *fetching) Bytes() int { return f.bytes }

func (f *fetching) Close() {}

func (f *fetching) Next(dst []byte) ([]byte, error) {
	values := f.at.shelf[f.number]
	if values == nil || f.at.replica == nil || f.from.world.isCut(f.from.ID, f.at.ID) {
		return nil, node.ErrBroken
	}
	delete(f.at.shelf, f.number)
	return readAll(dst, values)
}

// Reject is node.Host's: no peer here lies, so that what a replica takes for a lie breaks the run.
func (h *host) Reject(peer protocol.NodeID, why error) {
	h.world.broken(h.ID, &InvariantError{"OnlyPossible", fmt.Errorf("a message of node %d is rejected: %w", peer, why)})
}

// Resume is node.Host's.
func (h *host) Resume() {
	m := h.member()
	m.during(0, func() { m.put(node.Resumed()) })
}

// Now is node.Host's: each process has a zero of its own.
func (h *host) Now() int64 { return h.member().Clock() }

// Wall is node.Host's.
func (h *host) Wall() uint64 { return uint64(epoch + h.world.now + h.skew) }
