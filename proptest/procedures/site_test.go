package procedures

// Shared by the tests of this room: a cluster of processes, the scripts, and what they are told.

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
)

func TestMain(m *testing.M) {
	code := semeltest.Main(m)
	_ = os.Remove(weatherBinary())
	os.Exit(code)
}

// where is the folder of the scripts.
var where = filepath.Join("..", "..", "docs", "procedures")

// place is a node's addresses and folder, and its process where the test itself has started it.
type place struct {
	*semeltest.Process
	id                     int
	dir, peer, http, redis string
}

// site is a cluster.
type site struct {
	dir, secret, peers string
	nodes              []*place // in the order of their ids
}

func newPlace(dir string, id int) *place {
	p := semeltest.Ports(3)
	return &place{id: id, dir: filepath.Join(dir, strconv.Itoa(id)), peer: p[0], http: p[1], redis: p[2]}
}

// reserve is three nodes that do not run yet.
func reserve(t *testing.T) *site {
	s := &site{dir: t.TempDir()}
	s.secret = filepath.Join(s.dir, "peer.secret")
	var peers []string
	for id := 1; id <= 3; id++ {
		n := newPlace(s.dir, id)
		s.nodes = append(s.nodes, n)
		peers = append(peers, fmt.Sprintf("%d=%s", id, n.peer))
	}
	s.peers = strings.Join(peers, ",")
	return s
}

// running is three nodes that take calls.
func running(t *testing.T, environment ...string) *site {
	s := reserve(t)
	require.Zero(t, semeltest.Run(t, "", "secret", s.secret).Code)
	for _, n := range s.nodes {
		s.start(t, n, environment)
	}
	s.wellBe(t)
	return s
}

func (s *site) start(t *testing.T, n *place, environment []string) {
	n.Process = semeltest.Start(t, environment, "serve", "--id", strconv.Itoa(n.id), "--data", n.dir, "--peer-secret", s.secret, "--peers", s.peers, "--http", n.http, "--redis", n.redis)
}

// wellBe waits until nothing is wrong.
func (s *site) wellBe(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return semeltest.Run(t, s.all(), "status").Code == 0 }, semeltest.Patience, semeltest.Glance)
}

func (s *site) https(more ...*place) (all []string) {
	for _, n := range append(s.nodes[:len(s.nodes):len(s.nodes)], more...) {
		all = append(all, n.http)
	}
	return all
}

func (s *site) all(more ...*place) string { return strings.Join(s.https(more...), ",") }

// but is all addresses for nodes but one's, as a list to join by.
func (s *site) but(out *place) string {
	var all []string
	for _, n := range s.nodes {
		if n != out {
			all = append(all, n.peer)
		}
	}
	return strings.Join(all, ",")
}

// doors are the variables of three nodes' doors.
func (s *site) doors() (variables []string) {
	for _, n := range s.nodes {
		variables = append(variables, fmt.Sprintf("HTTP%d=%s", n.id, n.http), fmt.Sprintf("REDIS%d=%s", n.id, n.redis))
	}
	return variables
}

// at are the variables of one node's place.
func (n *place) at(s *site) []string {
	return []string{"DATA=" + n.dir, "SECRET=" + s.secret, "LISTEN=" + n.peer, "HTTP=" + n.http, "REDIS=" + n.redis}
}

// leader returns who leads, and somebody else.
func (s *site) leader(t *testing.T) (leads, other *place) {
	t.Helper()
	var m struct {
		Leader int
	}
	require.Eventually(t, func() bool {
		answer := semeltest.Run(t, s.all(), "members", "--json")
		return answer.Code == 0 && json.Unmarshal([]byte(answer.Out), &m) == nil && m.Leader > 0
	}, semeltest.Patience, semeltest.Glance)
	return s.nodes[m.Leader-1], s.nodes[m.Leader%len(s.nodes)]
}

// voters are how many decide.
func (s *site) voters(t *testing.T, more ...*place) (n int) {
	t.Helper()
	var m struct {
		Settled bool
		Members []struct{ Role string }
	}
	answer := semeltest.Run(t, s.all(more...), "members", "--json")
	require.Zero(t, answer.Code, answer.Errors)
	require.NoError(t, json.Unmarshal([]byte(answer.Out), &m))
	for _, one := range m.Members {
		if one.Role == "voter" {
			n++
		}
	}
	return n
}

// kill ends a node as a power cut does.
func (n *place) kill(t *testing.T) {
	require.NoError(t, n.Process.Process.Signal(syscall.SIGKILL))
	<-n.Done
}

// run runs a script of docs/procedures to its end. What it leaves behind runs until the end of the test.
func run(t *testing.T, name string, variables ...string) string {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), name+".out"))
	require.NoError(t, err)
	script := exec.Command("sh", filepath.Join(where, name))
	script.Env = append(append(os.Environ(), "PATH="+filepath.Dir(semeltest.Binary(t))+string(os.PathListSeparator)+os.Getenv("PATH")), variables...)
	script.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	script.Stdout, script.Stderr = out, out // a file: nobody waits for what is left behind
	require.NoError(t, script.Start())
	t.Cleanup(func() { _ = syscall.Kill(-script.Process.Pid, syscall.SIGKILL) })
	err = script.Wait()
	said, _ := os.ReadFile(out.Name())
	require.NoError(t, err, "%s", said)
	return string(said)
}

// body is what a script does, as the guide shows it: all behind "set -eu".
func body(t *testing.T, name string) string {
	text, err := os.ReadFile(filepath.Join(where, name))
	require.NoError(t, err)
	_, does, found := strings.Cut(string(text), "\nset -eu\n\n")
	require.True(t, found, "%s does not stop at what fails: set -eu", name)
	return does
}

// blocks are what the guide shows of scripts, by their names: a link, and the block behind it.
func blocks(guide string) map[string]string {
	shown := map[string]string{}
	for _, m := range regexp.MustCompile("(?s)\\]\\(procedures/([a-z-]+\\.sh)\\)[^\n]*\n+```sh\n(.*?)```").FindAllStringSubmatch(guide, -1) {
		shown[m[1]] = m[2]
	}
	return shown
}
