package clientview

import "math"

// Call is a call as its client knows it: one operation on one key.
type Call struct {
	ID     int // given back in findings; any
	Client int
	Kind   Kind

	From  int64 // ns of the clients' clock
	Until int64 // Forever: it is open

	Owner       string // "": the client names none, and is nobody else
	Token       uint64
	Offset      uint64
	Lease, TTL  int64 // ns; 0: none
	IfExists    bool
	Fingerprint string  // "": none
	Value       *string // nil: none

	Answer *Answer // nil: it is open
}

// Forever is when a call returns that never did.
const Forever int64 = math.MaxInt64

// Answer is what a call was told. What it was not told is absent.
type Answer struct {
	Outcome Outcome
	// Whole says that token, offset, replayed and value are told wherever there are some.
	Whole    bool
	Token    uint64
	Offset   uint64
	Replayed bool
	Owner    string // of the record

	Value        *string // nil: none
	ValueOmitted bool    // whether there is one was not told
	Fingerprint  string  // of the record
}

// Kind is what a call asks for.
type Kind string

// The kinds of calls. A Recorded is a claim of a checkpoint that was repeated: it is told from the record, and changes nothing.
const (
	Claim           Kind = "claim"
	Recorded        Kind = "recorded"
	Complete        Kind = "complete"
	Release         Kind = "release"
	Extend          Kind = "extend"
	Query           Kind = "query"
	Put             Kind = "put"
	Forget          Kind = "forget"
	Checkpoint      Kind = "checkpoint"
	CheckpointQuery Kind = "checkpoint query"
	SetCheckpoint   Kind = "set checkpoint"
)

// Outcome is a word of an answer.
type Outcome string

// The outcomes. The last three are words of Redis replies, which say less.
const (
	Won        Outcome = "won"
	InProgress Outcome = "in_progress"
	Duplicate  Outcome = "duplicate"
	Mismatch   Outcome = "mismatch"
	Full       Outcome = "full"
	OK         Outcome = "ok"
	Fenced     Outcome = "fenced"
	NotFound   Outcome = "not_found"
	Completed  Outcome = "completed"
	Stale      Outcome = "stale"
	Absent     Outcome = "absent"
	Pending    Outcome = "pending"
	Done       Outcome = "done"

	Lost   Outcome = "lost"   // in progress, duplicate or mismatch
	None   Outcome = "none"   // absent, pending, or done without a value
	Stands Outcome = "stands" // pending or done
)

func (c *Call) open() bool { return c.Answer == nil }

// ChangedNothing reports whether the call's answer says that it left things as they were.
func (c *Call) ChangedNothing() bool {
	switch {
	case c.open():
		return false
	case c.Kind == Query || c.Kind == CheckpointQuery || c.Kind == Recorded:
		return true
	}
	return c.Answer.Outcome != Won && c.Answer.Outcome != OK || c.Answer.Replayed
}
