package linearizability

import (
	"container/heap"
	"fmt"

	"github.com/eventstreamcore/semel/dedup"
)

// room counts what stands, over all keys: FULL is a function of the log.
type room struct {
	keys, cells         uint64 // capacity; 0 keys: unknown
	usedKeys, usedCells uint64
	at                  map[*keyRun]*replayed
	counted             map[*keyRun]counted
	ends                ends
}

// counted is what a record that stands takes.
type counted struct{ cells, expires uint64 }

func newRoom(h *Header, at map[*keyRun]*replayed) *room {
	return &room{keys: h.CapacityKeys, cells: h.CapacityBytes / dedup.CellBytes, at: at, counted: map[*keyRun]counted{}}
}

func (r *room) known() bool { return r.keys > 0 }

// exact reports whether FULL is said only if need be. In a larger table expired
// records that the sweep has not reached may count: see package dedup, Capacity.
func (r *room) exact() bool { return r.keys <= 1<<16 }

func (r *room) words() string {
	return fmt.Sprintf("%d of %d keys and %d of %d cells are taken", r.usedKeys, r.keys, r.usedCells, r.cells)
}

// enter gives back what has expired by then.
func (r *room) enter(now uint64) {
	for len(r.ends) > 0 && r.ends[0].expires <= now {
		e := heap.Pop(&r.ends).(ending)
		if stands, ok := r.counted[e.key]; ok && stands.expires == e.expires {
			r.giveBack(e.key)
		}
	}
}

// measure tells a Resize what stands. What that is in a table too large to be swept at once, only the answer knows.
func (r *room) measure(s *step) {
	if s.args.Kind != Resize {
		return
	}
	s.heldKeys, s.heldBytes = r.usedKeys, r.usedCells*dedup.CellBytes
	if a := s.answer(); a != nil && (!r.known() || !r.exact()) {
		s.heldKeys, s.heldBytes = a.HeldKeys, a.HeldBytes
	}
}

// resize follows a Resize that took effect.
func (r *room) resize(s *step, told Outcome) {
	if s.args.Kind == Resize && told == OK && r.known() {
		r.keys, r.cells = s.args.CapacityKeys, s.args.CapacityBytes/dedup.CellBytes
	}
}

// count takes note of what now stands for a key.
func (r *room) count(k *keyRun, now state) {
	if !r.known() {
		return
	}
	before, stood := r.counted[k]
	r.giveBack(k)
	if !now.stands {
		return
	}
	r.usedKeys++
	r.usedCells += now.cells()
	r.counted[k] = counted{cells: now.cells(), expires: now.expires}
	if now.expires != 0 && (!stood || before.expires != now.expires) {
		heap.Push(&r.ends, ending{key: k, expires: now.expires})
	}
}

func (r *room) giveBack(k *keyRun) {
	if before, stood := r.counted[k]; stood {
		r.usedKeys--
		r.usedCells -= before.cells
		delete(r.counted, k)
	}
}

// cells are what value and fingerprint of a record take: (12 + f + v) / 28 rounded
// up, none without either, one for a checkpoint.
func (s state) cells() uint64 {
	if s.isCheckpoint {
		return 1
	}
	if !s.hasValue && s.fingerprint == "" {
		return 0
	}
	return uint64(12+len(s.value)+len(s.fingerprint)+27) / 28
}

// fits reports whether the step needs room in view of what stands, and whether there is.
func (r *room) fits(s *step, now state) (needed, fits bool) {
	if !r.known() {
		return false, true
	}
	switch {
	case s.args.Kind == Resize:
		return true, r.usedKeys <= s.args.CapacityKeys && r.usedCells <= s.args.CapacityBytes/dedup.CellBytes
	case s.args.Kind == SetCheckpoint:
		return !now.stands, now.stands || r.leaves(1, 1)
	case s.args.Kind == Checkpoint:
		return r.fitsCheckpoint(s, now)
	case s.checkpoint != nil:
		return false, true // its checkpoint has asked for it
	}
	after, needed := now.wants(s)
	if !needed {
		return false, true
	}
	if now.stands {
		return true, after.cells() <= now.cells() || r.leaves(0, after.cells()-now.cells())
	}
	return true, r.leaves(1, after.cells())
}

func (r *room) leaves(keys, cells uint64) bool {
	return r.usedKeys+keys <= r.keys && r.usedCells+cells <= r.cells
}

// wants returns what would stand if the step had room; false: it asks for none.
func (s state) wants(in *step) (state, bool) {
	switch in.args.Kind {
	case Claim:
		outcome, replayed := s.judge(in.args, in.time)
		return wonBy(in), outcome == Won && !replayed
	case Complete:
		_, refused := s.refuse(in.args)
		return s.completed(in), !refused && !s.done
	case Put:
		return stored(in), s.stands || !in.args.IfExists
	default:
		return s, false
	}
}

// fitsCheckpoint: room for all claims that win as things stand, a key twice
// counting twice, without what they give back.
func (r *room) fitsCheckpoint(s *step, now state) (needed, fits bool) {
	if now.stands && s.args.Offset <= now.offset {
		return false, true
	}
	keys, cells := uint64(0), uint64(0)
	if !now.stands {
		keys, cells = 1, 1
	}
	for _, claim := range s.claims {
		stands := r.at[claim.key].state.at(s.time)
		after, wins := stands.wants(claim)
		if !wins {
			continue
		}
		cells += after.cells()
		if !stands.stands {
			keys++
		}
	}
	return true, r.leaves(keys, cells)
}

// ending is when the record of a key expires; ends are a heap, the next first.
type ending struct {
	key     *keyRun
	expires uint64
}

type ends []ending

func (e ends) Len() int           { return len(e) }
func (e ends) Less(i, j int) bool { return e[i].expires < e[j].expires }
func (e ends) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }

// Push and Pop are for package heap.
func (e *ends) Push(x any) { *e = append(*e, x.(ending)) }

// Pop removes the last.
func (e *ends) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}
