package members

// Goal: a learner is sent all and decides nothing until it is promoted; a folder joins by a list of which much is wrong; who was removed is named by nobody; one
// node starts again without a secret. Method: processes of the program on this machine.

import (
	"encoding/json"
	"fmt"
	"net"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
)

func (s *site) role(t *testing.T, id int) string {
	for _, one := range s.members(t).All {
		if int(one.ID) == id {
			return one.Role
		}
	}
	return ""
}

func TestALearnerDecidesNothingUntilItIsPromoted(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	n := s.join(t, 4, "--learner")
	require.Eventually(t, func() bool { return s.role(t, 4) == "learner" && semeltest.IsReady(n.http) }, semeltest.Patience, semeltest.Glance, "%v", &n.Errors)
	s.claim(t)
	require.Zero(t, n.End(t, syscall.SIGTERM))
	s.claim(t) // nobody waits for a learner
	health := s.semel(t, "status").Out
	require.Contains(t, health, "quorum: 3 of 3", "it is none of those who decide")
	s.start(t, n) // by its folder, as what it was
	require.Eventually(t, func() bool { return semeltest.IsReady(n.http) }, semeltest.Patience, semeltest.Glance, "%v", &n.Errors)
	require.Equal(t, "learner", s.role(t, 4))
	require.Eventually(t, func() bool { return s.semel(t, "members", "promote", "4").Code == 0 }, semeltest.Patience, semeltest.Glance)
	require.Equal(t, "voter", s.role(t, 4))
	s.nodes[4] = n
	require.Contains(t, s.semel(t, "members", "promote", "4").Out, "done: node 4 in slot 4 is a voter")
	require.Equal(t, exit.Usage, s.semel(t, "members", "promote", "9").Code)
	s.claim(t)
	answer := s.semel(t, "members", "remove", "4")
	require.Zero(t, answer.Code, "%s%s", answer.Out, answer.Errors)
	delete(s.nodes, 4)
	require.Equal(t, exit.Removed, n.Code(t))
	require.Eventually(t, func() bool { return !s.names(t, 4) }, 4*time.Second, semeltest.Glance, "who was removed is named")
}

// names reports whether the health of the cluster speaks of a node.
func (s *site) names(t *testing.T, slot int) bool {
	var told struct {
		Health struct {
			Nodes       []struct{ Node int }
			Unreachable []struct{ Node int }
		}
	}
	if json.Unmarshal([]byte(s.semel(t, "status", "--json").Out), &told) != nil {
		return true
	}
	for _, one := range append(told.Health.Nodes, told.Health.Unreachable...) {
		if one.Node == slot {
			return true
		}
	}
	return false
}

func TestAFolderJoinsByAListOfWhichOneIsRight(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer silent.Close()
	_, port, err := net.SplitHostPort(s.nodes[2].peer)
	require.NoError(t, err)
	n := s.place(4)
	s.start(t, n, "--join", fmt.Sprintf("%s,%s,no-such-host.invalid:7300,%s,localhost:%s", semeltest.Ports(1)[0], silent.Addr(), s.nodes[1].http, port))
	s.voter(t, "add", n)
	require.Contains(t, n.Errors.String(), "look up no-such-host.invalid")
	require.Contains(t, n.Errors.String(), "connection refused")
	s.claim(t)
}

func TestOneNodeStartsAgainWithoutASecret(t *testing.T) {
	t.Parallel()
	s := &site{dir: t.TempDir(), nodes: map[int]*place{}}
	n := s.place(1)
	s.nodes[1] = n
	again := []string{"serve", "--data", n.dir, "--listen", n.peer, "--http", n.http, "--redis", n.redis}
	n.Process = semeltest.Start(t, nil, append(again, "--id", "1", "--peers", "1="+n.peer)...)
	s.claim(t)
	require.Zero(t, n.End(t, syscall.SIGTERM))
	n.Process = semeltest.Start(t, nil, again...)
	s.claim(t)
	require.Zero(t, n.End(t, syscall.SIGTERM))

	many := startSite(t)
	one := many.nodes[1]
	require.Zero(t, one.End(t, syscall.SIGTERM))
	alone := semeltest.Start(t, nil, "serve", "--data", one.dir, "--listen", one.peer, "--http", one.http, "--redis", one.redis)
	require.Equal(t, exit.Usage, alone.Code(t))
	require.Contains(t, alone.Errors.String(), "the secret of the cluster is missing")
	none := semeltest.Start(t, nil, "serve", "--id", "4", "--data", filepath.Join(s.dir, "none"), "--listen", one.peer, "--join", one.peer, "--http", one.http, "--redis", one.redis)
	require.Equal(t, exit.Usage, none.Code(t))
	require.Contains(t, none.Errors.String(), "--peer-secret (or SEMEL_PEER_SECRET) is missing")
}
