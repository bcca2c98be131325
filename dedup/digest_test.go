package dedup

// Goal: the digests are SipHash-2-4, and tell apart what has to be apart; the
// secret never shows. Method: the 64 inputs of the reference implementation with
// their outputs, written in one piece and in pieces.

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSipHashMatchesTheReference(t *testing.T) {
	text, err := os.ReadFile("testdata/siphash24.txt")
	require.NoError(t, err)
	var key [16]byte
	var input []byte
	for i := range key {
		key[i] = byte(i)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		var narrow, wide string
		_, err := fmt.Sscan(line, &narrow, &wide)
		require.NoError(t, err)
		for cut := range len(input) + 1 {
			require.Equal(t, narrow, sip64(&key, input[:cut], input[cut:]), "%d bytes cut at %d", len(input), cut)
			require.Equal(t, wide, sip128(&key, input[:cut], input[cut:]), "%d bytes cut at %d", len(input), cut)
		}
		input = append(input, byte(len(input)))
	}
	require.Len(t, input, 64)
}

func sip64(key *[16]byte, parts ...[]byte) string {
	s := newSip(key, false)
	for _, p := range parts {
		s.write(p)
	}
	return hex.EncodeToString(binary.LittleEndian.AppendUint64(nil, s.sum64()))
}

func sip128(key *[16]byte, parts ...[]byte) string {
	s := newSip(key, true)
	for _, p := range parts {
		s.writeString(string(p))
	}
	lo, hi := s.sum128()
	return hex.EncodeToString(binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, lo), hi))
}

func TestDigestTellsNamespaceAndKeyApart(t *testing.T) {
	one, two := Secret{1}, Secret{2}
	seen := map[Key]string{}
	for _, c := range []struct {
		secret         *Secret
		namespace, key string
	}{{&one, "a", "bc"}, {&one, "ab", "c"}, {&one, "", "abc"}, {&one, "abc", ""}, {&two, "a", "bc"}} {
		digest := Digest(c.secret, c.namespace, []byte(c.key))
		require.NotContains(t, seen, digest)
		require.Equal(t, digest, Digest(c.secret, c.namespace, []byte(c.key)))
		seen[digest] = c.namespace
	}
}

func TestOwnerDigestDependsOnTheSecondHalfOfTheSecret(t *testing.T) {
	owner := OwnerDigest(&Secret{1}, []byte("execution"))
	require.Equal(t, owner, OwnerDigest(&Secret{2}, []byte("execution")))
	require.NotEqual(t, owner, OwnerDigest(&Secret{31: 1}, []byte("execution")))
	require.NotEqual(t, owner, OwnerDigest(&Secret{1}, []byte("another")))
}

func TestSecretNeverShows(t *testing.T) {
	b := Bootstrap{Secret: Secret{0xab, 0xcd}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%d", "%s", "%q"} {
		for _, text := range []string{fmt.Sprintf(verb, b), fmt.Sprintf(verb, b.Secret), fmt.Sprintf(verb, &b.Secret)} {
			require.Contains(t, text, "redacted", verb)
			require.NotRegexp(t, "171|abcd|0xab", text, verb)
		}
	}
	text, err := json.Marshal(b)
	require.NoError(t, err)
	require.Contains(t, string(text), `"Secret":"redacted"`)
}
