package linearizability

import "github.com/eventstreamcore/semel/dedup"

// History is what the clients of a run saw, the faults that it went through, and
// what its log decided.
type History struct {
	Header     Header
	Operations []Operation // in the order of their ids
	Faults     []Fault
	Log        []LogEntry // in the order of their indexes; empty if Header.Log is false
}

// Header is the first line of a history.
type Header struct {
	Format  int    `json:"format"`            // FormatVersion
	Name    string `json:"name,omitempty"`    // of the run, for people
	Version string `json:"version,omitempty"` // of the program that ran
	Start   string `json:"start,omitempty"`   // wall clock, RFC 3339; all times of the history count from here

	Servers int      `json:"servers,omitempty"`
	Clients []string `json:"clients,omitempty"` // names, by client number; a number beyond them has none

	// CapacityKeys and CapacityBytes are those of the bootstrap entry. With 0 keys
	// nobody told: FULL is then not judged, and an open call is taken not to have met it.
	CapacityKeys  uint64 `json:"capacity_keys,omitempty"`
	CapacityBytes uint64 `json:"capacity_bytes,omitempty"`

	// FastestClock is how fast the fastest clock of the servers ran, as a share of that of the clients. 0: nobody knows;
	// porcupine, which is told no log time, then takes a lease or window to end whenever somebody is told so.
	FastestClock float64 `json:"fastest_clock,omitempty"`

	Seed   string `json:"seed,omitempty"`   // what the run was drawn from
	Replay string `json:"replay,omitempty"` // the command that runs it again

	// Log says that the history holds the committed log from its first entry on. The judge then
	// holds every operation to it, and settles from it what open calls did.
	Log bool `json:"log,omitempty"`
}

// FormatVersion is the version of the format that this package reads and writes.
const FormatVersion = 1

// Arguments are what a command was asked with, as a client or the log tells them.
// What a kind does not take, and what nobody told, is zero.
type Arguments struct {
	Kind   Kind   `json:"kind"`
	Digest string `json:"digest,omitempty"` // what the log has in place of the key: 32 hex digits; see HexKey
	Owner  string `json:"owner,omitempty"`  // names one execution: 16 hex digits as in the log; see HexOwner

	Token       uint64 `json:"token,omitempty"`
	Offset      uint64 `json:"offset,omitempty"`
	LeaseMillis uint64 `json:"lease_ms,omitempty"` // 0: straight to DONE
	TTLMillis   uint64 `json:"ttl_ms,omitempty"`   // 0: never expires; of a Complete: the claim's expiry stays
	IfExists    bool   `json:"if_exists,omitempty"`
	Fingerprint Text   `json:"fingerprint,omitempty"` // "": none
	Value       *Text  `json:"value,omitempty"`       // value or response; nil: none

	CapacityKeys  uint64 `json:"capacity_keys,omitempty"` // of a Resize
	CapacityBytes uint64 `json:"capacity_bytes,omitempty"`
}

// Operation is one call of a client, or one item of a batch, from call to return.
//
// A call that is repeated after a lost reply is another operation, with a call
// number of its own and the same owner: what the first attempt did shows in
// what the second is told.
type Operation struct {
	ID     int    `json:"id"`     // from 0, in the order of calls; the items of a batch in their order
	Client int    `json:"client"` // a client has at most one call open at a time
	Node   int    `json:"node,omitempty"`
	Door   string `json:"door,omitempty"` // service, http or redis

	// Batch is shared by all operations of one call, which stand next to one
	// another in the log: the items of a batch, a checkpoint and its claims. 0: alone.
	Batch int `json:"batch,omitempty"`
	// InCheckpoint says that this claim belongs to the checkpoint before it in its batch.
	InCheckpoint bool `json:"in_checkpoint,omitempty"`

	// CallNumber finds the operation in the log: 16 hex digits, see HexCall. "": the client does
	// not know it (a stock Redis client); the judge then looks for kind, key and value.
	CallNumber string `json:"call_number,omitempty"`

	Call   int64  `json:"call"`             // ns since Start, read before the call was made
	Return *int64 `json:"return,omitempty"` // ns, read after the answer was there; nil: none ever came

	Key   Text `json:"key"`             // as clients see it: namespace/key, or stream/partition of a checkpoint
	Stale bool `json:"stale,omitempty"` // a read of one node that did not ask the log

	Arguments

	Answer *Answer `json:"answer,omitempty"` // nil: open, or see Error
	// Error is NotApplied or Unknown, where the call returned without an answer.
	Error     string `json:"error,omitempty"`
	ErrorText string `json:"error_text,omitempty"` // in the words of the door
}

// How a call may end that is not answered.
const (
	NotApplied = "not_applied" // it changes nothing, now or later: the judge holds the log to it, except of a read, which never does
	Unknown    = "unknown"     // it may take effect at any time, or never: as if it were open
)

// Answer is what an operation was told. What it was not told is absent.
type Answer struct {
	Outcome Outcome `json:"outcome"`

	Number    uint64 `json:"number,omitempty"` // of the command; of a read: of the last command before it
	TimeNanos uint64 `json:"time,omitempty"`   // log time, ns since 1970; 0: not told
	// TimeMillis is log time in whole ms, where a door tells no more (HTTP). The rest is in the log.
	TimeMillis uint64 `json:"time_ms,omitempty"`

	Token    uint64 `json:"token,omitempty"`
	Replayed bool   `json:"replayed,omitempty"`
	Offset   uint64 `json:"offset,omitempty"`
	Owner    string `json:"owner,omitempty"` // of the record, as in Arguments

	ExpiresInMillis  *int64 `json:"expires_in_ms,omitempty"` // NeverExpires: it does not
	LeaseMillis      *int64 `json:"lease_ms,omitempty"`
	RetryAfterMillis *int64 `json:"retry_after_ms,omitempty"`
	AgeMillis        *int64 `json:"age_ms,omitempty"`
	StaleMillis      *int64 `json:"stale_ms,omitempty"` // of a stale read: how old it said to be at most; nil: it did not know

	HeldKeys  uint64 `json:"held_keys,omitempty"` // of a Resize: what stands
	HeldBytes uint64 `json:"held_bytes,omitempty"`

	Value        *Text `json:"value,omitempty"`         // nil: none
	ValueOmitted bool  `json:"value_omitted,omitempty"` // whether there is a value was not told
	Fingerprint  Text  `json:"fingerprint,omitempty"`   // of the record: Query
}

// Numbered reports whether the answer says where in the log it was given.
func (a *Answer) Numbered() bool { return a.TimeNanos != 0 || a.TimeMillis != 0 }

// NeverExpires stands for the ms until the expiry of a record that has none.
const NeverExpires int64 = -1

// Kind is the kind of an operation: a word of dedup.Kind.
type Kind string

// The kinds of operations.
const (
	Claim           Kind = "claim"
	Complete        Kind = "complete"
	Release         Kind = "release"
	Extend          Kind = "extend"
	Query           Kind = "query"
	Put             Kind = "put"
	Forget          Kind = "forget"
	Checkpoint      Kind = "checkpoint"
	CheckpointQuery Kind = "checkpoint query"
	SetCheckpoint   Kind = "set checkpoint" // whatever the offset was
	Resize          Kind = "resize"         // of all keys: its key is CapacityName
)

// CapacityName is the key of a Resize.
const CapacityName = "capacity"

// Reads reports whether operations of the kind change nothing and take no number.
func (k Kind) Reads() bool { return k == Query || k == CheckpointQuery }

// Outcome is what was answered: a word of dedup.Outcome in lower case, or one of
// those with which a Redis reply says less.
type Outcome string

// The outcomes.
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

	Lost   Outcome = "lost"   // nil to SET NX: in progress, duplicate or mismatch
	None   Outcome = "none"   // nil to GET: absent, or pending, or without a value
	Stands Outcome = "stands" // 1 to EXISTS: pending or done
)

// Fault is something that was done to the system.
type Fault struct {
	ID    int    `json:"id"`
	Fault string `json:"fault"`           // in a word: kill, power loss, partition, slow disk, clock jump, …
	Nodes []int  `json:"nodes,omitempty"` // that it was done to; none: all
	From  int64  `json:"from"`            // ns since Start
	Until *int64 `json:"until,omitempty"` // ns; nil: it lasted to the end
	// Effect says what it was seen to do: "node 2 lost 3 unsynced records". A fault without one did nothing.
	Effect string `json:"effect,omitempty"`
}

// LogEntry is one committed entry with commands. Entries without any may be left
// out, but if one's stamp is the highest so far a read may tell of it.
type LogEntry struct {
	Index    uint64       `json:"index"`
	Stamp    uint64       `json:"stamp"` // ns since 1970; log time is the highest so far
	First    uint64       `json:"first"` // number of its first numbered command; the others follow one by one
	Commands []LogCommand `json:"commands,omitempty"`
}

// LogCommand is a command as the log has it. Where only CallNumber and Kind are
// told, the rest is what the operation of that call number asked for.
type LogCommand struct {
	CallNumber string `json:"call_number"`
	Claims     int    `json:"claims,omitempty"` // of a checkpoint: so many commands that follow are its claims
	Arguments
}

// KindOf returns the Kind of k.
func KindOf(k dedup.Kind) Kind { return Kind(k.String()) }
