package dedup

import (
	"errors"
	"fmt"
)

// What else stops a replica. Nothing of the entry was applied.
var (
	// ErrNotBootstrapped: the log does not begin with a bootstrap entry.
	ErrNotBootstrapped = errors.New("entry before the bootstrap entry")
	// ErrAlreadyBootstrapped: a second bootstrap entry.
	ErrAlreadyBootstrapped = errors.New("second bootstrap entry")
	// ErrIndexOrder: an entry at or below the one applied last.
	ErrIndexOrder = errors.New("entry out of order")
)

const nanosPerMilli = 1_000_000

// Machine is the state of the dedup service: a function of the entries applied
// to it. It is not safe for concurrent use, reads included, but for what is Pinned.
type Machine struct {
	applied uint64 // index of the last entry
	now     uint64 // log time T in ns
	number  uint64 // of the last command
	digest  uint64 // of all answers; see Hash
	version Version

	ready  bool
	config Bootstrap

	table table
	arena arena
	hand  uint32 // how many slots, from the first, the sweep has passed in this round; at most table.used
	looks int    // at slots, left to the sweeps before FULL in this entry

	snapshot *Snapshot // being taken; nil: none

	chunk   [chunkCommands]Command // reused
	touched uint64                 // of touch, kept so that its loads are made
}

// New returns the state before the first entry.
func New() *Machine { return &Machine{version: oldest} }

// Taking has taken told of all memory that records and their values take from now on. It has no part in the state.
func (m *Machine) Taking(taken Taken) { m.table.taken, m.arena.taken = taken, taken }

// Apply applies the entry at index, whole or, with an error, not at all, and
// fills results. An error wraps ErrMalformed, ErrUnknownVersion,
// ErrUnknownCommand, ErrIndexOrder, ErrNotBootstrapped or ErrAlreadyBootstrapped,
// and has to stop the replica: an entry that was committed can't be skipped.
func (m *Machine) Apply(index uint64, payload []byte, results *Results) error {
	results.reset(index, &m.arena)
	m.arena.reuse()
	entry, err := ParseEntry(payload)
	if err == nil {
		err = m.admit(index, &entry)
	}
	if err != nil {
		return fmt.Errorf("apply entry %d: %w", index, err)
	}
	m.applied = index
	m.now = max(m.now, entry.StampNanos)
	m.looks = sweepBeforeFull
	m.raise(&entry)
	if entry.Kind == EntryBootstrap {
		m.configure(&entry.Bootstrap)
	}
	m.sweep(sweepPerEntry + sweepPerCommand*entry.Answers)
	m.run(entry.Commands, results)
	m.mix(results)
	return nil
}

func (m *Machine) admit(index uint64, e *Entry) error {
	if index <= m.applied {
		return fmt.Errorf("index %d, want above %d: %w", index, m.applied, ErrIndexOrder)
	}
	if e.Kind == EntryBootstrap && m.ready {
		return ErrAlreadyBootstrapped
	}
	if e.Kind != EntryBootstrap && !m.ready {
		return ErrNotBootstrapped
	}
	return m.admitVersion(e)
}

func (m *Machine) configure(b *Bootstrap) {
	m.config = *b
	m.ready = true
	m.arena.capacity = uint32(b.CapacityBytes / CellBytes)
}

// run applies commands that ParseEntry has checked.
func (m *Machine) run(commands []byte, results *Results) {
	for r := (reader{rest: commands}); len(r.rest) > 0; {
		chunk := m.decode(&r)
		m.touched = m.table.touch(chunk)
		for i := range chunk {
			c := &chunk[i]
			if c.Kind == KindCheckpoint {
				m.checkpoint(c, results)
				continue
			}
			m.dispatch(c, m.answer(c, results), results)
		}
	}
}

// answer numbers the command and appends its answer, so far without an outcome.
func (m *Machine) answer(c *Command, results *Results) *Result {
	if c.Kind.Numbered() {
		m.number++
	}
	results.Answers = append(results.Answers, Result{Kind: c.Kind, Call: c.Call, Number: m.number, TimeNanos: m.now})
	return &results.Answers[len(results.Answers)-1]
}

func (m *Machine) dispatch(c *Command, a *Result, results *Results) {
	switch c.Kind {
	case KindClaim:
		m.claim(c, a, results)
	case KindComplete:
		m.complete(c, a)
	case KindRelease:
		m.release(c, a)
	case KindExtend:
		m.extend(c, a)
	case KindQuery:
		m.query(c, a, results)
	case KindPut:
		m.put(c, a)
	case KindForget:
		m.forget(c, a)
	case KindCheckpointQuery:
		m.checkpointQuery(c, a)
	case KindSetCheckpoint:
		m.setCheckpoint(c, a)
	case KindResize:
		m.resize(c, a)
	}
}

// mix folds the answers and the shape of the table into the running digest.
func (m *Machine) mix(results *Results) {
	h := fold(fold(m.digest, m.applied), m.now)
	for i := range results.Answers {
		a := &results.Answers[i]
		h = fold(fold(h, a.Number<<8|uint64(a.Outcome)), a.Token^a.ExpiresInMillis<<1)
	}
	m.digest = fold(fold(h, uint64(m.table.used)<<32|uint64(m.hand)), uint64(m.arena.used))
}

func fold(h, x uint64) uint64 {
	h = (h ^ x) * 0x9e3779b97f4a7c15
	return h ^ h>>29
}

// Hash returns a running digest of every answer given, of log time and of how
// full the tables are. Replicas that applied the same entries have the same; one
// that differs at the same index has diverged, and is kept out of its cluster: whoever changes what the digest is made of raises
// digestVersion of package node, so that nodes of two versions do not compare. It costs nothing to ask for.
func (m *Machine) Hash() uint64 { return m.digest }

// AppliedIndex returns the index of the entry applied last, 0 before the first.
func (m *Machine) AppliedIndex() uint64 { return m.applied }

// TimeNanos returns log time T: the highest stamp applied, in ns since 1970.
func (m *Machine) TimeNanos() uint64 { return m.now }

// Number returns the number of the last command, 0 before the first.
func (m *Machine) Number() uint64 { return m.number }

// Configuration returns what the bootstrap entry said; false before it was
// applied, while doors answer "loading".
func (m *Machine) Configuration() (Bootstrap, bool) { return m.config, m.ready }

// Usage tells how full a Machine is.
type Usage struct {
	Keys, CapacityKeys   uint64 // slots in use: records, checkpoints, and expired ones not swept yet
	Bytes, CapacityBytes uint64 // of cells
}

// Usage returns how full the machine is.
func (m *Machine) Usage() Usage {
	return Usage{
		Keys: uint64(m.table.used), CapacityKeys: m.config.CapacityKeys,
		Bytes: uint64(m.arena.used) * CellBytes, CapacityBytes: uint64(m.arena.capacity) * CellBytes,
	}
}
