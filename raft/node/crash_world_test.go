package node_test

// A few nodes with their real files, in one goroutine: what each of them has to do next is drawn. Their disks lose power at the same
// instant, log and snapshots.

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// member is a node of the world, up or down.
type member struct {
	*node.Stepped
	id      protocol.NodeID
	world   *world
	power   power
	log     *crashfs.FS
	files   *crashfs.FS
	machine *chain
	deaf    bool // what is sent to it and by it is lost
}

type world struct {
	members []*member
	archive archive
	rng     *rand.Rand
	now     int64
	acked   map[uint64]string // by place
	asked   int
	bulk    bulkHook        // what becomes of bulk calls; nil: they are answered
	padding int             // of snapshots
	guilty  protocol.NodeID // who may be accused
	every   int             // bytes of entries between two of them
	broken  error
	logged  io.Writer // what the nodes log; nil: nowhere
	after   func()    // each step; nil: nothing

	spoils map[protocol.NodeID]func(state []byte) []byte // what nodes' snapshots are
}

func newWorld(seed uint64, nodes int) *world {
	w := &world{padding: chainPadding, every: snapshotEvery, rng: rand.New(rand.NewPCG(seed, 13)), archive: archive{texts: map[uint64]string{}}, acked: map[uint64]string{}}
	for id := protocol.NodeID(1); int(id) <= nodes; id++ {
		m := &member{id: id, world: w, log: crashfs.New(seed + uint64(id)), files: crashfs.New(seed + 100 + uint64(id))}
		w.members = append(w.members, m)
	}
	return w
}

func (w *world) at(id protocol.NodeID) *member { return w.members[id-1] }

// Now and Wall are node.Clock's.
func (w *world) Now() int64   { return w.now }
func (w *world) Wall() uint64 { return uint64(w.now) }

// start brings a node up on what its disk holds.
func (m *member) start() (err error) {
	w := m.world
	var servers protocol.NodeSet
	peers := map[protocol.NodeID]string{}
	for _, other := range w.members {
		servers = servers.With(other.id)
		if other != m {
			peers[other.id] = "nowhere"
		}
	}
	m.machine = &chain{list: *listOf(servers), archive: &w.archive, padding: w.padding, spoil: w.spoils[m.id]}
	o := node.Options{
		Config: node.Config{
			Raft:          raft.Config{ID: m.id, Servers: servers, Seed: uint64(m.id), MaxEntriesPerMessage: 4},
			MaxEntryBytes: 4 << 10, SnapshotBytes: w.every, CacheBytes: 16 << 10,
		},
		Cluster: "test", Secret: secret, Listen: "nowhere", Peers: peers, Machine: m.machine, Clock: w,
		FS: &folder{m.log, &m.power}, Snapshots: &folder{m.files, &m.power}, SegmentBytes: 64 << 10,
		Logger: slog.New(slog.NewTextHandler(w.logTo(), nil)),
	}
	m.Stepped, err = node.OpenStepped(o, &wire{m})
	return err
}

func (w *world) logTo() io.Writer {
	if w.logged != nil {
		return w.logged
	}
	return io.Discard
}

// snapshotEvery is a few entries' bytes: a run compacts many times.
const snapshotEvery = 24 << 10

// step has some node do something; false where nothing is to be done but jobs.
func (w *world) step() (bool, error) {
	type todo struct {
		m  *member
		do func() error
	}
	var all []todo
	for _, m := range w.members {
		if m.Stepped == nil {
			continue
		}
		for _, do := range m.Steps() {
			all = append(all, todo{m, do})
		}
	}
	jobs := 0
	for _, m := range w.members {
		if m.Stepped != nil && len(m.Jobs) > 0 {
			jobs++
			all = append(all, todo{m, func() error { m.Work(); return nil }})
		}
	}
	if len(all) == jobs && (jobs == 0 || w.rng.IntN(4) > 0) { // a job may take longer than all else
		return false, nil
	}
	one := all[w.rng.IntN(len(all))]
	if err := one.do(); err != nil {
		return false, one.m.fell(err)
	}
	if w.after != nil {
		w.after()
	}
	return true, nil
}

// fell ends a node that stopped. Where its power was lost it is down; for all else the world has ended.
func (m *member) fell(err error) error {
	m.Stepped = nil
	if m.power.gone {
		return nil
	}
	return fmt.Errorf("node %d: %w", m.id, err)
}

// turn lets a unit of time pass, and all be done that it brings.
func (w *world) turn() error {
	w.now += int64(20 * time.Millisecond)
	for _, m := range w.members {
		if m.Stepped != nil {
			m.Tick()
		}
	}
	for {
		switch more, err := w.step(); {
		case w.broken != nil:
			return w.broken
		case err != nil:
			return err
		case !more:
			return nil
		}
	}
}

// until lets time pass until something is so.
func (w *world) until(what string, is func() bool) error {
	began := time.Now()
	for turns := 0; !is(); turns++ {
		if turns > 1000 { // a lull between two reads of the log is of the machine's clock
			if time.Since(began) > soon {
				return fmt.Errorf("it does not come to pass that %s", what)
			}
			runtime.Gosched()
		}
		if err := w.turn(); err != nil {
			return err
		}
	}
	return nil
}

// leader is who leads, and has loaded.
func (w *world) leader() *member {
	for _, m := range w.members {
		if m.Stepped != nil && !m.deaf {
			if s := m.Status(); s.Role == protocol.Leader && s.Healthy && !s.Loading {
				return m
			}
		}
	}
	return nil
}

// isDark reports whether all nodes are down.
func (w *world) isDark() bool {
	return !slices.ContainsFunc(w.members, func(m *member) bool { return m.Stepped != nil })
}

// write has n entries committed, of some 3 KiB each, unless all nodes go down.
func (w *world) write(n int) error {
	for k := 0; k < n && !w.isDark(); {
		leader := w.leader()
		if leader == nil {
			if err := w.turn(); err != nil {
				return err
			}
			continue
		}
		w.asked++
		text := fmt.Sprintf("%d %s", w.asked, bytes.Repeat([]byte("x"), 240))
		ended := false
		leader.Propose(bytes.Repeat(command(text), 12), time.Hour, func(answers []byte, err error) {
			if ended = true; err == nil {
				k++
				w.acked[placesOf(answers)[0]] = text
			}
		})
		for !ended {
			if err := w.turn(); err != nil {
				return err
			}
			if leader.Stepped == nil { // its client never hears
				ended = true
			}
		}
	}
	return nil
}

// level waits until all that are up have applied the same, and more than was applied before.
func (w *world) level() error {
	return w.until("all have applied the same", func() bool {
		for _, m := range w.members {
			if m.Stepped == nil || m.machine.index != uint64(len(w.archive.sums)) || m.Status().Loading {
				return false
			}
		}
		return true
	})
}

// check looks whether all that was acknowledged is there, where it was said to be.
func (w *world) check() error {
	for place, text := range w.acked {
		if w.archive.texts[place] != text {
			return fmt.Errorf("what was acknowledged as %d is %q, it was %q", place, w.archive.texts[place], text)
		}
	}
	for _, m := range w.members {
		if m.Stepped == nil {
			continue
		}
		if s := m.Status(); len(s.KeptOut) > 0 || s.Doubted != 0 {
			return fmt.Errorf("node %d keeps out %v and doubts %v", m.id, s.KeptOut, s.Doubted)
		}
	}
	return nil
}

func (w *world) close() {
	for _, m := range w.members {
		if m.Stepped != nil {
			m.Close()
		}
	}
}
