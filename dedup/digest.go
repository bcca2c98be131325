package dedup

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// SecretBytes is the length of the cluster secret.
const SecretBytes = 32

// Secret is the key of every digest of one cluster. The bootstrap entry carries
// it; it never changes. It prints as "redacted", with every verb and in JSON.
type Secret [SecretBytes]byte

// Format hides the secret from every verb of package fmt.
func (Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, "redacted") }

// MarshalText hides the secret from structured logs.
func (Secret) MarshalText() ([]byte, error) { return []byte("redacted"), nil }

// Key is what log and table hold in place of (namespace, key): a keyed 128-bit
// digest. Among 10^11 keys two share one with a probability of about 10^-17;
// without the secret nobody can make two collide.
type Key [16]byte

// Owner is a keyed 64-bit digest of what names one execution. Two executions
// that contend for the same key share one with a probability of 2^-64.
type Owner uint64

// Digest returns the Key of (namespace, key), or of (stream, partition) for a
// checkpoint. Doors call it; Apply never hashes with the secret. The length of
// the first part goes in front, so that ("a", "bc") and ("ab", "c") differ.
func Digest(secret *Secret, namespace string, key []byte) Key {
	var length [8]byte
	binary.LittleEndian.PutUint64(length[:], uint64(len(namespace)))
	s := newSip((*[16]byte)(secret[:16]), true)
	s.write(length[:])
	s.writeString(namespace)
	s.write(key)
	lo, hi := s.sum128()
	var k Key
	binary.LittleEndian.PutUint64(k[:8], lo)
	binary.LittleEndian.PutUint64(k[8:], hi)
	return k
}

// OwnerDigest returns the Owner that the bytes name. It uses the second half of
// the secret, so that an owner's digest tells nothing about a key's.
func OwnerDigest(secret *Secret, owner []byte) Owner {
	s := newSip((*[16]byte)(secret[16:]), false)
	s.write(owner)
	return Owner(s.sum64())
}

// sip is SipHash-2-4 (Aumasson, Bernstein, 2012), a pseudo-random function made
// for short inputs, fed in any number of pieces.
type sip struct {
	v0, v1, v2, v3 uint64
	tail           uint64 // the bytes since the last whole word
	length         int
}

func newSip(key *[16]byte, wide bool) sip {
	k0, k1 := binary.LittleEndian.Uint64(key[:8]), binary.LittleEndian.Uint64(key[8:])
	s := sip{
		v0: k0 ^ 0x736f6d6570736575, v1: k1 ^ 0x646f72616e646f6d,
		v2: k0 ^ 0x6c7967656e657261, v3: k1 ^ 0x7465646279746573,
	}
	if wide {
		s.v1 ^= 0xee
	}
	return s
}

func (s *sip) writeString(p string) {
	for i := range len(p) {
		s.writeByte(p[i])
	}
}

func (s *sip) write(p []byte) {
	for s.length&7 != 0 && len(p) > 0 {
		s.writeByte(p[0])
		p = p[1:]
	}
	for ; len(p) >= 8; p = p[8:] {
		s.word(binary.LittleEndian.Uint64(p))
		s.length += 8
	}
	for _, b := range p {
		s.writeByte(b)
	}
}

func (s *sip) writeByte(b byte) {
	s.tail |= uint64(b) << (8 * (s.length & 7))
	s.length++
	if s.length&7 == 0 {
		s.word(s.tail)
		s.tail = 0
	}
}

func (s *sip) word(m uint64) {
	s.v3 ^= m
	s.rounds(2)
	s.v0 ^= m
}

func (s *sip) rounds(n int) {
	for range n {
		s.v0 += s.v1
		s.v2 += s.v3
		s.v1 = bits.RotateLeft64(s.v1, 13) ^ s.v0
		s.v3 = bits.RotateLeft64(s.v3, 16) ^ s.v2
		s.v0 = bits.RotateLeft64(s.v0, 32)
		s.v2 += s.v1
		s.v0 += s.v3
		s.v1 = bits.RotateLeft64(s.v1, 17) ^ s.v2
		s.v3 = bits.RotateLeft64(s.v3, 21) ^ s.v0
		s.v2 = bits.RotateLeft64(s.v2, 32)
	}
}

func (s *sip) finish(mark uint64) uint64 {
	s.word(s.tail | uint64(s.length)<<56)
	s.v2 ^= mark
	s.rounds(4)
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3
}

func (s *sip) sum64() uint64 { return s.finish(0xff) }

func (s *sip) sum128() (lo, hi uint64) {
	lo = s.finish(0xee)
	s.v1 ^= 0xdd
	s.rounds(4)
	return lo, s.v0 ^ s.v1 ^ s.v2 ^ s.v3
}
