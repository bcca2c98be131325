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
	Omitted          bool   // the record has a value that this answer lacks: see MaxAnswerBytes
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

	value, fingerprint extent
}

// extent is a range of Results.buffer.
type extent struct{ from, to int }

// Results are the answers to one entry, in the order of its commands; those to
// the claims of a checkpoint stand right behind the checkpoint's. Apply fills
// them anew each time and reuses their memory: read them before the next Apply.
// Values are copied, up to MaxAnswerBytes an entry.
type Results struct {
	Index   uint64 // of the entry
	Answers []Result

	buffer []byte
}

// Value returns the value or response of answer i, or nil if it has none. It is
// good until the next Apply.
func (r *Results) Value(i int) []byte {
	if !r.Answers[i].HasValue {
		return nil
	}
	e := r.Answers[i].value
	return r.buffer[e.from:e.to:e.to]
}

// Fingerprint returns the record's fingerprint in answer i to a Query, or nil.
// It is good until the next Apply.
func (r *Results) Fingerprint(i int) []byte {
	e := r.Answers[i].fingerprint
	if e.from == e.to {
		return nil
	}
	return r.buffer[e.from:e.to:e.to]
}

// MaxAnswerBytes bounds the values and fingerprints in the answers to one entry. An
// answer whose value finds no room has none, and is Omitted: ask again, for
// fewer at once.
const MaxAnswerBytes = 16 << 20

// keptBuffer is how much memory for values Results keep from entry to entry.
const keptBuffer = 4 << 20

func (r *Results) reset(index uint64) {
	r.Index = index
	r.Answers = r.Answers[:0]
	if cap(r.buffer) > keptBuffer {
		r.buffer = nil
	}
	r.buffer = r.buffer[:0]
}
