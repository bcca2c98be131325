// Package local is a server.Service over one dedup.Machine in memory, for the
// tests of the doors: the log is a counter, the clock is a number that the test
// moves, and faults are asked for one call ahead. What it is given is checked
// like a replica would check it, so that a door can't propose what an entry
// would not hold.
package local

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/backup"
	"github.com/eventstreamcore/semel/dedup/server"
)

// Start is log time at the beginning.
var Start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// Service is a node that is a whole cluster. It is safe for concurrent use.
type Service struct {
	mu      sync.Mutex
	machine *dedup.Machine
	results dedup.Results
	answers []server.Answer
	index   uint64
	now     time.Time
	age     time.Duration
	failing error
	losing  bool
	held    chan struct{}
	waiting chan struct{}
	status  server.Status
	calls   []int
	opened  int
}

// New returns a Service with room for keys records that has applied its
// bootstrap entry; with no keys it is loading until the end.
func New(keys uint64) *Service {
	s := &Service{machine: dedup.New(), now: Start, waiting: make(chan struct{}, 1000), status: server.Status{Ready: keys > 0, Node: 1, Role: "leader", Term: 1, Leader: 1, Peers: []server.Peer{}}}
	if keys > 0 {
		b := dedup.Bootstrap{Secret: dedup.Secret{1: 1}, CapacityKeys: keys, CapacityBytes: 1 << 20}
		s.apply(dedup.AppendBootstrap(nil, s.stamp(), &b))
	}
	return s
}

// Do applies the commands soon, on a goroutine of its own. Once done has returned
// the answers are wiped, so that a door that keeps them shows it.
func (s *Service) Do(commands []byte, answers int, _ server.When, done func([]server.Answer, error)) {
	go s.do(commands, answers, done)
}

func (s *Service) do(commands []byte, answers int, done func([]server.Answer, error)) {
	s.wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, answers)
	if n, err := dedup.CountAnswers(commands); err != nil || n != answers || n > dedup.MaxCommands {
		panic(fmt.Sprintf("a door proposed %d commands as %d: %v", n, answers, err))
	}
	if err := s.fault(); err != nil {
		done(nil, err)
		return
	}
	s.apply(append(dedup.AppendHeader(nil, s.stamp()), commands...))
	if s.losing {
		s.losing = false
		done(nil, server.ErrUnknown)
		return
	}
	s.answers = server.AppendAnswers(s.answers[:0], &s.results, 0, answers)
	done(s.answers, nil)
	for _, a := range s.answers {
		clear(a.Value)
		clear(a.Fingerprint)
	}
	clear(s.answers)
}

func (s *Service) wait() {
	s.mu.Lock()
	held := s.held
	s.mu.Unlock()
	if held != nil {
		s.waiting <- struct{}{}
		<-held
	}
}

// Waiting is told of each call that Hold holds.
func (s *Service) Waiting() <-chan struct{} { return s.waiting }

func (s *Service) fault() error {
	err := s.failing
	s.failing = nil
	return err
}

func (s *Service) apply(payload []byte) {
	s.index++
	if err := s.machine.Apply(s.index, payload, &s.results); err != nil {
		panic(err)
	}
}

func (s *Service) stamp() uint64 { return uint64(s.now.UnixNano()) }

// Secret returns the secret, unless the Service is loading.
func (s *Service) Secret() (dedup.Secret, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	configuration, ok := s.machine.Configuration()
	return configuration.Secret, ok
}

// Peek reads the record of key as it is now, and says of it what Age sets.
func (s *Service) Peek(key dedup.Key) (server.Answer, time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := server.Peek(s.machine, key)
	return a, s.age, err
}

// Age sets how old what is peeked is said to be.
func (s *Service) Age(age time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.age = age
}

// Transfer has the node of that number lead, or fails as Fail says.
func (s *Service) Transfer(_ context.Context, to uint8) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fault(); err != nil {
		return err
	}
	s.status.Leader = max(to, 2)
	return nil
}

// TakeSnapshot covers what SetStatus set, or fails as Fail says.
func (s *Service) TakeSnapshot(context.Context) (index uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fault(); err != nil {
		return 0, err
	}
	s.status.Snapshots.Index = s.status.Applied
	return s.status.Applied, nil
}

// TakeBackup is of the state as it is, or fails as Fail says.
func (s *Service) TakeBackup(context.Context) (*server.Backup, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fault(); err != nil {
		return nil, err
	}
	body := s.machine.AppendState(make([]byte, backup.SumBytes))
	h := backup.Header{Cluster: [16]byte{1}, Index: s.index, Term: 1, Stamp: s.stamp(), BodyBytes: uint64(len(body)), Digest: sha256.Sum256(body)}
	s.opened++
	return server.NewBackup(h, bytes.NewReader(body), s.closed), nil
}

func (s *Service) closed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened--
}

// Opened is how many backups are.
func (s *Service) Opened() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened
}

// ReopenBackup has that of the state as it is alone.
func (s *Service) ReopenBackup(index uint64) (*server.Backup, error) {
	s.mu.Lock()
	gone := index != s.index
	s.mu.Unlock()
	if gone {
		return nil, server.ErrBackupGone
	}
	return s.TakeBackup(context.Background())
}

// Status returns what SetStatus set.
func (s *Service) Status() server.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

// ClusterHealth is that of the one node.
func (s *Service) ClusterHealth() server.ClusterHealth {
	own := s.Status()
	return server.Judge(own.Node, []server.NodeHealth{{Node: own.Node, Answers: true, Status: &own}})
}

// Members are one that leads, in slot 1.
func (s *Service) Members() server.Members {
	one := server.Member{Speaks: 1, Slot: 1, ID: 1, Incarnation: 0xab, Role: server.Voter, Peer: "10.0.0.1:7300", Leads: true, Level: true}
	return server.Members{Cluster: "local", SlotsLeft: 62, Leader: 1, Tells: true, Index: 1, Settled: true, Version: 1, Speaks: 1, HeldBy: []int{}, All: []server.Member{one}}
}

// ChangeMembers fails as Fail says.
func (s *Service) ChangeMembers(server.MemberChange) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fault()
}

// SetStatus sets what Status returns.
func (s *Service) SetStatus(status server.Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = status
}

// Now returns the wall clock, which here is log time.
func (s *Service) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// Advance moves the clock.
func (s *Service) Advance(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(by)
}

// Fail lets the next call end in err, unapplied.
func (s *Service) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing = err
}

// Lose lets the next call be applied and its answers be lost: server.ErrUnknown.
func (s *Service) Lose() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.losing = true
}

// Hold lets calls wait until release is called.
func (s *Service) Hold() (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := make(chan struct{})
	s.held = held
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.held = nil
		close(held)
	}
}

// Calls returns how many answers each call so far has asked for.
func (s *Service) Calls() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]int(nil), s.calls...)
}

// ClaimPending claims key in the namespace of stock clients for an hour with a
// lease of a minute, as another door would.
func (s *Service) ClaimPending(key string) {
	s.claim(key, dedup.Claim{Owner: 7, LeaseMillis: 60_000, TTLMillis: 3_600_000})
}

// ClaimDone claims key without a lease and without a value.
func (s *Service) ClaimDone(key string) { s.claim(key, dedup.Claim{Owner: 7}) }

func (s *Service) claim(key string, claim dedup.Claim) {
	secret, _ := s.Secret()
	claim.Key = dedup.Digest(&secret, server.Namespace, []byte(key))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.apply(dedup.AppendClaim(dedup.AppendHeader(nil, s.stamp()), claim))
}
