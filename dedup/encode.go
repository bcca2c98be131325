package dedup

import "encoding/binary"

// EntryKind is the kind of an entry.
type EntryKind uint8

// The kinds of entries, as the log writes them. What the notes call CONFIG_CHANGE is EntryMembers.
const (
	EntryBootstrap EntryKind = iota + 1
	EntryNoOp
	EntryCommands
	EntryMembers
	EntryVersion
)

// ClusterID names a cluster: a hash of its name and its sorted node ids.
type ClusterID [16]byte

// Bootstrap is the first entry of a log: all that apply has to agree on.
type Bootstrap struct {
	Cluster       ClusterID
	Secret        Secret
	CapacityKeys  uint64 // records, checkpoints included; at most MaxCapacityKeys
	CapacityBytes uint64 // of values and fingerprints, in whole cells of CellBytes; at most MaxCapacityBytes
}

const (
	headerBytes  = 1 + 1 + 8
	commandBytes = 1 + 1 + 8 + 16 // kind, fields, call, key
)

// The fields byte of a command tells which of these follow, in this order.
const (
	hasOwner = 1 << iota
	hasToken
	hasOffset
	hasLease
	hasTTL
	hasFingerprint
	hasValue
	ifExists // no bytes of its own

	spans = ifExists // of a Query
)

// shape is what a kind must have and may have.
type shape struct{ must, may uint8 }

var shapes = [...]shape{
	KindClaim:           {hasOwner, hasLease | hasTTL | hasFingerprint | hasValue},
	KindComplete:        {hasToken, hasTTL | hasValue},
	KindRelease:         {hasToken, 0},
	KindExtend:          {hasToken | hasLease, 0},
	KindQuery:           {0, spans},
	KindPut:             {hasValue, hasTTL | ifExists},
	KindForget:          {},
	KindCheckpoint:      {hasOwner | hasOffset, 0},
	KindCheckpointQuery: {},
	KindSetCheckpoint:   {hasOwner | hasOffset, 0},
	KindResize:          {hasToken | hasOffset, 0},
}

func appendHeader(dst []byte, kind EntryKind, stampNanos uint64) []byte {
	return binary.LittleEndian.AppendUint64(append(dst, byte(FirstVersion), byte(kind)), stampNanos)
}

// Under makes of a payload that one of the functions here appended behind from one of a cluster's version.
func Under(v Version, payload []byte, from int) []byte {
	payload[from] = byte(v)
	return payload
}

// AppendNoOp appends the payload of a no-op entry.
func AppendNoOp(dst []byte, stampNanos uint64) []byte {
	return appendHeader(dst, EntryNoOp, stampNanos)
}

// AppendMembers appends the payload of an entry that says who the cluster's members are, in the words of whoever keeps the log. They have no part
// in the state.
func AppendMembers(dst []byte, stampNanos uint64, members []byte) []byte {
	return append(appendHeader(dst, EntryMembers, stampNanos), members...)
}

// AppendFirstMembers appends what a log says of the first members before its first entry: the same bytes whatever versions a program speaks.
func AppendFirstMembers(dst []byte, members []byte) []byte { return AppendMembers(dst, 0, members) }

// AppendBootstrap appends the payload of a bootstrap entry.
func AppendBootstrap(dst []byte, stampNanos uint64, b *Bootstrap) []byte {
	return appendConfiguration(appendHeader(dst, EntryBootstrap, stampNanos), b)
}

func appendConfiguration(dst []byte, b *Bootstrap) []byte {
	dst = append(dst, b.Cluster[:]...)
	dst = append(dst, b.Secret[:]...)
	dst = binary.LittleEndian.AppendUint64(dst, b.CapacityKeys)
	return binary.LittleEndian.AppendUint64(dst, b.CapacityBytes)
}

// AppendHeader appends the head of an entry of commands. Commands follow, one
// after another, to the end of the payload: those of several callers can be
// joined by appending their bytes.
func AppendHeader(dst []byte, stampNanos uint64) []byte {
	return appendHeader(dst, EntryCommands, stampNanos)
}

// AppendClaim appends a valid claim. Like every Append of a command it allocates
// nothing while dst has room.
func AppendClaim(dst []byte, c Claim) []byte {
	cmd := c.command()
	return appendCommand(dst, &cmd)
}

// AppendClaimBatch appends a valid batch: its claims one after another, each a
// command with a number and an answer of its own. A batch must stay in one entry.
func AppendClaimBatch(dst []byte, claims []Claim) []byte {
	for i := range claims {
		dst = AppendClaim(dst, claims[i])
	}
	return dst
}

// AppendComplete appends a valid Complete.
func AppendComplete(dst []byte, c Complete) []byte {
	return appendCommand(dst, &Command{Kind: KindComplete, Call: c.Call, Key: c.Key, Token: c.Token, TTLMillis: c.TTLMillis, Value: c.Response})
}

// AppendRelease appends a valid Release.
func AppendRelease(dst []byte, c Release) []byte {
	return appendCommand(dst, &Command{Kind: KindRelease, Call: c.Call, Key: c.Key, Token: c.Token})
}

// AppendExtend appends a valid Extend.
func AppendExtend(dst []byte, c Extend) []byte {
	return appendCommand(dst, &Command{Kind: KindExtend, Call: c.Call, Key: c.Key, Token: c.Token, LeaseMillis: c.LeaseMillis})
}

// AppendQuery appends a Query.
func AppendQuery(dst []byte, c Query) []byte {
	return appendCommand(dst, &Command{Kind: KindQuery, Call: c.Call, Key: c.Key, Spans: c.Spans})
}

// AppendPut appends a valid Put.
func AppendPut(dst []byte, c Put) []byte {
	return appendCommand(dst, &Command{Kind: KindPut, IfExists: c.IfExists, Call: c.Call, Key: c.Key, TTLMillis: c.TTLMillis, Value: c.Value})
}

// AppendForget appends a Forget.
func AppendForget(dst []byte, c Forget) []byte {
	return appendCommand(dst, &Command{Kind: KindForget, Call: c.Call, Key: c.Key})
}

// AppendCheckpoint appends a valid Checkpoint with its claims.
func AppendCheckpoint(dst []byte, c Checkpoint) []byte {
	dst = appendCommand(dst, &Command{Kind: KindCheckpoint, Call: c.Call, Key: c.Key, Owner: c.Owner, Offset: c.Offset})
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(c.Claims)))
	return AppendClaimBatch(dst, c.Claims)
}

// AppendCheckpointQuery appends a CheckpointQuery.
func AppendCheckpointQuery(dst []byte, c CheckpointQuery) []byte {
	return appendCommand(dst, &Command{Kind: KindCheckpointQuery, Call: c.Call, Key: c.Key})
}

// AppendSetCheckpoint appends a valid SetCheckpoint.
func AppendSetCheckpoint(dst []byte, c SetCheckpoint) []byte {
	return appendCommand(dst, &Command{Kind: KindSetCheckpoint, Call: c.Call, Key: c.Key, Owner: c.Owner, Offset: c.Offset})
}

// AppendResize appends a valid Resize.
func AppendResize(dst []byte, c Resize) []byte {
	return appendCommand(dst, &Command{Kind: KindResize, Call: c.Call, Token: c.CapacityBytes, Offset: c.CapacityKeys})
}

// fields returns the fields byte: what the kind must have, and what is not zero.
func (c *Command) fields() uint8 {
	f := shapes[c.Kind].must
	if c.LeaseMillis > 0 {
		f |= hasLease
	}
	if c.TTLMillis > 0 {
		f |= hasTTL
	}
	if len(c.Fingerprint) > 0 {
		f |= hasFingerprint
	}
	if c.Value != nil {
		f |= hasValue
	}
	if c.IfExists || c.Spans {
		f |= ifExists
	}
	return f
}

// appendCommand appends all but the claims of a checkpoint.
func appendCommand(dst []byte, c *Command) []byte {
	f := c.fields()
	dst = append(dst, byte(c.Kind), f)
	dst = binary.LittleEndian.AppendUint64(dst, c.Call)
	dst = append(dst, c.Key[:]...)
	for _, n := range [...]struct {
		bit   uint8
		value uint64
	}{{hasOwner, uint64(c.Owner)}, {hasToken, c.Token}, {hasOffset, c.Offset}, {hasLease, c.LeaseMillis}, {hasTTL, c.TTLMillis}} {
		if f&n.bit != 0 {
			dst = binary.LittleEndian.AppendUint64(dst, n.value)
		}
	}
	if f&hasFingerprint != 0 {
		dst = append(append(dst, byte(len(c.Fingerprint))), c.Fingerprint...)
	}
	if f&hasValue != 0 {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(c.Value)))
		dst = append(dst, c.Value...)
	}
	return dst
}

// commandSize returns how many bytes appendCommand appends.
func commandSize(c *Command) int {
	size := commandBytes
	f := c.fields()
	for bit := uint8(hasOwner); bit <= hasTTL; bit <<= 1 {
		if f&bit != 0 {
			size += 8
		}
	}
	if f&hasFingerprint != 0 {
		size += 1 + len(c.Fingerprint)
	}
	if f&hasValue != 0 {
		size += 4 + len(c.Value)
	}
	return size
}
