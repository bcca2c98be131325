package members

// Goal: nodes that are told how many they are to be, and where they may be, form one cluster, and never a second one. Method: processes of the program on this
// machine, which find one another by a list with a name in it; one too many, two of one id, one that is killed in the middle, one that is wiped.

import (
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
)

// reserve is places for nodes with these ids, and the list by which they find one another: the first by a name.
func reserve(t *testing.T, ids ...int) (s *site, list string) {
	s = &site{dir: t.TempDir(), nodes: map[int]*place{}}
	s.secret = s.dir + "/peer.secret"
	require.Zero(t, semeltest.Run(t, "", "secret", s.secret).Code)
	var all []string
	for k, id := range ids {
		n := s.place(id)
		s.nodes[id] = n
		at := n.peer
		if _, port, err := net.SplitHostPort(at); err == nil && k == 0 {
			at = "localhost:" + port
		}
		all = append(all, at)
	}
	return s, strings.Join(all, ",")
}

func (n *place) says(t *testing.T, text string) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Contains(n.Errors.String(), text) }, semeltest.Patience, semeltest.Glance, "%q: %v", text, &n.Errors)
}

func TestNodesFindTheirFirstMembers(t *testing.T) {
	t.Parallel()
	s, list := reserve(t, 3, 5, 9)
	found := []string{"--bootstrap-expect", "3", "--join", list}
	s.start(t, s.nodes[3], found...)
	s.nodes[3].says(t, "found 1 of 3")
	s.start(t, s.nodes[5], found...)
	s.nodes[3].says(t, "found 2 of 3")
	require.NoError(t, s.nodes[5].Process.Process.Signal(syscall.SIGKILL)) // in the middle
	<-s.nodes[5].Done
	twin := s.place(5)
	s.start(t, twin, "--bootstrap-expect", "3", "--join", list+","+twin.peer)
	s.start(t, s.nodes[9], "--bootstrap-expect", "3", "--join", list+","+twin.peer)
	s.start(t, s.nodes[5], found...)
	twin.says(t, "two nodes have the id 5")
	require.Zero(t, twin.End(t, syscall.SIGTERM), "nobody has decided which of them it is")
	s.claim(t)
	m := s.members(t)
	require.Len(t, m.All, 3)
	for k, id := range []uint8{3, 5, 9} {
		require.Equal(t, id, m.All[k].Slot)
		require.Equal(t, "voter", m.All[k].Role)
	}
	s.start(t, twin, "--bootstrap-expect", "3", "--join", list)
	require.Equal(t, exit.Usage, twin.Code(t), "it is too late")
	require.Contains(t, twin.Errors.String(), "there is a cluster of this name")

	n := s.nodes[5]
	require.Zero(t, n.End(t, syscall.SIGTERM))
	s.start(t, n, found...) // its folder has a log: the line may stay as it is
	s.claim(t)
	require.Zero(t, n.End(t, syscall.SIGTERM))
	require.NoError(t, os.RemoveAll(n.dir))
	s.start(t, n, found...)
	require.Equal(t, exit.Usage, n.Code(t), "a wiped node founds nothing")
	require.Contains(t, n.Errors.String(), "--replace")
	s.start(t, n, "--join", list, "--replace", "5")
	require.Eventually(t, func() bool {
		m := s.members(t)
		return m.Settled && len(m.All) == 3 && m.All[2].Slot == 10 && m.All[2].Role == "voter"
	},
		semeltest.Patience, semeltest.Glance, "%v", &n.Errors)
	s.claim(t)
}

func TestTooManyFirstMembersBeginNothing(t *testing.T) {
	t.Parallel()
	s, list := reserve(t, 1, 2, 3)
	for id := 1; id <= 2; id++ {
		s.start(t, s.nodes[id], "--bootstrap-expect", "2", "--join", list)
		if id == 1 {
			s.start(t, s.nodes[3], "--bootstrap-expect", "3", "--join", list)
			s.nodes[3].says(t, "expects 2 first members, and this one 3")
		}
	}
	s.nodes[1].says(t, "expects 3 first members, and this one 2")
	require.Zero(t, s.nodes[3].End(t, syscall.SIGTERM))
	delete(s.nodes, 3)
	s.claim(t)
	for want, more := range map[string][]string{
		"--bootstrap-expect (SEMEL_BOOTSTRAP_EXPECT) is \"1\"": {"--bootstrap-expect", "1", "--join", list},
		"--join (or SEMEL_JOIN) is missing":                    {"--bootstrap-expect", "3"},
		"none of --replace and --learner":                      {"--bootstrap-expect", "3", "--join", list, "--learner"},
	} {
		n := s.place(7)
		s.start(t, n, more...)
		require.Equal(t, exit.Usage, n.Code(t), fmt.Sprint(more))
		require.Contains(t, n.Errors.String(), want)
	}
}
