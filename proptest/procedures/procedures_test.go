package procedures

// Goal: each procedure of docs/operations.md does what it says while clients claim, and nothing that they saw breaks a promise. Method: the scripts of
// docs/procedures as they stand there, on processes of the program on this machine, side by side; porcupine judges each history. What is not the script's is the
// test's: who dies, what fills a disk.

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
	"github.com/eventstreamcore/semel/linearizability"
)

// procedures are the scripts that run here; others say where they run.
var (
	procedures = map[string]func(*testing.T){
		"set-up.sh": setUp, "grow.sh": grow, "shrink.sh": shrink, "replace-a-dead-node.sh": replaceADeadNode, "move.sh": move, "lost-quorum.sh": lostQuorum,
	}
	elsewhere = map[string]string{"backup-and-restore.sh": "cmd/semel/backup/restore_test.go", "rolling-upgrade.sh": "cmd/semel/members/upgrade_test.go"}
)

func TestProcedures(t *testing.T) {
	for name, does := range procedures {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			does(t)
		})
	}
}

func TestTheGuideShowsWhatRuns(t *testing.T) {
	guide, scripts := shown(t)
	require.NotEmpty(t, scripts)
	require.Equal(t, scripts, blocks(guide), "docs/operations.md shows something else than docs/procedures does")
}

func TestEachScriptRunsSomewhere(t *testing.T) {
	_, scripts := shown(t)
	for name := range scripts {
		if procedures[name] == nil {
			require.NotEmpty(t, elsewhere[name], "nobody runs %s", name)
			test, err := os.ReadFile(filepath.Join("..", "..", elsewhere[name]))
			require.NoError(t, err)
			require.Contains(t, string(test), `"`+name+`"`)
		}
	}
}

func TestAGuideThatShowsSomethingElseIsFound(t *testing.T) {
	guide, scripts := shown(t)
	for name, does := range scripts {
		for line := range strings.Lines(does) {
			altered := strings.Replace(does, line, "\ttrue "+line, 1)
			require.Equal(t, altered, blocks(strings.Replace(guide, does, altered, 1))[name], "another line of %s is not seen", name)
		}
		require.NotContains(t, blocks(strings.Replace(guide, "(procedures/"+name+")", "", 1)), name)
	}
	require.Equal(t, map[string]string{"a.sh": "semel status\n"}, blocks("as [a script](procedures/a.sh):\n\n```sh\nsemel status\n```\n"))
	require.Empty(t, blocks("as [a script](procedures/a.sh), and later:\n\ntext\n\n```sh\nsemel status\n```\n"))
}

// shown is the guide, and what each script does.
func shown(t *testing.T) (guide string, scripts map[string]string) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	require.NoError(t, err)
	paths, err := filepath.Glob(filepath.Join(where, "*"))
	require.NoError(t, err)
	scripts = map[string]string{}
	for _, path := range paths {
		scripts[filepath.Base(path)] = body(t, filepath.Base(path))
	}
	return string(text), scripts
}

func setUp(t *testing.T) {
	s := reserve(t)
	said := run(t, "set-up.sh", append(s.doors(), "DIR="+s.dir, "PEERS="+s.peers, "SEMEL_NODES="+s.all())...)
	require.Contains(t, said, "quorum: 3 of 3", said)
	l := begin(t, s.https())
	l.judge(t)
	v := linearizability.Judge(twice(l.recorder.History()))
	require.Equal(t, linearizability.Rejected, v.Porcupine.Result, "a key that was won twice is found")
}

func grow(t *testing.T) {
	s := running(t)
	n := newPlace(s.dir, 4)
	l := begin(t, s.https(n))
	said := run(t, "grow.sh", append(n.at(s), "SEMEL_NODES="+s.all(), "JOIN="+s.but(nil))...)
	require.Contains(t, said, "done: node 4 in slot 4 is a voter")
	require.Equal(t, 4, s.voters(t, n))
	l.more(t)
	s.nodes[0].kill(t) // four voters bear one
	l.judge(t)
}

func shrink(t *testing.T) {
	s := running(t)
	l := begin(t, s.https())
	said := run(t, "shrink.sh", "SEMEL_NODES="+s.all())
	require.Contains(t, said, "done: node 2 is a member no more")
	require.Equal(t, exit.Removed, s.nodes[1].Code(t))
	require.Equal(t, 2, s.voters(t))
	l.judge(t)
}

func replaceADeadNode(t *testing.T) {
	s := running(t)
	n := newPlace(filepath.Join(s.dir, "new"), 3)
	l := begin(t, s.https(n))
	s.nodes[2].kill(t)
	require.NoError(t, os.RemoveAll(s.nodes[2].dir))
	said := run(t, "replace-a-dead-node.sh", append(n.at(s), "SEMEL_NODES="+s.all(), "JOIN="+s.but(s.nodes[2]))...)
	require.Contains(t, said, "done: node 3 in slot 4 is a voter")
	require.Equal(t, 3, s.voters(t, n))
	s.nodes[0].kill(t) // the new one counts
	l.judge(t)
}

func move(t *testing.T) {
	s := running(t)
	old := s.nodes[1]
	n := newPlace(filepath.Join(s.dir, "elsewhere"), 2)
	require.NoError(t, os.MkdirAll(filepath.Dir(n.dir), 0o700))
	l := begin(t, s.https(n))
	s.nodes[1] = n
	said := run(t, "move.sh", append(n.at(s), "SEMEL_NODES="+s.all(), "PEERS="+strings.Replace(s.peers, old.peer, n.peer, 1),
		"PID="+strconv.Itoa(old.Process.Process.Pid), "FROM="+old.dir, "TO="+n.dir)...)
	require.Zero(t, old.Code(t))
	require.Contains(t, said, "quorum: 3 of 3", said)
	l.more(t)
	s.nodes[0].kill(t)
	l.judge(t)
}

// lostQuorum loses two of three for good. The one that is left has led: all that was answered stands in its log. Where another one is left that need not be so, and
// nobody could know.
func lostQuorum(t *testing.T) {
	old, s := running(t), reserve(t)
	l := begin(t, old.https())
	left, _ := old.leader(t)
	for _, n := range old.nodes {
		if n != left {
			n.kill(t)
			require.NoError(t, os.RemoveAll(n.dir))
		}
	}
	left.kill(t)
	file := filepath.Join(s.dir, "left.backup")
	require.Equal(t, exit.Usage, semeltest.Run(t, "", "backup", "--from", left.dir, file).Code, "it wants a word")
	said := run(t, "lost-quorum.sh", append(s.doors(), "LEFT="+left.dir, "FILE="+file, "DATA="+s.dir, "SECRET="+old.secret, "CLUSTER=again", "PEERS="+s.peers,
		"SEMEL_NODES="+s.all())...)
	require.Equal(t, 3, strings.Count(said, "tokens go on above"), said)
	l.goTo(s.https())
	l.judge(t)
}
