package simulator_test

// Goal: a run is a function of its seed, and the service's own state machine is one state on all replicas:
// for each key exactly one execution is ever told WON, whatever goes wrong. Method: claims of a
// few keys by many executions, drawn faults, retries with the same owner after an unknown outcome.

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

func newMachine() *server.Machine {
	return server.NewMachine(dedup.Bootstrap{
		Cluster: dedup.ClusterID{1}, Secret: dedup.Secret{2}, CapacityKeys: 1000, CapacityBytes: 1000 * dedup.CellBytes,
	})
}

func hashOf(m *simulator.Member) (hash uint64) {
	m.Machine().(*server.Machine).View(func(m *dedup.Machine) { hash = m.Hash() })
	return hash
}

// execution is one process that wants to be the first for a key; it repeats its call, with its owner,
// until it is answered.
type execution struct {
	key     uint8
	owner   dedup.Owner
	outcome dedup.Outcome
	token   uint64
}

// shortLog is of which logs are forgotten many times in a run.
const shortLog = 256

type service struct {
	*simulator.World
	random     *rand.Rand
	executions []*execution
}

func newService(cfg simulator.Config) *service {
	cfg.Servers = 3
	cfg.Replica.Raft = raft.Config{HeartbeatTicks: 3}
	cfg.Machine = func(protocol.NodeID) node.StateMachine { return newMachine() }
	return &service{World: simulator.New(cfg), random: rand.New(rand.NewPCG(cfg.Seed, 1))}
}

// begin starts an execution at a member.
func (s *service) begin(key uint8) {
	e := &execution{key: key, owner: dedup.Owner(len(s.executions) + 1)}
	s.executions = append(s.executions, e)
	s.claim(e)
}

// claim calls, at any member that is up, and again where it was not applied or nobody knows.
func (s *service) claim(e *execution) {
	m := s.Members[s.random.IntN(len(s.Members))]
	if !m.Running() || m.Err() != nil {
		return
	}
	c := dedup.AppendClaim(nil, dedup.Claim{Key: dedup.Key{e.key}, Owner: e.owner})
	m.Propose(c, 500*time.Millisecond, func(answers []byte, err error) {
		if err == nil {
			decoded, err := server.DecodeAnswers(answers, 1)
			if err != nil {
				panic(err) // the replica handed over what its machine did not append
			}
			e.outcome, e.token = decoded[0].Outcome, decoded[0].Token
		}
	})
}

// retry has all that have no answer call again: an unknown outcome, or a client whose node died.
func (s *service) retry() {
	for _, e := range s.executions {
		if e.outcome == 0 {
			s.claim(e)
		}
	}
}

func (s *service) fault() {
	m := s.Members[s.random.IntN(len(s.Members))]
	switch s.random.IntN(5) {
	case 0:
		if m.Running() {
			m.Crash()
		}
	case 1, 2:
		if !m.Running() {
			m.Start()
		}
	case 3:
		s.Isolate(m.ID)
	case 4:
		s.Heal()
	}
}

// finish heals, and has all executions answered and all replicas level.
func (s *service) finish() error {
	s.Heal()
	for _, m := range s.Members {
		if !m.Running() {
			m.Start()
		}
	}
	for range 100 {
		s.retry()
		if err := s.Run(time.Second); err != nil {
			return err
		}
		if s.level() {
			return nil
		}
	}
	return errors.New("not level after 100 s of health")
}

func (s *service) level() bool {
	for _, e := range s.executions {
		if e.outcome == 0 {
			return false
		}
	}
	want, _ := s.Members[0].Status()
	for _, m := range s.Members {
		if st, _ := m.Status(); st.Applied != want.LastIndex || st.LastIndex != want.LastIndex {
			return false
		}
	}
	return true
}

// judge: one state everywhere, and for each key one winner; all others were told its token.
func (s *service) judge() error {
	hash := hashOf(s.At(1))
	for _, m := range s.Members {
		if other := hashOf(m); other != hash {
			return fmt.Errorf("replicas 1 and %d differ: %x and %x", m.ID, hash, other)
		}
	}
	winner := map[uint8]*execution{}
	for _, e := range s.executions {
		if e.outcome != dedup.Won {
			continue
		}
		if first := winner[e.key]; first != nil {
			return fmt.Errorf("key %d was won by %d and by %d", e.key, first.owner, e.owner)
		}
		winner[e.key] = e
	}
	for _, e := range s.executions {
		if w := winner[e.key]; w == nil || w.token != e.token {
			return fmt.Errorf("execution %d of key %d was answered %v with token %d, the winner is %+v", e.owner, e.key, e.outcome, e.token, w)
		}
	}
	return nil
}

// trouble has small logs in every other run, over disks of both kinds.
func trouble(seed uint64) (*service, error) {
	cfg := simulator.Config{Seed: seed, Loss: 0.05, Duplicate: 0.05, WallSkew: time.Hour, WAL: seed&2 > 0}
	if seed&1 > 0 {
		cfg.Replica.SnapshotBytes, cfg.Asked = shortLog, 0.01
	}
	s := newService(cfg)
	for range 25 {
		if s.random.IntN(3) == 0 {
			s.fault()
		}
		s.begin(uint8(s.random.IntN(8)))
		if err := s.Run(time.Duration(s.random.IntN(150)) * time.Millisecond); err != nil {
			return s, err
		}
	}
	return s, s.finish()
}

func TestOneWinnerForEachKey(t *testing.T) {
	rapid.Check(t, func(draw *rapid.T) {
		s, err := trouble(rapid.Uint64().Draw(draw, "seed"))
		require.NoError(draw, err)
		require.NoError(draw, s.judge())
	})
}

// The judge can fail: an answer that is changed in one execution's ears is noticed.
func TestASecondWinnerIsNoticed(t *testing.T) {
	s, err := trouble(1)
	require.NoError(t, err)
	require.NoError(t, s.judge())
	for _, e := range s.executions {
		if e.outcome == dedup.Duplicate {
			e.outcome = dedup.Won
			break
		}
	}
	require.Error(t, s.judge())
}

func TestARunIsAFunctionOfItsSeed(t *testing.T) {
	fingerprint := func(seed uint64) string {
		s, err := trouble(seed)
		require.NoError(t, err)
		text := fmt.Sprint(s.Now(), s.Events())
		for _, m := range s.Members {
			st, _ := m.Status()
			text += fmt.Sprintf(" %x %d %d", hashOf(m), st.Term, st.LogTime)
		}
		return text
	}
	for seed := range uint64(5) {
		first := fingerprint(seed)
		require.Equal(t, first, fingerprint(seed))
	}
	require.NotEqual(t, fingerprint(1), fingerprint(2))
}
