package transport

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

// secretBytes is the length of a secret.
const secretBytes = 32

// ErrSecret is wrapped by ParseSecret where a text is no secret. The error does not repeat the text.
var ErrSecret = errors.New("not a secret of nodes")

// Secret is what the nodes of a cluster know and nobody else: who can prove that it has it is a peer. It does not show
// itself, however it is printed. The zero Secret is none.
type Secret struct {
	key *[secretBytes]byte // a pointer, since package fmt prints what is behind none that is inside of something
}

// NewSecret draws a secret.
func NewSecret() Secret {
	key := new([secretBytes]byte)
	_, _ = rand.Read(key[:]) // ends the program where there is no randomness
	return Secret{key}
}

// ParseSecret reads what Text wrote: 64 hexadecimal digits, with space around them or without. More lines are refused, so
// that a version that takes two secrets, for the time in which one replaces the other, can't be misread by this one.
func ParseSecret(text []byte) (Secret, error) {
	digits := strings.TrimSpace(string(text))
	if len(digits) != hex.EncodedLen(secretBytes) {
		return Secret{}, fmt.Errorf("%w: found %d characters, want %d hexadecimal digits", ErrSecret, len(digits), hex.EncodedLen(secretBytes))
	}
	key := new([secretBytes]byte)
	if _, err := hex.Decode(key[:], []byte(digits)); err != nil {
		return Secret{}, fmt.Errorf("%w: found something else among %d characters than hexadecimal digits", ErrSecret, len(digits))
	}
	if least := 8; distinct(key[:]) < least {
		return Secret{}, fmt.Errorf("%w: it has fewer than %d different bytes, so nobody drew it by chance", ErrSecret, least)
	}
	return Secret{key}, nil
}

// distinct counts the different bytes of b. Of 32 drawn ones there are fewer than 8 once in 10^26 times.
func distinct(b []byte) int {
	seen := map[byte]bool{}
	for _, c := range b {
		seen[c] = true
	}
	return len(seen)
}

// Text returns the secret as ParseSecret reads it, with a line's end: for a file, and nothing else.
func (s Secret) Text() []byte { return fmt.Appendf(nil, "%x\n", s.key[:]) }

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.key == nil }

// String tells whether there is a secret, and not which.
func (s Secret) String() string {
	if s.IsZero() {
		return "no secret"
	}
	return "a secret (not shown)"
}

// GoString is String, for %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText is String, for encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue is String, for logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// purpose names what a key is derived for. Another purpose, such as an authority that signs certificates with names,
// takes another name and so gets another key of the same secret.
const purpose = "semel: key of all nodes of a cluster, version 1"

// nodeKey derives the key that all nodes of the cluster have.
func (s Secret) nodeKey() ed25519.PrivateKey {
	seed, err := hkdf.Key(sha256.New, s.key[:], nil, purpose, ed25519.SeedSize)
	if err != nil {
		panic("transport: derive a key: " + err.Error()) // only lengths are wrong, and they are constants
	}
	return ed25519.NewKeyFromSeed(seed)
}
