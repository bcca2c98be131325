package dedup

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// What stops a replica, since it can't go on without differing from the others.
// Each is returned before anything of the entry was applied.
var (
	// ErrMalformed: the bytes break the format or its limits.
	ErrMalformed = errors.New("malformed entry")
	// ErrUnknownVersion: an entry or a state is of a version that this program does not speak, or an entry raises the cluster's to one; upgrade it.
	ErrUnknownVersion = errors.New("unknown version: upgrade this replica")
	// ErrUnknownCommand: the kind of an entry or command is not known; upgrade this replica.
	ErrUnknownCommand = errors.New("unknown kind of entry or command: upgrade this replica")
)

// Entry is a decoded payload. Its slices are part of the payload.
type Entry struct {
	Version    Version // of the cluster when it was proposed, or an earlier one
	Kind       EntryKind
	StampNanos uint64
	Bootstrap  Bootstrap // of EntryBootstrap
	Commands   []byte    // of EntryCommands: valid, for NextCommand
	Answers    int       // of EntryCommands: how many answers it gets
	Members    []byte    // of EntryMembers
	Raises     Version   // of EntryVersion: to which the cluster's version is raised, known to this program or not
}

// ParseEntry decodes a payload and checks all of it, each command included. The
// errors wrap ErrMalformed, ErrUnknownVersion or ErrUnknownCommand.
func ParseEntry(payload []byte) (Entry, error) {
	if len(payload) < headerBytes || len(payload) > MaxEntryBytes {
		return Entry{}, malformed("payload of %d bytes, want %d to %d", len(payload), headerBytes, MaxEntryBytes)
	}
	if !speaks(Version(payload[0])) {
		return Entry{}, errVersion(Version(payload[0]))
	}
	e := Entry{Version: Version(payload[0]), Kind: EntryKind(payload[1]), StampNanos: binary.LittleEndian.Uint64(payload[2:])}
	if e.StampNanos > MaxStampNanos {
		return Entry{}, malformed("stamp %d ns, want at most %d", e.StampNanos, MaxStampNanos)
	}
	return e, e.parseBody(payload[headerBytes:])
}

// ParseMembers returns what an entry says of members, or what AppendFirstMembers wrote. That outlives the version in which it was said, and has one form in all of
// them: so it is read where this program speaks none so old any more. The error wraps ErrMalformed or ErrUnknownVersion.
func ParseMembers(payload []byte) ([]byte, error) {
	switch {
	case len(payload) < headerBytes || EntryKind(payload[1]) != EntryMembers:
		return nil, malformed("%d bytes that say nothing of members", len(payload))
	case Version(payload[0]) < FirstVersion || Version(payload[0]) > newest:
		return nil, errVersion(Version(payload[0]))
	}
	return payload[headerBytes:], nil
}

func (e *Entry) parseBody(body []byte) (err error) {
	switch e.Kind {
	case EntryBootstrap:
		var rest []byte
		if e.Bootstrap, rest, err = parseConfiguration(body); err == nil && len(rest) > 0 {
			err = malformed("%d bytes after the configuration", len(rest))
		}
	case EntryNoOp:
		if len(body) > 0 {
			err = malformed("%d bytes after a no-op's header", len(body))
		}
	case EntryMembers:
		e.Members = body
	case EntryVersion:
		err = e.parseVersion(body)
	case EntryCommands:
		e.Commands = body
		e.Answers, err = CountAnswers(body)
	default:
		err = fmt.Errorf("entry of kind %d: %w", e.Kind, ErrUnknownCommand)
	}
	return err
}

// CountAnswers checks encoded commands and returns how many answers they get:
// one each, and one for each claim of a checkpoint. That is also the distance
// from the place of the first to the place of what follows them in an entry.
func CountAnswers(commands []byte) (int, error) {
	answers := 0
	for rest := commands; len(rest) > 0; {
		c, after, err := NextCommand(rest)
		if err != nil {
			return 0, fmt.Errorf("command at offset %d: %w", len(commands)-len(rest), err)
		}
		answers += 1 + c.ClaimCount
		rest = after
	}
	if answers == 0 || answers > MaxCommands {
		return 0, malformed("%d commands, want 1 to %d", answers, MaxCommands)
	}
	return answers, nil
}

// NextCommand decodes and checks the command at the head of commands and returns
// what follows it. A checkpoint's claims are checked, and left in Claims.
func NextCommand(commands []byte) (c Command, rest []byte, err error) {
	r := reader{rest: commands}
	r.command(&c)
	return c, r.rest, r.err
}

func parseConfiguration(body []byte) (Bootstrap, []byte, error) {
	var b Bootstrap
	r := reader{rest: body}
	copy(b.Cluster[:], r.bytes(len(b.Cluster)))
	copy(b.Secret[:], r.bytes(len(b.Secret)))
	b.CapacityKeys, b.CapacityBytes = r.uint64(), r.uint64()
	if r.err != nil {
		return Bootstrap{}, nil, r.err
	}
	if b.CapacityKeys > MaxCapacityKeys || b.CapacityBytes > MaxCapacityBytes {
		return Bootstrap{}, nil, malformed("capacity of %d keys and %d bytes, want at most %d and %d", b.CapacityKeys, b.CapacityBytes, MaxCapacityKeys, MaxCapacityBytes)
	}
	return b, r.rest, nil
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), ErrMalformed)
}

// reader takes fields off the front of rest. After the first error it returns
// zeros and keeps the error.
type reader struct {
	rest []byte
	err  error
}

// commandHead is what each command has behind its kind: which fields it has, its call and its key.
const commandHead = 1 + 8 + len(Key{})

func (r *reader) command(c *Command) {
	kind := Kind(r.uint8())
	if r.err == nil && (kind == 0 || int(kind) >= len(shapes)) {
		r.err = fmt.Errorf("command of kind %d: %w", kind, ErrUnknownCommand)
		return
	}
	c.Kind = kind
	head := r.bytes(commandHead)
	f := head[0]
	if s := shapes[kind]; f&s.must != s.must || f&^(s.must|s.may) != 0 {
		r.fail("a %s with fields %08b, want %08b and at most %08b", kind, f, s.must, s.may)
	}
	c.Call, c.Key = binary.LittleEndian.Uint64(head[1:]), Key(head[1+8:])
	r.optional(c, f)
	switch {
	case r.err != nil:
	case kind == KindCheckpoint:
		r.claims(c)
	case kind == KindResize && !capacityFits(c.Offset, c.Token):
		r.fail("a capacity of %d keys and %d bytes, want 1 to %d and at most %d", c.Offset, c.Token, MaxCapacityKeys, MaxCapacityBytes)
	}
}

func (r *reader) optional(c *Command, f uint8) {
	c.IfExists, c.Spans = f&ifExists != 0 && c.Kind != KindQuery, f&spans != 0 && c.Kind == KindQuery
	if f&hasOwner != 0 {
		c.Owner = Owner(r.uint64())
	}
	if f&hasToken != 0 {
		c.Token = r.uint64()
	}
	if f&hasOffset != 0 {
		c.Offset = r.uint64()
	}
	if f&hasLease != 0 {
		c.LeaseMillis = r.millis()
	}
	if f&hasTTL != 0 {
		c.TTLMillis = r.millis()
	}
	if f&hasFingerprint != 0 {
		c.Fingerprint = r.bytes(r.length(uint64(r.uint8()), 1, MaxFingerprintBytes))
	}
	if f&hasValue != 0 {
		c.Value = r.bytes(r.length(uint64(r.uint32()), 0, MaxValueBytes))
	}
}

// claims checks the claims of a checkpoint and leaves them encoded in c.Claims.
func (r *reader) claims(c *Command) {
	c.ClaimCount = int(r.uint16())
	start := r.rest
	for i := 0; i < c.ClaimCount && r.err == nil; i++ {
		if len(r.rest) > 0 && Kind(r.rest[0]) != KindClaim {
			r.fail("a command of kind %d in a checkpoint, want claims only", r.rest[0])
			return
		}
		var claim Command
		r.command(&claim)
	}
	c.Claims = start[:len(start)-len(r.rest)]
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = malformed(format, args...)
	}
}

func (r *reader) millis() uint64 {
	n := r.uint64()
	if n == 0 || n > MaxMillis {
		r.fail("a span of %d ms, want 1 to %d", n, uint64(MaxMillis))
	}
	return n
}

func (r *reader) length(n uint64, least, most uint64) int {
	if n < least || n > most {
		r.fail("a field of %d bytes, want %d to %d", n, least, most)
		return 0
	}
	return int(n)
}

var zeros [32]byte

func (r *reader) bytes(n int) []byte {
	if r.err != nil || len(r.rest) < n {
		r.fail("%d bytes left, want %d", len(r.rest), n)
		return zeros[:min(n, len(zeros))]
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) uint8() uint8   { return r.bytes(1)[0] }
func (r *reader) uint16() uint16 { return binary.LittleEndian.Uint16(r.bytes(2)) }
func (r *reader) uint32() uint32 { return binary.LittleEndian.Uint32(r.bytes(4)) }
func (r *reader) uint64() uint64 { return binary.LittleEndian.Uint64(r.bytes(8)) }
