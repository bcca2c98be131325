package secret

// Goal: a secret is made once, durable and private; a file that is none is refused with what to do, and no message shows a
// secret. Method: files of each kind, and processes.

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
)

func TestMain(m *testing.M) { os.Exit(semeltest.Main(m)) }

func TestASecretIsMadeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "peer.secret")
	made := semeltest.Start(t, nil, "secret", path)
	require.Equal(t, 0, made.Code(t), "%v", &made.Errors)
	require.Empty(t, made.Out.String(), "it is not shown")
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	_, err = Read(path)
	require.NoError(t, err)
	text, err := os.ReadFile(path)
	require.NoError(t, err)

	again := semeltest.Start(t, nil, "secret", path)
	require.Equal(t, exit.Usage, again.Code(t))
	require.Contains(t, again.Errors.String(), "is there already and is not overwritten")
	kept, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, text, kept)

	nowhere := semeltest.Start(t, nil, "secret", filepath.Join(path, "in", "a", "file"))
	require.Equal(t, exit.Unavailable, nowhere.Code(t))
	require.Equal(t, exit.Usage, semeltest.Start(t, nil, "secret").Code(t))
}

func TestAFileThatIsNoSecretIsRefused(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good")
	require.NoError(t, Make(good))
	text, err := os.ReadFile(good)
	require.NoError(t, err)
	write := func(name string, text []byte, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, text, mode))
		require.NoError(t, os.Chmod(path, mode))
		return path
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "missing"):    "is not there: make one with `semel secret FILE`",
		dir:                              "is a directory",
		write("empty", nil, 0o600):       "found 0 characters, want 64 hexadecimal digits",
		write("short", text[:40], 0o600): "found 40 characters",
		write("garbage", []byte(strings.Repeat("!?", 32)), 0o600):          "something else among 64 characters than hexadecimal digits",
		write("zeros", []byte(strings.Repeat("00", 32)), 0o600):            "nobody drew it by chance",
		write("huge", []byte(strings.Repeat("ab", mostSecretFile)), 0o600): "found 4096 characters",
		write("for all", text, 0o644):                                      "(mode 0644): `chmod 600",
		write("for the group", text, 0o640):                                "(mode 0640): `chmod 600",
		strings.TrimSpace(string(text)):                                    "is a secret itself: want the name of the file",
	} {
		_, err := Read(path)
		require.ErrorContains(t, err, want, path)
		require.NotContains(t, err.Error(), string(text[:20]))
	}
	require.NoError(t, os.Chmod(good, 0o400))
	_, err = Read(good)
	require.NoError(t, err)
}

func TestANodeOfManyNeedsTheSecret(t *testing.T) {
	p, dir := semeltest.Ports(3), t.TempDir()
	arguments := []string{"serve", "--id", "1", "--peers", "1=" + p[0] + ",2=127.0.0.1:1", "--data", filepath.Join(dir, "data"), "--http", p[1], "--redis", p[2]}
	without := semeltest.Start(t, nil, arguments...)
	require.Equal(t, exit.Usage, without.Code(t))
	require.Contains(t, without.Errors.String(), "--peer-secret (or SEMEL_PEER_SECRET) is missing: want")
	wrong := semeltest.Start(t, []string{"SEMEL_PEER_SECRET=" + filepath.Join(dir, "no.secret")}, arguments...)
	require.Equal(t, exit.Usage, wrong.Code(t))
	require.Contains(t, wrong.Errors.String(), "is not there: make one with")
	_, err := os.Stat(filepath.Join(dir, "data"))
	require.ErrorIs(t, err, os.ErrNotExist, "nothing was touched before")
}
