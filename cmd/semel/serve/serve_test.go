package serve

// Goal: wrong input is told with what was expected, a node runs by its environment alone, and its
// exit codes say what an operator has to do. Method: tables, and processes of the binary.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
	"github.com/eventstreamcore/semel/raft/wal"
)

func TestMain(m *testing.M) { os.Exit(semeltest.Main(m)) }

// sound is a node that may start.
func sound() serving {
	return serving{
		cluster: "c", dir: "d", http: "127.0.0.1:7100", redis: "127.0.0.1:7200", id: 1, peers: nodeAddresses{1: "127.0.0.1:7300"},
		capacity: Capacity{keys: 1, bytes: 1}, log: "text", logLevel: "info",
		gates:     doorFlags{requestBytes: leastRequestBytes, answerBytes: leastAnswerBytes},
		snapshots: snapshotFlags{every: Interval{bytes: leastSnapshotBytes}, rate: leastSnapshotRate},
	}
}

func TestWrongInputIsToldWithWhatIsExpected(t *testing.T) {
	s := sound()
	require.NoError(t, s.validate())
	for want, spoil := range map[string]func(*serving){
		"--peers (or SEMEL_PEERS) is missing: want id=host:port": func(s *serving) { s.peers = nil },
		"--id (or SEMEL_ID) is missing":                          func(s *serving) { s.id = 0 },
		`--id (SEMEL_ID) is "2": want one of those in --peers`:   func(s *serving) { s.id = 2 },
		"--peer-secret (or SEMEL_PEER_SECRET) is missing": func(s *serving) {
			s.peers = nodeAddresses{1: "127.0.0.1:7300", 2: "127.0.0.1:7301"}
		},
		"--data (or SEMEL_DATA) is missing":                     func(s *serving) { s.dir = "" },
		"--cluster (or SEMEL_CLUSTER) is missing":               func(s *serving) { s.cluster = "" },
		`--http (SEMEL_HTTP) is "x": want host:port`:            func(s *serving) { s.http = "x" },
		`--redis (SEMEL_REDIS) is "h:70000": want host:port`:    func(s *serving) { s.redis = "h:70000" },
		`--listen (SEMEL_LISTEN) is "h:x"`:                      func(s *serving) { s.listen = "h:x" },
		`--doors (SEMEL_DOORS) is "2=h:1": want ids of --peers`: func(s *serving) { s.doors = nodeAddresses{2: "h:1"} },
		`--capacity-keys (SEMEL_CAPACITY_KEYS) is "0"`:          func(s *serving) { s.capacity.keys = 0 },
		`--capacity-bytes (SEMEL_CAPACITY_BYTES) is "1024GiB"`:  func(s *serving) { s.capacity.bytes = 1 << 40 },
		`--log (SEMEL_LOG) is "xml": want text or json`:         func(s *serving) { s.log = "xml" },
		`--log-level (SEMEL_LOG_LEVEL) is "loud"`:               func(s *serving) { s.logLevel = "loud" },
	} {
		s := sound()
		spoil(&s)
		require.ErrorContains(t, s.validate(), want)
	}
}

func TestAddressesOfNodes(t *testing.T) {
	var a nodeAddresses
	require.NoError(t, a.Set("2=h:2, 1=[::1]:1"))
	require.Equal(t, "1=[::1]:1,2=h:2", a.String())
	require.Equal(t, "1, 2", a.ids())
	for text, want := range map[string]string{
		"": "want id=host:port", "1:h:1": "want id=host:port", "0=h:1": "an id of 1 to 63", "64=h:1": "an id of 1 to 63", "x=h:1": "an id",
		"1=h": "want host:port", "1=:7300": "one that the others can reach", "1=h:0": "want host:port", "1=h:65536": "want host:port",
		"1=h:1,1=h:2": "node 1 stands there twice", "1=h:1,2=h:1": "have the same address h:1",
	} {
		require.ErrorContains(t, a.Set(text), want, text)
	}
	require.Equal(t, "1=[::1]:1,2=h:2", a.String(), "what is refused changes nothing")
}

func TestPortsThatOthersReachAreWarnedOf(t *testing.T) {
	for address, loopback := range map[string]bool{
		"127.0.0.1:1": true, "127.9.9.9:1": true, "[::1]:1": true, "localhost:1": true,
		":1": false, "0.0.0.0:1": false, "[::]:1": false, "10.0.0.1:1": false, "example.com:1": false, "x": false,
	} {
		require.Equal(t, loopback, isLoopback(address), address)
	}
	var said bytes.Buffer
	s := sound()
	s.warnOpen(slog.New(newLogHandler(&said, "text", "warn")))
	require.Empty(t, said.String())
	s.redis, s.http = ":7200", "0.0.0.0:7100"
	s.warnOpen(slog.New(newLogHandler(&said, "text", "warn")))
	require.Equal(t, 2, strings.Count(said.String(), "asks for no password"))
	require.Contains(t, said.String(), "--redis")
}

func TestLevelsOfTheLog(t *testing.T) {
	var said bytes.Buffer
	logger := slog.New(newLogHandler(&said, "json", "notice"))
	logger.Info("not shown")
	logger.Log(t.Context(), levelNotice, "shown")
	var record map[string]any
	require.NoError(t, json.Unmarshal(said.Bytes(), &record))
	require.Equal(t, "NOTICE", record["level"])
	require.Equal(t, "shown", record["msg"])
}

func TestANodeRunsByItsEnvironment(t *testing.T) {
	p, dir := semeltest.Ports(3), filepath.Join(t.TempDir(), "data")
	environment := []string{
		"SEMEL_CLUSTER=by-environment", "SEMEL_ID=1", "SEMEL_PEERS=1=" + p[0], "SEMEL_DATA=" + dir, "SEMEL_HTTP=" + p[1],
		"SEMEL_REDIS=nonsense", "SEMEL_DOORS=1=" + p[1], "SEMEL_LOG=json", "SEMEL_CAPACITY_KEYS=1",
	}
	node := semeltest.Start(t, environment, "serve", "--redis", p[2]) // the flag goes before the environment
	require.Eventually(t, func() bool { return semeltest.IsReady(p[1]) }, semeltest.Patience, semeltest.Glance, "%v", &node.Errors)
	require.Equal(t, 0, semeltest.Run(t, p[1], "claim", "order-1").Code)
	require.Equal(t, exit.Unavailable, semeltest.Run(t, p[1], "claim", "--timeout", "1s", "order-2").Code, "room for one key")

	locked := semeltest.Start(t, environment, "serve", "--redis", semeltest.Ports(1)[0], "--http", semeltest.Ports(1)[0])
	require.Equal(t, exit.Unavailable, locked.Code(t))
	require.Contains(t, locked.Errors.String(), "is locked; stop that process first")
	taken := semeltest.Start(t, environment, "serve", "--redis", semeltest.Ports(1)[0])
	require.Equal(t, exit.Unavailable, taken.Code(t))
	require.Contains(t, taken.Errors.String(), "--http: listen tcp "+p[1])
	require.Contains(t, taken.Errors.String(), "give this one another address")

	news := func() bool { return strings.Contains(node.Errors.String(), `"msg":"this node leads now"`) }
	require.Eventually(t, news, semeltest.Patience, semeltest.Glance, "%v", &node.Errors)
	require.Equal(t, 0, node.End(t, syscall.SIGTERM), node.Errors.String())
	foreign := semeltest.Start(t, environment, "serve", "--redis", p[2], "--cluster", "another")
	require.Equal(t, exit.Usage, foreign.Code(t))
	require.Contains(t, foreign.Errors.String(), "give this replica a folder of its own")
}

func TestVariablesThatNoFlagHasAreNoticed(t *testing.T) {
	environment := []string{"SEMEL_LGO=json", "SEMEL_LOG=json", "SEMEL_NODES=x", "SEMEL_CAPACITY_KEYS=1", "SEMELE=1", "PATH=/bin"}
	require.Equal(t, []string{"SEMEL_LGO"}, strangers(environment, settings))
}

func TestAWrongVariableIsNamed(t *testing.T) {
	for variable, want := range map[string]string{
		"SEMEL_ID=99":                    `environment variable SEMEL_ID is "99": want a node's id, 1 to 63`,
		"SEMEL_PEERS=1:a":                `environment variable SEMEL_PEERS is "1:a": "1:a": want id=host:port`,
		"SEMEL_LOG=purple":               "is missing",
		"SEMEL_REDIS_VALUE_AS_OWNER=yes": `environment variable SEMEL_REDIS_VALUE_AS_OWNER is "yes": want true or false` + "\n",
		"SEMEL_REDIS_VALUE_AS_OWNER=":    `environment variable SEMEL_REDIS_VALUE_AS_OWNER is "": want true or false` + "\n",
		"SEMEL_MAX_CONNECTIONS=1e3":      `environment variable SEMEL_MAX_CONNECTIONS is "1e3": want a whole number` + "\n",
		"SEMEL_REQUEST_BYTES=4MB":        `environment variable SEMEL_REQUEST_BYTES is "4MB": want a number of bytes`,
		"SEMEL_CAPACITY_KEYS=-1":         `environment variable SEMEL_CAPACITY_KEYS is "-1": want a whole number`,
	} {
		node := semeltest.Start(t, []string{variable}, "serve")
		require.Equal(t, exit.Usage, node.Code(t))
		require.Contains(t, node.Errors.String(), want)
		require.NotContains(t, node.Errors.String(), "strconv")
	}
}

// A folder that can't be made is a wrong flag, and not a failed disk that nobody may start again.
func TestAFolderThatCannotBeMadeIsUsage(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Symlink(filepath.Join(dir, "nowhere"), filepath.Join(dir, "dangling")))
	require.NoError(t, os.Symlink(filepath.Join(dir, "loop"), filepath.Join(dir, "loop")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	folders := []string{filepath.Join(dir, "dangling"), filepath.Join(dir, "loop"), filepath.Join(dir, "file"), filepath.Join(dir, "file", "x"), filepath.Join(dir, strings.Repeat("x", 300))}
	if runtime.GOOS == "linux" {
		folders = append(folders, "/proc/nope", "/proc/nope/x", "/proc", "/sys/nope")
	}
	for _, folder := range folders {
		node := semeltest.Start(t, nil, "serve", "--id", "1", "--peers", "1=127.0.0.1:1", "--http", "127.0.0.1:0", "--redis", "127.0.0.1:0", "--data", folder)
		require.Equal(t, exit.Usage, node.Code(t), "%s: %v", folder, &node.Errors)
		require.Contains(t, node.Errors.String(), "--data (SEMEL_DATA): ")
		require.Contains(t, node.Errors.String(), "want a folder on a local disk that this user can make and write")
		require.NotContains(t, node.Errors.String(), "the disk failed")
	}
	for code, err := range map[int]error{
		exit.Usage:       &fs.PathError{Op: "mkdir", Path: "/ro/x", Err: syscall.EROFS},
		exit.Disk:        &fs.PathError{Op: "open", Path: "/data/LOCK", Err: syscall.EROFS}, // there was a folder: a kernel that has met an error
		exit.Unavailable: fmt.Errorf("%w: %w", wal.ErrNoRoom, &fs.PathError{Op: "mkdir", Path: "/full/x", Err: syscall.ENOSPC}),
	} {
		if code != exit.Unavailable {
			err = fmt.Errorf("%w: %w", wal.ErrDisk, err)
		}
		require.Equal(t, code, exitOf(notStarted(err)), "%v", err)
	}
	for _, err := range []error{&fs.PathError{Op: "mkdir", Err: syscall.EIO}, &fs.PathError{Op: "open", Path: "/data/0000000000000001.wal", Err: syscall.ENOENT}} {
		require.Equal(t, exit.Disk, exitOf(notStarted(fmt.Errorf("%w: %w", wal.ErrDisk, err))), "%v", err)
	}
}
