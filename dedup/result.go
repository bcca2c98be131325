package dedup

import "math"

// Outcome is what was answered.
type Outcome uint8

// The outcomes, in the words of the table of operations.
const (
	Won        Outcome = iota + 1 // this call is the first; Replayed: it already was
	InProgress                    // another execution holds an unexpired lease; see RetryAfterMillis
	Duplicate                     // done before; see Token, AgeMillis and the value
	Mismatch                      // the key stands with another fingerprint
	Full                          // no room; nothing changed
	OK                            // applied; Replayed: it already was
	Fenced                        // another token is current; see Token
	NotFound                      // no record
	Completed                     // the record is DONE and stays
	Stale                         // the offset is not above the stored one; nothing applied; see Offset
	Absent                        // of a Query: no record
	Pending                       // of a Query: claimed, not completed
	Done                          // of a Query: completed, won without a lease, or put
)

var outcomeNames = [...]string{"NONE", "WON", "IN_PROGRESS", "DUPLICATE", "MISMATCH", "FULL", "OK", "FENCED",
	"NOT_FOUND", "COMPLETED", "STALE", "ABSENT", "PENDING", "DONE"}

// String returns the outcome as the table of operations spells it.
func (o Outcome) String() string {
	if int(o) >= len(outcomeNames) {
		return outcomeNames[0]
	}
	return outcomeNames[o]
}

// Forever stands for the ms until the expiry of a record that has none.
const Forever = math.MaxUint64

// Result is the answer to one command. Fields that its outcome lacks are zero.
// ms that a record still has are rounded down, ms to wait are rounded up.
type Result struct {
	Kind             Kind
	Outcome          Outcome
	Replayed         bool
	HasValue         bool
	Omitted          bool   // the record has a value that this answer lacks; never so in Results: see MaxAnswerBytes
	Call             uint64 // the command's call number
	Number           uint64 // the command's number; for a read that of the last command before it
	TimeNanos        uint64 // log time T at which it was applied
	Token            uint64 // of the record: WON, DUPLICATE, FENCED, OK of Put, Extend, Checkpoint, a Query; of a Resize the bytes held
	ExpiresInMillis  uint64 // until the record's expiry, or Forever
	LeaseMillis      uint64 // left of the lease: WON with a lease, OK of Extend, Query
	RetryAfterMillis uint64 // IN_PROGRESS: until the lease is over; 0: it is, claim again
	AgeMillis        uint64 // since the record became DONE: DUPLICATE, Query; since a checkpoint was stored
	Offset           uint64 // stored for the checkpoint; of a Resize the keys held
	Owner            Owner  // of the record: Query, CheckpointQuery

	value, fingerprint extent // value: where it was copied
	length             int    // of the value
	block              uint32 // that holds the value, where it was not copied
}

// extent is a range of Results.buffer.
type extent struct{ from, to int }

// Results are the answers to one entry, in the order of its commands; those to
// the claims of a checkpoint stand right behind the checkpoint's. Apply fills
// them anew each time and reuses their memory: read them before the next Apply.
// A large value is not copied: Pin keeps it for longer.
type Results struct {
	Index   uint64 // of the entry
	Answers []Result

	buffer []byte
	arena  *arena // of the Machine that filled them
}

// Value returns the value or response of answer i, or nil if it has none. It is
// good until the next Apply. One that is large is copied here.
func (r *Results) Value(i int) []byte {
	switch a := &r.Answers[i]; {
	case !a.HasValue:
		return nil
	case a.block != 0:
		return r.arena.appendValue(make([]byte, 0, a.length), a.block)
	default:
		return r.buffer[a.value.from : a.value.from+a.length : a.value.from+a.length]
	}
}

// Length returns how many bytes the value of answer i has.
func (r *Results) Length(i int) int { return r.Answers[i].length }

// Large reports whether the value of answer i was not copied when the entry was applied.
func (r *Results) Large(i int) bool { return r.Answers[i].block != 0 }

// Fingerprint returns the record's fingerprint in answer i to a Query, or nil.
// It is good until the next Apply.
func (r *Results) Fingerprint(i int) []byte {
	e := r.Answers[i].fingerprint
	if e.from == e.to {
		return nil
	}
	return r.buffer[e.from:e.to:e.to]
}

// MaxAnswerBytes bounds the values in the answers to one call, which whoever makes answers of Results
// keeps to: an answer whose value finds no room has none, and is Omitted: ask again, for fewer at once.
const MaxAnswerBytes = 16 << 20

// CopiedBytes bounds the values that Apply copies for the answers to one entry: however much is
// read, applying it costs little.
const CopiedBytes = 64 << 10

func (r *Results) reset(index uint64, a *arena) {
	r.Index, r.arena = index, a
	r.Answers = r.Answers[:0]
	r.buffer = r.buffer[:0]
}
