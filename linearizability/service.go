package linearizability

import (
	"fmt"
	"strings"

	"github.com/eventstreamcore/semel/dedup"
)

// HexKey returns how a history names k.
func HexKey(k dedup.Key) string { return fmt.Sprintf("%x", k[:]) }

// HexOwner returns how a history names o.
func HexOwner(o dedup.Owner) string { return fmt.Sprintf("%016x", uint64(o)) }

// HexCall returns how a history names a call number.
func HexCall(call uint64) string { return fmt.Sprintf("%016x", call) }

// AnswerOf returns an answer of the service as a history has it, with the bytes
// of the answer's value and fingerprint, which it copies. They are nil where it has none.
func AnswerOf(r dedup.Result, value, fingerprint []byte) Answer {
	a := Answer{
		Outcome: Outcome(strings.ToLower(r.Outcome.String())), Number: r.Number, TimeNanos: r.TimeNanos,
		Token: r.Token, Replayed: r.Replayed, Offset: r.Offset, Fingerprint: Text(fingerprint),
	}
	if r.Kind == dedup.KindResize {
		a.HeldKeys, a.HeldBytes, a.Offset, a.Token = r.Offset, r.Token, 0, 0
	}
	if r.HasValue {
		a.Value = new(Text(value))
	}
	switch a.Outcome {
	case Won:
		a.ExpiresInMillis, a.LeaseMillis = millis(r.ExpiresInMillis), millis(r.LeaseMillis)
	case InProgress:
		a.RetryAfterMillis = millis(r.RetryAfterMillis)
	case Duplicate:
		a.ExpiresInMillis, a.AgeMillis = millis(r.ExpiresInMillis), millis(r.AgeMillis)
	case Pending, Done:
		a.ExpiresInMillis, a.LeaseMillis, a.AgeMillis = millis(r.ExpiresInMillis), millis(r.LeaseMillis), millis(r.AgeMillis)
		a.Owner = HexOwner(r.Owner)
	case OK:
		a.tellOK(r)
	}
	return a
}

func (a *Answer) tellOK(r dedup.Result) {
	switch r.Kind {
	case dedup.KindComplete, dedup.KindPut:
		a.ExpiresInMillis = millis(r.ExpiresInMillis)
	case dedup.KindExtend:
		a.ExpiresInMillis, a.LeaseMillis = millis(r.ExpiresInMillis), millis(r.LeaseMillis)
	case dedup.KindCheckpointQuery:
		a.AgeMillis = millis(r.AgeMillis)
		a.Owner = HexOwner(r.Owner)
	}
}

func millis(ms uint64) *int64 {
	if ms == dedup.Forever {
		return new(NeverExpires)
	}
	return new(int64(ms))
}

// EntryOf returns a committed entry of the log as a history has it. next is the
// number that its first numbered command gets, 1 at the start of a log; EntryOf
// moves it on. Errors are those of dedup.ParseEntry.
func EntryOf(index uint64, payload []byte, next *uint64) (LogEntry, error) {
	parsed, err := dedup.ParseEntry(payload)
	if err != nil {
		return LogEntry{}, fmt.Errorf("entry %d: %w", index, err)
	}
	e := LogEntry{Index: index, Stamp: parsed.StampNanos, First: *next}
	if err = e.add(parsed.Commands); err != nil {
		return LogEntry{}, fmt.Errorf("entry %d: %w", index, err)
	}
	for _, c := range e.Commands {
		if !c.Kind.Reads() {
			*next++
		}
	}
	return e, nil
}

// add appends encoded commands, a checkpoint's claims behind it.
func (e *LogEntry) add(commands []byte) error {
	for len(commands) > 0 {
		c, rest, err := dedup.NextCommand(commands)
		if err != nil {
			return err
		}
		commands = rest
		e.Commands = append(e.Commands, LogCommand{CallNumber: HexCall(c.Call), Claims: c.ClaimCount, Arguments: ArgumentsOf(c)})
		if err = e.add(c.Claims); err != nil {
			return err
		}
	}
	return nil
}

// ArgumentsOf returns what c asks for.
func ArgumentsOf(c dedup.Command) Arguments {
	a := Arguments{
		Kind: KindOf(c.Kind), Digest: HexKey(c.Key), Token: c.Token, Offset: c.Offset, LeaseMillis: c.LeaseMillis,
		TTLMillis: c.TTLMillis, IfExists: c.IfExists, Fingerprint: Text(c.Fingerprint),
	}
	if a.Kind == Resize {
		a.CapacityKeys, a.CapacityBytes, a.Offset, a.Token = c.Offset, c.Token, 0, 0
	}
	if a.Kind == Claim || a.Kind == Checkpoint || a.Kind == SetCheckpoint {
		a.Owner = HexOwner(c.Owner)
	}
	if c.Value != nil {
		a.Value = new(Text(c.Value))
	}
	return a
}
