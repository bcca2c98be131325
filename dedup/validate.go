package dedup

import (
	"errors"
	"fmt"
	"math"
)

// InvalidError says why a command may not be proposed. Nothing was applied.
type InvalidError struct {
	Kind   Kind
	Field  string // what was wrong
	Got    uint64
	Want   string // what was expected
	Remedy string // what to do
}

// Error names the field, the value, the expectation and the remedy.
func (e *InvalidError) Error() string {
	return fmt.Sprintf("invalid %s: %s is %d, want %s: %s", e.Kind, e.Field, e.Got, e.Want, e.Remedy)
}

// Validate returns an *InvalidError if the claim may not be proposed.
func (c Claim) Validate() error {
	if err := checkSpan(KindClaim, "ttl in ms", c.TTLMillis); err != nil {
		return err
	}
	if c.TTLMillis > 0 && c.LeaseMillis > c.TTLMillis {
		return &InvalidError{KindClaim, "lease in ms", c.LeaseMillis, fmt.Sprintf("at most the ttl, %d", c.TTLMillis), "shorten the lease or lengthen the ttl"}
	}
	if err := checkSpan(KindClaim, "lease in ms", c.LeaseMillis); err != nil {
		return err
	}
	if c.LeaseMillis > 0 && c.Value != nil {
		return &InvalidError{KindClaim, "length of the value", uint64(len(c.Value)), "none beside a lease", "give the value to Complete"}
	}
	if len(c.Fingerprint) > MaxFingerprintBytes {
		return &InvalidError{KindClaim, "length of the fingerprint", uint64(len(c.Fingerprint)), fmt.Sprintf("at most %d", MaxFingerprintBytes), "send a hash of the request"}
	}
	return checkValue(KindClaim, c.Value)
}

// Validate returns an *InvalidError if the command may not be proposed.
func (c Complete) Validate() error {
	if err := checkToken(KindComplete, c.Token); err != nil {
		return err
	}
	if err := checkSpan(KindComplete, "ttl in ms", c.TTLMillis); err != nil {
		return err
	}
	return checkValue(KindComplete, c.Response)
}

// Validate returns an *InvalidError if the command may not be proposed.
func (c Release) Validate() error { return checkToken(KindRelease, c.Token) }

// Validate returns an *InvalidError if the command may not be proposed.
func (c Extend) Validate() error {
	if err := checkToken(KindExtend, c.Token); err != nil {
		return err
	}
	if c.LeaseMillis == 0 {
		return &InvalidError{KindExtend, "lease in ms", 0, "at least 1", "use Release to give the claim up"}
	}
	return checkSpan(KindExtend, "lease in ms", c.LeaseMillis)
}

// Validate returns an *InvalidError if the command may not be proposed.
func (c Put) Validate() error {
	if err := checkSpan(KindPut, "ttl in ms", c.TTLMillis); err != nil {
		return err
	}
	return checkValue(KindPut, c.Value)
}

// Validate returns an *InvalidError if the checkpoint or one of its claims may
// not be proposed, or if they do not fit in one entry.
func (c Checkpoint) Validate() error {
	if err := checkOffset(KindCheckpoint, c.Offset); err != nil {
		return err
	}
	return checkClaims(KindCheckpoint, c.Claims, 1)
}

// Validate returns an *InvalidError if the command may not be proposed.
func (c SetCheckpoint) Validate() error { return checkOffset(KindSetCheckpoint, c.Offset) }

// Validate returns an *InvalidError if the command may not be proposed.
func (c Resize) Validate() error {
	if c.CapacityKeys == 0 || c.CapacityKeys > MaxCapacityKeys {
		return &InvalidError{KindResize, "capacity in keys", c.CapacityKeys, fmt.Sprintf("1 to %d", MaxCapacityKeys), "say how many records may stand at once"}
	}
	if c.CapacityBytes > MaxCapacityBytes {
		return &InvalidError{KindResize, "capacity in bytes", c.CapacityBytes, fmt.Sprintf("at most %d", MaxCapacityBytes), "say how many bytes values and fingerprints may take"}
	}
	return nil
}

func capacityFits(keys, bytes uint64) bool {
	return keys > 0 && keys <= MaxCapacityKeys && bytes <= MaxCapacityBytes
}

// MaxOffset is the greatest offset of a checkpoint: another one has to fit above it.
const MaxOffset = math.MaxUint64 - 1

func checkOffset(kind Kind, offset uint64) error {
	if offset > MaxOffset {
		return &InvalidError{kind, "offset", offset, fmt.Sprintf("at most %d", uint64(MaxOffset)), "nothing could follow it: is it a -1 that was read as a number without sign?"}
	}
	return nil
}

// ValidateBatch returns an *InvalidError if one of the claims may not be
// proposed, or if there are none or they do not fit in one entry.
func ValidateBatch(claims []Claim) error {
	if len(claims) == 0 {
		return &InvalidError{KindClaim, "claims in the batch", 0, "at least 1", "send none"}
	}
	return checkClaims(KindClaim, claims, 0)
}

// checkClaims: others is how many numbers the entry needs beside the claims.
func checkClaims(kind Kind, claims []Claim, others int) error {
	if len(claims)+others > MaxCommands {
		return &InvalidError{kind, "number of claims", uint64(len(claims)), fmt.Sprintf("at most %d", MaxCommands-others), "split it"}
	}
	size := headerBytes + others*(commandBytes+2*8+2)
	for i := range claims {
		if err := claims[i].Validate(); err != nil {
			return fmt.Errorf("claim %d of %d: %w", i+1, len(claims), err)
		}
		c := claims[i].command()
		size += commandSize(&c)
	}
	if size > MaxEntryBytes {
		return &InvalidError{kind, "size in bytes", uint64(size), fmt.Sprintf("at most %d", MaxEntryBytes), "split it"}
	}
	return nil
}

func checkToken(kind Kind, token uint64) error {
	if token == 0 {
		return &InvalidError{kind, "token", 0, "the token of a WON answer", "claim the key first"}
	}
	return nil
}

func checkSpan(kind Kind, field string, millis uint64) error {
	if millis > MaxMillis {
		return &InvalidError{kind, field, millis, fmt.Sprintf("at most %d", uint64(MaxMillis)), "shorten it, or leave a ttl out to keep the record"}
	}
	return nil
}

func checkValue(kind Kind, value []byte) error {
	if len(value) > MaxValueBytes {
		return &InvalidError{kind, "length of the value", uint64(len(value)), fmt.Sprintf("at most %d", MaxValueBytes), "store it elsewhere and keep its address here"}
	}
	return nil
}

// Validate returns an error if the configuration may not be proposed. It never
// shows the secret.
func (b *Bootstrap) Validate() error {
	if b.CapacityKeys == 0 || b.CapacityKeys > MaxCapacityKeys {
		return fmt.Errorf("invalid bootstrap: capacity is %d keys, want 1 to %d: set how many records may stand at once", b.CapacityKeys, MaxCapacityKeys)
	}
	if b.CapacityBytes > MaxCapacityBytes {
		return fmt.Errorf("invalid bootstrap: capacity is %d bytes, want at most %d: set how many bytes values and fingerprints may take", b.CapacityBytes, MaxCapacityBytes)
	}
	if b.Secret == (Secret{}) {
		return errors.New("invalid bootstrap: the secret is all zeros, want 32 random bytes: draw one")
	}
	return nil
}
