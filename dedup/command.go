package dedup

// Limits of one entry and of its parts. A door checks them with Validate before
// it proposes; a payload beyond them is malformed.
const (
	MaxCommands         = 4096                            // numbered commands and reads in one entry, claims of a checkpoint included
	MaxEntryBytes       = 256 << 10                       // a whole payload, header included
	MaxValueBytes       = 64 << 10                        // a value or response
	MaxFingerprintBytes = 64                              // a fingerprint: a hash of the request
	MaxMillis           = 100 * 366 * 864e5               // a ttl or lease: 100 years
	MaxStampNanos       = uint64(1)<<63 - 1               // a stamp: nanoseconds since 1970, until 2262
	MaxCapacityKeys     = uint64(1)<<31 - 1               // records that may stand at once
	MaxCapacityBytes    = CellBytes * (uint64(1)<<31 - 1) // cells, 64 GiB
)

// Kind is the kind of a command.
type Kind uint8

// The kinds, as the log writes them. Claim and Checkpoint are what the notes
// this project grew from call IDEMPOTENT_SEEN and CHECKPOINT.
const (
	KindClaim Kind = iota + 1
	KindComplete
	KindRelease
	KindExtend
	KindQuery
	KindPut
	KindForget
	KindCheckpoint
	KindCheckpointQuery
	KindSetCheckpoint
	KindResize
)

var kindNames = [...]string{"unknown", "claim", "complete", "release", "extend", "query", "put", "forget", "checkpoint", "checkpoint query", "set checkpoint", "resize"}

// String returns the kind's name in lower case.
func (k Kind) String() string {
	if int(k) >= len(kindNames) {
		return kindNames[0]
	}
	return kindNames[k]
}

// Numbered reports whether a command of the kind takes a number. Reads take
// none: they carry the number of the last command before them.
func (k Kind) Numbered() bool { return k != KindQuery && k != KindCheckpointQuery }

// Claim asks to be the first for Key. With a lease the winner's record is
// PENDING until Complete; without one it is DONE at once ("seen?").
type Claim struct {
	Call        uint64 // drawn by the client, echoed in the answer, kept in the log
	Key         Key
	Owner       Owner  // one execution; drawn fresh, reused only to repeat this call
	LeaseMillis uint64 // 0: straight to DONE; otherwise at most TTLMillis
	TTLMillis   uint64 // 0: never expires
	Fingerprint []byte // empty: matches any
	Value       []byte // nil: none; only without a lease
}

// Complete ends the PENDING claim that won with Token.
type Complete struct {
	Call      uint64
	Key       Key
	Token     uint64
	TTLMillis uint64 // 0: keeps the claim's expiry
	Response  []byte // nil: none
}

// Release gives up the PENDING claim that won with Token.
type Release struct {
	Call  uint64
	Key   Key
	Token uint64
}

// Extend sets the lease of the PENDING claim that won with Token to LeaseMillis
// from now, cut at the record's expiry.
type Extend struct {
	Call        uint64
	Key         Key
	Token       uint64
	LeaseMillis uint64
}

// Query reads the record of Key, in the order of the log.
type Query struct {
	Call uint64
	Key  Key
	// Spans asks what is left of the record's lease and window. It changes no answer, but where no entry carries the query
	// (see Machine.Read) it wants log time to be of now.
	Spans bool
}

// Put makes the record of Key DONE with Value and a new token, whoever held it.
// It is unfenced: the guarantees exclude it.
type Put struct {
	Call      uint64
	Key       Key
	TTLMillis uint64 // 0: never expires
	IfExists  bool   // NOT_FOUND where there is no record
	Value     []byte // nil is stored as empty
}

// Forget deletes the record of Key in any state. It is unfenced: the guarantees
// exclude it.
type Forget struct {
	Call uint64
	Key  Key
}

// Checkpoint stores Offset for a (stream, partition) and applies Claims, all in
// one step or, when full, not at all.
type Checkpoint struct {
	Call   uint64
	Key    Key // Digest of (stream, partition); apart from the keys of claims
	Owner  Owner
	Offset uint64
	Claims []Claim
}

// CheckpointQuery reads a checkpoint, in the order of the log.
type CheckpointQuery struct {
	Call uint64
	Key  Key
}

// SetCheckpoint stores Offset for a (stream, partition) whatever stands there, also one further back. It is
// an operator's, and unfenced: who is at work behind the old offset does not notice. Repeated by its
// owner while nobody has stored another offset it is answered as a repeat.
type SetCheckpoint struct {
	Call   uint64
	Key    Key // Digest of (stream, partition)
	Owner  Owner
	Offset uint64
}

// Resize sets how much the machine may hold from its place in the log on. Where more stands there, not
// counting what has expired, it changes nothing and is answered FULL. Either answer tells what stands.
type Resize struct {
	Call          uint64
	CapacityKeys  uint64 // 1 to MaxCapacityKeys
	CapacityBytes uint64 // of values and fingerprints, in whole cells of CellBytes; at most MaxCapacityBytes
}

// Command is any command as the log holds it: fields that its kind lacks are
// zero. The slices are part of the payload it was read from.
type Command struct {
	Kind        Kind
	IfExists    bool
	Spans       bool
	Call        uint64
	Key         Key
	Owner       Owner
	Token       uint64 // of a Resize: CapacityBytes
	Offset      uint64 // of a Resize: CapacityKeys
	LeaseMillis uint64
	TTLMillis   uint64
	Fingerprint []byte
	Value       []byte // value or response; nil: none
	ClaimCount  int    // of a checkpoint
	Claims      []byte // of a checkpoint: encoded, for NextCommand
}

func (c *Claim) command() Command {
	return Command{Kind: KindClaim, Call: c.Call, Key: c.Key, Owner: c.Owner, LeaseMillis: c.LeaseMillis,
		TTLMillis: c.TTLMillis, Fingerprint: c.Fingerprint, Value: c.Value}
}
