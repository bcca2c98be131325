package members

// Goal: nodes are upgraded one at a time, under load, whoever leads; the log's version rises when all of them speak the next one and not before; a program that does
// not speak it says so and takes no part; nothing that was won is won again. Method: processes of the program that ships and of one that speaks one version
// more, which stops the first one at each entry behind the raise; the procedure of docs/procedures, as it stands there.

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
	cluster "github.com/eventstreamcore/semel/dedup/client"
	"github.com/eventstreamcore/semel/raft/node"
)

// restart stops a node, and starts it with another program.
func (s *site) restart(t *testing.T, id int, program string) {
	t.Helper()
	n := s.nodes[id]
	require.Zero(t, n.End(t, syscall.SIGTERM), n.Errors.String())
	n.program = program
	s.start(t, n)
}

// allReady waits until each node takes calls.
func (s *site) allReady(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return s.semel(t, "status").Code == 0 }, semeltest.Patience, semeltest.Glance)
}

// lead has a node lead.
func (s *site) lead(t *testing.T, id int) {
	t.Helper()
	require.Eventually(t, func() bool {
		return int(s.members(t).Leader) == id || s.semel(t, "transfer", "--to", fmt.Sprint(id)).Code == 0
	}, semeltest.Patience, semeltest.Glance)
}

// version waits until who leads says of the version what is wanted.
func (s *site) version(t *testing.T, wanted func(*cluster.Members) bool) {
	t.Helper()
	var m cluster.Members
	require.Eventually(t, func() bool { m = s.members(t); return wanted(&m) }, semeltest.Patience, semeltest.Glance, "%+v", &m)
}

func isRaised(m *cluster.Members) bool { return m.Version == 2 }

// heldBy is what a leader says that speaks 2, while these do not.
func heldBy(slots ...int) func(*cluster.Members) bool {
	return func(m *cluster.Members) bool {
		return m.Version == 1 && m.Speaks == 2 && slices.Equal(m.HeldBy, slots)
	}
}

func TestProgramsOfTwoVersionsShareALog(t *testing.T) {
	s := startSite(t)
	s.allReady(t)
	end := s.load(t)
	for id := 1; id <= 3; id++ {
		s.restart(t, id, semeltest.Next(t))
		s.allReady(t)
		if id < 3 {
			s.lead(t, id) // the new program
			s.version(t, heldBy([]int{2, 3}[id-1:]...))
			s.claim(t)
			require.Contains(t, s.semel(t, "members").Out, "version 1 of the log; version 2 waits for node ")
			require.Contains(t, s.semel(t, "status").Out, []string{"\nversion 1 of the log; up to 1 spoken by 2 and 3; up to 2 spoken by 1\n",
				"\nversion 1 of the log; up to 1 spoken by 3; up to 2 spoken by 1 and 2\n"}[id-1])
			s.lead(t, 3) // the old one
			s.claim(t)
			require.EqualValues(t, 1, s.members(t).Version)
		}
	}
	s.version(t, isRaised)
	require.Eventually(t, func() bool { return strings.HasSuffix(s.semel(t, "status").Out, "\nversion 2 of the log\n") }, semeltest.Patience, semeltest.Glance)
	s.claim(t)
	won, unanswered := end()
	require.Zero(t, unanswered)
	require.NotEmpty(t, won)
	s.taken(t, won)
	t.Logf("%d claims won meanwhile", len(won))
	s.whoDoesNotSpeakIt(t)
}

// whoDoesNotSpeakIt starts nodes with the program that ships, in a cluster that has a later version.
func (s *site) whoDoesNotSpeakIt(t *testing.T) {
	n := s.nodes[2]
	require.Zero(t, n.End(t, syscall.SIGTERM), n.Errors.String())
	n.program = ""
	s.start(t, n) // it does not open the folder
	require.Equal(t, exit.Upgrade, n.Code(t), n.Errors.String())
	require.Contains(t, n.Errors.String(), "this program does not speak the cluster's version")
	require.Contains(t, n.Errors.String(), "it speaks 1, and the cluster's version is 2")
	require.NoError(t, os.Remove(filepath.Join(n.dir, node.VersionName)))
	s.start(t, n) // it is refused, or stops at the entry
	require.Equal(t, exit.Upgrade, n.Code(t), n.Errors.String())
	s.claim(t)
	n.program = semeltest.Next(t)
	s.start(t, n) // the folder is as it was
	s.allReady(t)
	s.claim(t)

	old := s.join(t, 4)
	require.Equal(t, exit.Usage, old.Code(t), old.Errors.String())
	require.Contains(t, old.Errors.String(), "the program of the node that is to join speaks 1, the cluster's version is 2")
	require.Len(t, s.members(t).All, 3)
	late := s.place(4)
	late.program = semeltest.Next(t)
	s.start(t, late, "--join", s.peers())
	s.voter(t, "add", late)
	s.claim(t)
	require.EqualValues(t, 2, s.members(t).Version)
}

func TestTheProcedureOfAnUpgradeHolds(t *testing.T) {
	s := startSite(t)
	s.allReady(t)
	end := s.load(t)
	hook := filepath.Join(s.dir, "hook")
	require.NoError(t, os.WriteFile(hook, []byte("touch "+s.dir+"/$1.stop\nuntil [ -e "+s.dir+"/$1.started ]; do sleep 0.1; done\n"), 0o600))
	script := exec.Command("sh", filepath.Join("..", "..", "..", "docs", "procedures", "rolling-upgrade.sh"))
	file := filepath.Join(s.dir, "f.backup")
	done := semeltest.Launch(t, script, []string{"PATH=" + filepath.Dir(semeltest.Binary(t)) + string(os.PathListSeparator) + os.Getenv("PATH"),
		"SEMEL_NODES=" + s.https(), "NODES=3 1 2", "UPGRADE=sh " + hook, "BACKUP=" + file})
	for _, id := range []int{3, 1, 2} {
		require.Eventually(t, func() bool {
			_, err := os.Stat(filepath.Join(s.dir, fmt.Sprint(id, ".stop")))
			return !errors.Is(err, fs.ErrNotExist)
		}, semeltest.Patience, semeltest.Glance, "%v%v", &done.Out, &done.Errors)
		s.restart(t, id, semeltest.Next(t))
		require.NoError(t, os.WriteFile(filepath.Join(s.dir, fmt.Sprint(id, ".started")), nil, 0o600))
	}
	require.Zero(t, done.Code(t), "%v%v", &done.Out, &done.Errors)
	require.True(t, strings.HasSuffix(done.Out.String(), "\nversion 2 of the log\n"), done.Out.String())
	require.FileExists(t, file)
	won, unanswered := end()
	require.Zero(t, unanswered)
	s.taken(t, won)
	t.Logf("%d claims won meanwhile", len(won))
}
