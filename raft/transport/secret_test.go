package transport

// Goal: a secret is read as it was written, nothing else is read as one, and none is shown by whatever prints it. Method: tables.

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestASecretIsReadAsItWasWritten(t *testing.T) {
	s := NewSecret()
	for _, text := range [][]byte{s.Text(), bytes.TrimSpace(s.Text()), append([]byte("\n "), s.Text()...), bytes.ToUpper(s.Text())} {
		read, err := ParseSecret(text)
		require.NoError(t, err)
		require.Equal(t, *s.key, *read.key)
	}
	require.NotEqual(t, *s.key, *NewSecret().key)
}

func TestWhatIsNoSecretIsRefused(t *testing.T) {
	good := string(NewSecret().Text())
	for name, text := range map[string]string{
		"empty": "", "blank": " \n", "short": good[:62], "long": good[:64] + "00", "two": good + good, "not hexadecimal": "x" + good[1:],
		"zeros": strings.Repeat("0", 64), "one byte": strings.Repeat("ab", 32), "a PEM file": "-----BEGIN PRIVATE KEY-----\n",
	} {
		_, err := ParseSecret([]byte(text))
		require.ErrorIs(t, err, ErrSecret, name)
		require.NotContains(t, err.Error(), good[:20], "the text is not repeated")
	}
}

func TestASecretDoesNotShowItself(t *testing.T) {
	s := NewSecret()
	cfg := testConfig(1, nil)
	cfg.Secret = s
	hidden := struct{ inside Config }{cfg}
	var logged bytes.Buffer
	slog.New(slog.NewTextHandler(&logged, nil)).Info("text", "secret", s, "config", cfg)
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("json", "secret", s)
	encoded, err := json.Marshal(map[string]any{"secret": s})
	require.NoError(t, err)
	for _, shown := range []string{
		fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %x %s %q", s, s, s, s, s, s), fmt.Sprintf("%v %+v %#v", cfg, cfg, cfg),
		fmt.Sprintf("%v %+v %#v", hidden, hidden, hidden), logged.String(), string(encoded),
		(&ConfigError{"Secret", s, "one"}).Error(),
	} {
		for _, form := range []string{hex.EncodeToString(s.key[:4]), strings.ToUpper(hex.EncodeToString(s.key[:4])),
			strings.Trim(fmt.Sprintf("%d", s.key[:4]), "[]"), strings.Trim(fmt.Sprintf("%#v", s.key[:4]), "[]byte{}")} {
			require.NotContains(t, shown, form)
		}
	}
	require.Equal(t, "no secret", Secret{}.String())
}

// TestTheKeyIsOfTheSecret: it is the same on all nodes, in all versions, and another for another secret.
func TestTheKeyIsOfTheSecret(t *testing.T) {
	s, err := ParseSecret([]byte("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"))
	require.NoError(t, err)
	key := s.nodeKey()
	require.Equal(t, knownKey, hex.EncodeToString(key.Public().(ed25519.PublicKey)))
	require.NotEqual(t, key, NewSecret().nodeKey())
}

// knownKey is the public key that is derived from the bytes 0 to 31.
const knownKey = "40a59fbeb54a319afb6bb8c3713909d6e7de21031d5d016b467367be2f64ee7e"
