package serve

// Goal: what the doors are told holds, and a node with few descriptors lives through a flood. Method: tables, and
// processes of the binary.

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
)

func TestPlacesFollowTheLimitOfFiles(t *testing.T) {
	for _, row := range []struct {
		asked  int
		files  uint64
		places int
		refuse string
	}{
		{0, 1 << 20, 4096, ""}, {0, 1024, 240, ""}, {0, 256, 48, ""}, {100, 1024, 100, ""}, {10_000, 1 << 20, 10_000, ""},
		{0, 64, 0, "may open 64 files, too few"}, {4096, 1024, 0, "at most 240 of this process, which may open 1024 files"},
	} {
		d := doorFlags{maxConnections: row.asked}
		places, err := d.places(row.files)
		if row.refuse != "" {
			require.ErrorContains(t, err, row.refuse)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, row.places, places)
	}
}

func TestWhatTheDoorsAreTold(t *testing.T) {
	dir := t.TempDir()
	file, empty := filepath.Join(dir, "password"), filepath.Join(dir, "empty")
	require.NoError(t, os.WriteFile(file, []byte("se cret\n"), 0o600))
	require.NoError(t, os.WriteFile(empty, []byte("\n"), 0o600))
	standard := func(change func(*doorFlags)) *doorFlags {
		var d doorFlags
		d.flags(&cobra.Command{})
		change(&d)
		return &d
	}
	for want, change := range map[string]func(*doorFlags){
		`--max-connections (SEMEL_MAX_CONNECTIONS) is "-1"`: func(d *doorFlags) { d.maxConnections = -1 },
		`--request-bytes (SEMEL_REQUEST_BYTES) is "1MiB"`:   func(d *doorFlags) { d.requestBytes = 1 << 20 },
		`is "0": want 4MiB to 1024GiB`:                      func(d *doorFlags) { d.requestBytes = 0 },
		`is "1025GiB": want 4MiB to 1024GiB`:                func(d *doorFlags) { d.requestBytes = 1025 << 30 },
		`--answer-bytes (SEMEL_ANSWER_BYTES) is "63MiB"`:    func(d *doorFlags) { d.answerBytes = 63 << 20 },
		"no such file":      func(d *doorFlags) { d.passwordFile = filepath.Join(dir, "none") },
		"this one is empty": func(d *doorFlags) { d.passwordFile = empty },
	} {
		require.ErrorContains(t, standard(change).validate(), want)
	}
	d := standard(func(d *doorFlags) { d.passwordFile = file })
	require.NoError(t, d.validate())
	require.Equal(t, "se cret", d.password)
	t.Setenv(passwordVariable, "other")
	require.ErrorContains(t, d.validate(), "both set")
	d.passwordFile = ""
	require.NoError(t, d.validate())
	require.Equal(t, "other", d.password)
}

// said sends lines to a Redis door and returns the last of as many that it answers.
func said(t *testing.T, address string, lines ...string) (answer string) {
	c, err := net.DialTimeout("tcp", address, time.Second)
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.SetDeadline(time.Now().Add(semeltest.Patience)))
	_, err = c.Write([]byte(strings.Join(lines, "\r\n") + "\r\n"))
	require.NoError(t, err)
	answers := bufio.NewReader(c)
	for range lines {
		answer, err = answers.ReadString('\n')
		require.NoError(t, err)
	}
	return strings.TrimSpace(answer)
}

// A shell lowers the limit, which Go can't raise above the hard one.
func TestANodeWithFewDescriptorsLivesThroughAFlood(t *testing.T) {
	p := semeltest.Ports(3)
	shell := exec.Command("sh", "-c", `ulimit -n 128 && exec "$@"`, "sh", semeltest.Binary(t), "serve", "--id", "1", "--peers", "1="+p[0],
		"--data", t.TempDir(), "--http", p[1], "--redis", p[2], "--redis-value-as-owner")
	node := semeltest.Launch(t, shell, []string{passwordVariable + "=right"})
	require.Eventually(t, func() bool { return semeltest.IsReady(p[1]) }, semeltest.Patience, semeltest.Glance, "%v", &node.Errors)
	for range 300 {
		for _, address := range p[1:] {
			c, err := net.DialTimeout("tcp", address, semeltest.Patience)
			require.NoError(t, err)
			t.Cleanup(func() { _ = c.Close() })
		}
	}
	require.True(t, semeltest.IsReady(p[1]))
	require.Equal(t, 0, semeltest.Run(t, p[1], "claim", "order-1").Code, node.Errors.String())
	require.Equal(t, "-NOAUTH Authentication required.", said(t, p[2], "SET k v NX"))
	for range 2 { // the value is the owner
		require.Equal(t, "+OK", said(t, p[2], "AUTH right", "SET k v NX"))
	}
	require.Contains(t, node.Errors.String(), "a connection that did nothing was closed")
	require.Less(t, strings.Count(node.Errors.String(), "\n"), 30, "bounded lines")
}
