package backup

// Goal: each claim that was answered before a backup began is a duplicate in the cluster that is restored from it, and its tokens are above all that the old one ever
// gave. Method: three nodes under load; the procedure of docs/procedures, as it stands there; three nodes over what it made.

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/client"
)

// load claims keys, one after the other, and keeps the token of each that was won.
type load struct {
	mu     sync.Mutex
	tokens map[string]uint64
	stop   context.CancelFunc
	done   sync.WaitGroup
}

// begin has so many claim at once.
func begin(t *testing.T, nodes string, clients int) *load {
	t.Helper()
	c, err := client.New(client.Config{Nodes: strings.Split(nodes, ",")})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	ctx, stop := context.WithCancel(t.Context())
	l := &load{tokens: map[string]uint64{}, stop: stop}
	for n := range clients {
		l.done.Go(func() {
			for k := 0; ctx.Err() == nil; k++ {
				key := fmt.Sprintf("%d-%d", n, k)
				answer, err := c.Claim(ctx, client.Claim{Record: client.Record{Key: []byte(key)}, Owner: key})
				if err == nil && answer.Outcome == dedup.Won {
					l.mu.Lock()
					l.tokens[key] = answer.Token
					l.mu.Unlock()
				}
			}
		})
	}
	return l
}

// won are the tokens so far.
func (l *load) won() map[string]uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make(map[string]uint64, len(l.tokens))
	for key, token := range l.tokens {
		all[key] = token
	}
	return all
}

// procedure runs a script of docs/procedures.
func procedure(t *testing.T, name string, variables ...string) string {
	t.Helper()
	script := exec.Command("sh", filepath.Join("..", "..", "..", "docs", "procedures", name))
	script.Env = append(append(os.Environ(), "PATH="+filepath.Dir(semeltest.Binary(t))+string(os.PathListSeparator)+os.Getenv("PATH")), variables...)
	out, err := script.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

// serveRestored starts the nodes of a cluster, and waits until they take calls.
func serveRestored(t *testing.T, data, cluster, secret string) (nodes string) {
	t.Helper()
	var peers, all []string
	for k, address := range semeltest.Ports(3) {
		peers = append(peers, fmt.Sprintf("%d=%s", k+1, address))
	}
	for id := 1; id <= 3; id++ {
		doors := semeltest.Ports(2)
		semeltest.Start(t, nil, "serve", "--id", fmt.Sprint(id), "--data", filepath.Join(data, fmt.Sprint(id)), "--cluster", cluster, "--peer-secret", secret,
			"--peers", strings.Join(peers, ","), "--http", doors[0], "--redis", doors[1])
		all = append(all, doors[0])
	}
	for _, address := range all {
		require.Eventually(t, func() bool { return semeltest.IsReady(address) }, semeltest.Patience, semeltest.Glance)
	}
	return strings.Join(all, ",")
}

func TestWhatWasAnsweredBeforeABackupStandsInTheRestoredCluster(t *testing.T) {
	dir := t.TempDir()
	dev := semeltest.StartDev(t)
	dev.Leader(t)
	l := begin(t, dev.Addresses(), 8)
	require.Eventually(t, func() bool { return len(l.won()) > 300 }, semeltest.Patience, semeltest.Glance)
	before := l.won()
	data, file := filepath.Join(dir, "new"), filepath.Join(dir, "f.backup")
	said := procedure(t, "backup-and-restore.sh", "SEMEL_NODES="+dev.Addresses(), "BACKUP="+file, "CLUSTER=after", "DATA="+data)
	require.Equal(t, 3, strings.Count(said, "\nwhole\n"), said)
	l.stop()
	l.done.Wait()
	last := uint64(0)
	for _, token := range l.won() {
		last = max(last, token)
	}
	require.Zero(t, dev.End(t, os.Interrupt))

	secret := filepath.Join(dir, "secret")
	require.Zero(t, semeltest.Run(t, "", "secret", secret).Code)
	c, err := client.New(client.Config{Nodes: strings.Split(serveRestored(t, data, "after", secret), ",")})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	for key, token := range before {
		answer, err := c.Claim(t.Context(), client.Claim{Record: client.Record{Key: []byte(key)}, Owner: "another"})
		require.NoError(t, err)
		require.Equal(t, dedup.Duplicate, answer.Outcome, key)
		require.Equal(t, token, answer.Token, key)
	}
	answer, err := c.Claim(t.Context(), client.Claim{Record: client.Record{Key: []byte("new")}, Owner: "another"})
	require.NoError(t, err)
	require.Equal(t, dedup.Won, answer.Outcome)
	require.Greater(t, answer.Token, last, "of %d that were won", len(l.won()))
	t.Logf("%d were won before the backup, %d in all", len(before), len(l.won()))
}

// Where two of three are lost for good, a new cluster is made of what the third one has.
func TestALostQuorumIsRecoveredFromOneFolder(t *testing.T) {
	dir := t.TempDir()
	dev := semeltest.StartDev(t, "--data", filepath.Join(dir, "old"))
	dev.Leader(t)
	require.Zero(t, semeltest.Run(t, dev.Addresses(), "claim", "k").Code)
	require.Zero(t, dev.End(t, os.Interrupt))
	left, file := filepath.Join(dir, "old", "2"), filepath.Join(dir, "f.backup")
	asked := semeltest.Run(t, "", "backup", "--from", left, file)
	require.Equal(t, exit.Usage, asked.Code)
	require.Contains(t, asked.Errors, "is the folder of node 2. It has the state after entry ")
	require.NoFileExists(t, file)
	require.Zero(t, semeltest.Run(t, "", "backup", "--from", left, "--accept-loss", file).Code)
	data, secret := filepath.Join(dir, "new"), filepath.Join(dir, "secret")
	for _, id := range []string{"1", "2", "3"} {
		require.Zero(t, semeltest.Run(t, "", "restore", file, "--data", filepath.Join(data, id), "--id", id, "--members", "1,2,3", "--cluster", "again").Code)
	}
	require.Zero(t, semeltest.Run(t, "", "secret", secret).Code)
	require.Equal(t, exit.Duplicate, semeltest.Run(t, serveRestored(t, data, "again", secret), "claim", "k").Code)

	other := semeltest.Run(t, "", "serve", "--id", "1", "--data", filepath.Join(data, "1"), "--peers", "1=127.0.0.1:1", "--http", "127.0.0.1:0", "--redis", "127.0.0.1:0")
	require.Equal(t, exit.Usage, other.Code)
	require.Contains(t, other.Errors, `the folder was restored as another cluster: "again"`)
}

func TestWhatIsNoBackupIsNotRestored(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "f")
	whole := sample(t, 100)
	restore := func(content []byte, data string) semeltest.Outcome {
		require.NoError(t, os.WriteFile(file, content, 0o600))
		return semeltest.Run(t, "", "restore", file, "--data", data, "--id", "1", "--members", "1")
	}
	fresh := filepath.Join(dir, "d")
	require.Equal(t, exit.Disk, restore(whole[:len(whole)-1], fresh).Code)
	require.NoDirExists(t, fresh)
	later := append([]byte(nil), whole...)
	later[8]++
	require.Equal(t, exit.Disk, restore(later, fresh).Code, "its checksum is wrong")
	require.Equal(t, exit.Usage, restore(whole, dir).Code, "the file itself is there")
	made := restore(whole, fresh)
	require.Zero(t, made.Code, made.Errors)
	require.Contains(t, made.Out, "100 keys; tokens go on above 1099511627876, which is 2^40 higher than before")
	require.Equal(t, exit.Usage, restore(whole, fresh).Code)
	for _, wrong := range [][]string{{"--id", "1"}, {"--members", "1"}, {"--id", "2", "--members", "1"}, {"--id", "1", "--members", "1,1"}, {"--id", "64", "--members", "64"}} {
		require.Equal(t, exit.Usage, semeltest.Run(t, "", append([]string{"restore", file, "--data", filepath.Join(dir, "e")}, wrong...)...).Code, wrong)
	}
	require.Equal(t, exit.Unavailable, semeltest.Run(t, "", "restore", filepath.Join(dir, "none"), "--data", fresh, "--id", "1", "--members", "1").Code)
}
