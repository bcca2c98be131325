package members

// Goal: a cluster is grown, shrunk and repaired by the commands that the guide shows, and a claim that was won before is a duplicate after.
// Method: processes of the program on this machine, with claims before, between and after each change.

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
	"github.com/eventstreamcore/semel/dedup"
	cluster "github.com/eventstreamcore/semel/dedup/client"
)

func TestMain(m *testing.M) { os.Exit(semeltest.Main(m)) }

// place is a node with its addresses.
type place struct {
	*semeltest.Process
	id                int
	dir               string
	peer, http, redis string

	program string // empty: the one that ships
}

// site is a cluster of processes.
type site struct {
	dir, secret string
	nodes       map[int]*place
	won         []string
}

func (s *site) place(id int) *place {
	p := semeltest.Ports(3)
	return &place{id: id, dir: filepath.Join(s.dir, fmt.Sprint("node", id, "-", p[0][len(p[0])-5:])), peer: p[0], http: p[1], redis: p[2]}
}

func (s *site) start(t *testing.T, n *place, more ...string) {
	program := cmp.Or(n.program, semeltest.Binary(t))
	n.Process = semeltest.Launch(t, exec.Command(program, append([]string{"serve", "--id", fmt.Sprint(n.id), "--data", n.dir, "--peer-secret", s.secret,
		"--listen", n.peer, "--http", n.http, "--redis", n.redis}, more...)...), nil)
}

func startSite(t *testing.T) *site {
	s := &site{dir: t.TempDir(), nodes: map[int]*place{}}
	s.secret = filepath.Join(s.dir, "peer.secret")
	require.Zero(t, semeltest.Run(t, "", "secret", s.secret).Code)
	var peers []string
	for id := range 3 {
		s.nodes[id+1] = s.place(id + 1)
		peers = append(peers, fmt.Sprintf("%d=%s", id+1, s.nodes[id+1].peer))
	}
	for _, n := range s.nodes {
		s.start(t, n, "--peers", strings.Join(peers, ","))
	}
	s.claim(t)
	return s
}

func (s *site) addresses(of func(*place) string) string {
	var all []string
	for _, n := range s.nodes {
		all = append(all, of(n))
	}
	return strings.Join(all, ",")
}

func (s *site) https() string { return s.addresses(func(n *place) string { return n.http }) }
func (s *site) peers() string { return s.addresses(func(n *place) string { return n.peer }) }

func (s *site) semel(t *testing.T, args ...string) semeltest.Outcome {
	return semeltest.Run(t, s.https(), args...)
}

// claim wins a new key, and finds each that was won before taken.
func (s *site) claim(t *testing.T) {
	t.Helper()
	for _, key := range s.won {
		answer := s.semel(t, "claim", key, "--timeout", "30s")
		require.Equal(t, exit.Duplicate, answer.Code, "%s was won before: %s%s", key, answer.Out, answer.Errors)
	}
	key := fmt.Sprint("key-", len(s.won))
	answer := s.semel(t, "claim", key, "--timeout", "30s")
	require.Zero(t, answer.Code, answer.Errors)
	s.won = append(s.won, key)
}

func (s *site) members(t *testing.T) (m cluster.Members) {
	t.Helper()
	require.Eventually(t, func() bool {
		answer := s.semel(t, "members", "--json")
		return answer.Code == 0 && json.Unmarshal([]byte(answer.Out), &m) == nil && m.Tells
	}, semeltest.Patience, semeltest.Glance)
	return m
}

func (s *site) join(t *testing.T, id int, more ...string) *place {
	t.Helper()
	n := s.place(id)
	s.start(t, n, append([]string{"--join", s.peers()}, more...)...)
	return n
}

func (s *site) voter(t *testing.T, what string, n *place) {
	t.Helper()
	answer := s.semel(t, "members", what, fmt.Sprint(n.id), "--wait")
	require.Zero(t, answer.Code, "%s%s\n%s", answer.Out, answer.Errors, n.Errors.String())
	s.nodes[n.id] = n
}

// load claims one new key after another until it is ended, which returns those that were won and how often a claim had no answer.
func (s *site) load(t *testing.T) (end func() (won []string, unanswered int)) {
	nodes, err := cluster.New(cluster.Config{Nodes: strings.Split(s.https(), ","), Timeout: semeltest.Patience})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	var won []string
	unanswered := 0
	go func() {
		defer close(done)
		for k := 0; ctx.Err() == nil; k++ {
			key := fmt.Sprint("load-", k)
			a, err := nodes.Claim(context.WithoutCancel(ctx), cluster.Claim{Record: cluster.Record{Key: []byte(key)}, Owner: key})
			switch {
			case err != nil:
				unanswered++
			case a.Outcome == dedup.Won:
				won = append(won, key)
			}
		}
	}()
	return func() ([]string, int) {
		stop()
		<-done
		return won, unanswered
	}
}

// taken holds that each of these keys, which were won once, is won by nobody else.
func (s *site) taken(t *testing.T, keys []string) {
	nodes, err := cluster.New(cluster.Config{Nodes: strings.Split(s.https(), ","), Timeout: semeltest.Patience})
	require.NoError(t, err)
	defer nodes.Close()
	const together = 16 // which is one entry, mostly
	wrong := make([]error, together)
	var asking sync.WaitGroup
	for n := range together {
		asking.Go(func() {
			for k := n; k < len(keys) && wrong[n] == nil; k += together {
				a, err := nodes.Claim(t.Context(), cluster.Claim{Record: cluster.Record{Key: []byte(keys[k])}, Owner: "another"})
				if wrong[n] = err; err == nil && a.Outcome != dedup.Duplicate {
					wrong[n] = fmt.Errorf("%s was won before, and is answered %v", keys[k], a.Outcome)
				}
			}
		})
	}
	asking.Wait()
	require.NoError(t, errors.Join(wrong...))
}

func TestAClusterOfProcessesGrowsAndShrinks(t *testing.T) {
	s := startSite(t)
	end := s.load(t)
	for id := 4; id <= 5; id++ {
		n := s.join(t, id)
		if id == 5 { // a crash in the middle: the same command line goes on
			require.NoError(t, n.Process.Process.Signal(syscall.SIGKILL))
			<-n.Done
			s.start(t, n, "--join", s.peers())
		}
		s.claim(t)
		s.voter(t, "add", n)
		s.claim(t)
	}
	m := s.members(t)
	require.Len(t, m.All, 5)
	require.Equal(t, 58, m.SlotsLeft)
	var left *place
	follower := 1 + int(m.Leader)%5
	for _, id := range []int{int(m.Leader), follower} {
		answer := s.semel(t, "members", "remove", fmt.Sprint(id))
		require.Zero(t, answer.Code, "%s%s", answer.Out, answer.Errors)
		gone := s.nodes[id]
		delete(s.nodes, id)
		left = gone
		require.Equal(t, exit.Removed, gone.Code(t), gone.Errors.String())
		require.Contains(t, gone.Errors.String(), "joins with an empty one")
		require.Contains(t, s.semel(t, "members", "remove", fmt.Sprint(id)).Out, "nothing to do", "it may be repeated")
		s.claim(t)
	}
	require.Len(t, s.members(t).All, 3)
	won, unanswered := end()
	require.Zero(t, unanswered)
	require.NotEmpty(t, won)
	s.taken(t, won)
	t.Logf("%d claims won meanwhile", len(won))
	again := semeltest.Start(t, nil, "serve", "--data", left.dir, "--peer-secret", s.secret, "--listen", left.peer, "--http", left.http, "--redis", left.redis)
	require.Equal(t, exit.Removed, again.Code(t), again.Errors.String())
}

func TestADeadNodeIsReplacedByAnEmptyFolder(t *testing.T) {
	s := startSite(t)
	m := s.members(t)
	id := 1 + int(m.Leader)%3
	dead := s.nodes[id]
	require.NoError(t, dead.Process.Process.Signal(syscall.SIGKILL))
	<-dead.Done
	delete(s.nodes, id)
	other := 1 + id%3
	if other == int(m.Leader) {
		other = 1 + other%3
	}
	require.Eventually(t, func() bool { // the leader no longer counts it
		var told struct {
			Health struct {
				Unreachable []struct {
					Node    int
					SinceMs int `json:"since_ms"`
				}
			}
		}
		err := json.Unmarshal([]byte(s.semel(t, "status", "--json").Out), &told)
		quiet := told.Health.Unreachable
		return err == nil && len(quiet) == 1 && quiet[0].Node == id && quiet[0].SinceMs > 1000
	}, semeltest.Patience, semeltest.Glance)
	refused := s.semel(t, "members", "remove", fmt.Sprint(other))
	require.Equal(t, exit.No, refused.Code, "%s%s", refused.Out, refused.Errors)
	require.Contains(t, refused.Errors, "nothing could be decided")
	n := s.join(t, id, "--replace", fmt.Sprint(id))
	require.Eventually(t, func() bool {
		m := s.members(t)
		return m.Settled && len(m.All) == 3 && m.All[2].Slot == 4 && m.All[2].Role == "voter" && m.All[2].ID == uint8(id)
	}, semeltest.Patience, semeltest.Glance, "%v", &n.Errors)
	s.nodes[id] = n
	s.claim(t)
}

func TestWhoMayNotJoinIsTold(t *testing.T) {
	s := startSite(t)
	named := s.join(t, 4, "--cluster", "another")
	require.Equal(t, exit.Usage, named.Code(t), named.Errors.String())
	require.Contains(t, named.Errors.String(), "and not")
	nobody := s.join(t, 4, "--replace", "9")
	require.Equal(t, exit.Usage, nobody.Code(t), nobody.Errors.String())
	good := s.secret
	s.secret = filepath.Join(s.dir, "other.secret")
	require.Zero(t, semeltest.Run(t, "", "secret", s.secret).Code)
	stranger := s.join(t, 4)
	require.Equal(t, exit.Usage, stranger.Code(t), stranger.Errors.String())
	require.Contains(t, stranger.Errors.String(), "secret")
	s.secret = good
	alone := s.place(4)
	s.start(t, alone, "--join", semeltest.Ports(1)[0])
	require.Eventually(t, func() bool { return strings.Contains(alone.Errors.String(), "not taken in yet") }, semeltest.Patience, semeltest.Glance)
	require.Zero(t, alone.End(t, syscall.SIGTERM))
	require.Len(t, s.members(t).All, 3, "none of them is a member")
}

func TestAWipedFolderIsRefusedUntilItJoins(t *testing.T) {
	s := startSite(t)
	id := 1 + int(s.members(t).Leader)%3
	n := s.nodes[id]
	peers := n.Args[len(n.Args)-1]
	require.Zero(t, n.End(t, syscall.SIGTERM))
	require.NoError(t, os.RemoveAll(n.dir))
	s.start(t, n, "--peers", peers)
	require.Eventually(t, func() bool { return strings.Contains(n.Errors.String(), "with another folder") }, semeltest.Patience, semeltest.Glance, "%v", &n.Errors)
	require.False(t, semeltest.IsReady(n.http))
	n.End(t, syscall.SIGTERM)
	require.NoError(t, os.RemoveAll(n.dir))
	s.start(t, n, "--join", s.peers(), "--replace", fmt.Sprint(id))
	require.Eventually(t, func() bool {
		m := s.members(t)
		return m.Settled && len(m.All) == 3 && m.All[2].Slot == 4 && m.All[2].Role == "voter"
	}, semeltest.Patience, semeltest.Glance, "%v", &n.Errors)
	s.claim(t)
}
