//go:build unix

package run

// Goal: what is claimed, run, extended, completed and released, and the exit code of each end. Method: a
// cluster that answers as a test says, and real processes; what a test waits for is a condition, never a time.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/client"
)

const (
	patience = time.Minute
	token    = 17
)

// script is a cluster that gives each kind of call its answers in turn, the last one again and again.
type script struct {
	mu       sync.Mutex
	answers  map[string][]answer
	calls    []string
	onExtend func(n int)
	begun    func() bool // until it holds a lease is extended, whatever the answers say
}

type answer struct {
	outcome dedup.Outcome
	err     error
}

var (
	errGone    = &client.UnavailableError{Last: errors.New("connection refused")}
	errUnknown = &client.UnavailableError{Unknown: true, Last: errors.New("no answer in time")}
)

func newScript() *script {
	return &script{answers: map[string][]answer{"claim": {{dedup.Won, nil}}, "extend": {{dedup.OK, nil}}, "complete": {{dedup.OK, nil}}, "release": {{dedup.OK, nil}}}}
}

func (s *script) next(kind, call string) (client.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, call)
	if kind == "extend" && s.begun != nil && !s.begun() {
		return client.Answer{Outcome: dedup.OK, Token: token}, nil
	}
	a := s.answers[kind][0]
	if len(s.answers[kind]) > 1 {
		s.answers[kind] = s.answers[kind][1:]
	}
	return client.Answer{Outcome: a.outcome, Token: token}, a.err
}

func (s *script) Claim(_ context.Context, c client.Claim) (client.Answer, error) {
	return s.next("claim", fmt.Sprintf("claim %s lease %v ttl %v owner %s", c.Key, c.Lease, c.TTL, c.Owner))
}

func (s *script) Extend(_ context.Context, _ client.Record, token uint64, lease time.Duration) (client.Answer, error) {
	a, err := s.next("extend", fmt.Sprintf("extend %d %v", token, lease))
	if s.onExtend != nil {
		s.onExtend(len(s.made("extend")))
	}
	return a, err
}

func (s *script) Complete(_ context.Context, _ client.Record, token uint64, _ []byte, ttl time.Duration) (client.Answer, error) {
	return s.next("complete", fmt.Sprintf("complete %d ttl %v", token, ttl))
}

func (s *script) Release(_ context.Context, _ client.Record, token uint64) (client.Answer, error) {
	return s.next("release", fmt.Sprintf("release %d", token))
}

// made are the calls of a kind.
func (s *script) made(kind string) (calls []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, call := range s.calls {
		if strings.HasPrefix(call, kind) {
			calls = append(calls, call)
		}
	}
	return calls
}

// run is one call of Do in a folder, which the shell line finds in $DIR.
type runOf struct {
	Config
	s    *script
	dir  string
	said bytes.Buffer
}

func newRun(t *testing.T, line string) *runOf {
	r := &runOf{s: newScript(), dir: t.TempDir()}
	t.Setenv("DIR", r.dir)
	r.Config = Config{
		Cluster: r.s, Key: client.Record{Key: []byte("order-1")}, Owner: "me", Lease: time.Hour, TTL: 2 * time.Hour,
		RecordFor: patience, Command: []string{"sh", "-c", line}, Says: &r.said,
	}
	return r
}

func (r *runOf) do() int { return Do(context.Background(), r.Config) }

func (r *runOf) file(name string) string { return filepath.Join(r.dir, name) }

func (r *runOf) content(name string) string {
	b, _ := os.ReadFile(r.file(name))
	return strings.TrimSpace(string(b))
}

func TestACommandIsRunAndCompleted(t *testing.T) {
	r := newRun(t, `echo "$SEMEL_KEY $SEMEL_TOKEN" > $DIR/did`)
	require.Equal(t, 0, r.do())
	require.Equal(t, "order-1 17", r.content("did"))
	require.Equal(t, []string{"claim order-1 lease 1h0m0s ttl 0s owner me", "complete 17 ttl 2h0m0s"}, r.s.calls)
	require.Empty(t, r.said.String())
}

func TestACommandThatFailsReleasesTheKey(t *testing.T) {
	for line, code := range map[string]int{"exit 7": 7, "kill -KILL $$": 128 + 9} {
		r := newRun(t, line)
		require.Equal(t, code, r.do())
		require.Equal(t, []string{"release 17"}, r.s.calls[1:])
	}
	r := newRun(t, "")
	r.Command = []string{r.file("not there")}
	require.Equal(t, ExitNotFound, r.do())
	require.Equal(t, []string{"release 17"}, r.s.calls[1:])
}

func TestWhatIsNotWonIsNotRun(t *testing.T) {
	for _, row := range []struct {
		answer answer
		code   int
		says   string
	}{
		{answer{dedup.Duplicate, nil}, 0, "done before"},
		{answer{dedup.InProgress, nil}, ExitInProgress, "IN PROGRESS"},
		{answer{dedup.Full, nil}, ExitUnavailable, "full"},
		{answer{0, errGone}, ExitUnavailable, "nothing was claimed"},
		{answer{0, errUnknown}, ExitUnavailable, "free again in 1h0m0s"},
		{answer{0, &client.RefusedError{Detail: "key too long"}}, ExitUsage, "key too long"},
	} {
		r := newRun(t, "touch $DIR/did")
		r.s.answers["claim"] = []answer{row.answer}
		require.Equal(t, row.code, r.do(), "%+v", row)
		require.Contains(t, r.said.String(), row.says)
		require.NoFileExists(t, r.file("did"))
		require.Len(t, r.s.calls, 1, "nothing but the claim")
	}
}

func TestTheCodeOfADuplicateCanBeChosen(t *testing.T) {
	r := newRun(t, "")
	r.s.answers["claim"], r.DuplicateCode = []answer{{dedup.Duplicate, nil}}, 9
	require.Equal(t, 9, r.do())
}

func TestAHolderIsWaitedFor(t *testing.T) {
	r := newRun(t, "touch $DIR/did")
	r.s.answers["claim"], r.Wait = []answer{{dedup.InProgress, nil}, {dedup.InProgress, nil}, {dedup.Won, nil}}, patience
	require.Equal(t, 0, r.do())
	require.FileExists(t, r.file("did"))
	require.Len(t, r.s.made("claim"), 3)
}

func TestTheLeaseIsExtendedWhileTheCommandRuns(t *testing.T) {
	r := newRun(t, "until [ -e $DIR/enough ]; do sleep 0.01; done")
	r.pace = quick
	r.s.onExtend = func(n int) {
		if n == 3 {
			_ = os.WriteFile(r.file("enough"), nil, 0o600)
		}
	}
	require.Equal(t, 0, r.do())
	require.GreaterOrEqual(t, len(r.s.made("extend 17 1h0m0s")), 3)
	require.Len(t, r.s.made("complete"), 1)
}

// stubborn does not end by itself nor at SIGTERM, and has a child of its own.
const stubborn = `trap "" TERM; sleep 1000 & echo $$ > $DIR/pid; while :; do sleep 1000; done`

// quick extends often a lease that is long, so that no pause of the machine ends it.
var quick = pace{extend: 10 * time.Millisecond, grace: 100 * time.Millisecond}

// stubbornly runs it and has it written down what it is before anything happens to its lease.
func stubbornly(t *testing.T) *runOf {
	r := newRun(t, stubborn)
	r.pace, r.s.begun = quick, func() bool { return r.content("pid") != "" }
	return r
}

func (r *runOf) requireDead(t *testing.T) {
	group, err := strconv.Atoi(r.content("pid"))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return errors.Is(syscall.Kill(-group, 0), syscall.ESRCH) }, patience, time.Millisecond,
		"nothing of the command's group is left")
}

func TestACommandWhoseKeyIsTakenIsTerminated(t *testing.T) {
	for _, outcome := range []dedup.Outcome{dedup.Fenced, dedup.NotFound, dedup.Completed} {
		r := stubbornly(t)
		r.s.answers["extend"] = []answer{{outcome, nil}}
		require.Equal(t, ExitLeaseLost, r.do())
		r.requireDead(t)
		require.Contains(t, r.said.String(), "LEASE LOST")
		require.Empty(t, r.s.made("release"), "it is another one's")
		require.Empty(t, r.s.made("complete"))
	}
}

func TestACommandWhoseLeaseNobodyExtendsIsTerminated(t *testing.T) {
	r := stubbornly(t)
	r.Lease = 5 * time.Second
	r.s.answers["extend"] = []answer{{0, errGone}}
	require.Equal(t, ExitLeaseLost, r.do())
	r.requireDead(t)
	require.Greater(t, len(r.s.made("extend")), 1, "it was asked for again")
	require.Empty(t, r.s.made("complete"))
}

func TestACompleteIsRepeatedUntilItIsAnswered(t *testing.T) {
	r := newRun(t, "true")
	r.s.answers["complete"] = []answer{{0, errUnknown}, {0, errGone}, {dedup.OK, nil}}
	require.Equal(t, 0, r.do())
	require.Len(t, r.s.made("complete"), 3)
	require.Empty(t, r.s.made("release"))
}

func TestDoneAndNotRecorded(t *testing.T) {
	for _, told := range []answer{{0, errUnknown}, {dedup.Fenced, nil}, {dedup.NotFound, nil}, {0, &client.RefusedError{Detail: "no"}}} {
		r := newRun(t, "true")
		r.s.answers["complete"], r.RecordFor = []answer{told}, 100*time.Millisecond
		require.Equal(t, ExitNotRecorded, r.do(), "%+v", told)
		require.Contains(t, r.said.String(), "DONE, NOT RECORDED")
		require.Contains(t, r.said.String(), "semel complete 'order-1' --token 17")
		require.Empty(t, r.s.made("release"), "who released it would have it done again")
	}
}

func TestWhatRecordsItIsOfTheSameKeyAndTime(t *testing.T) {
	r := newRun(t, "true")
	r.s.answers["complete"], r.RecordFor = []answer{{0, errUnknown}}, 100*time.Millisecond
	r.Key.Namespace, r.TTL, r.Nodes = "it's", time.Hour, "a:1,b:1"
	require.Equal(t, ExitNotRecorded, r.do())
	require.Contains(t, r.said.String(), `semel complete 'order-1' --token 17 --ns 'it'\''s' --ttl 1h0m0s --nodes 'a:1,b:1'`)
}

func TestSignalsAreTheCommands(t *testing.T) {
	r := newRun(t, `trap "exit 3" TERM; touch $DIR/ready; while :; do sleep 0.01; done`)
	signals, code := make(chan os.Signal, 1), make(chan int)
	r.Signals = signals
	go func() { code <- r.do() }()
	require.Eventually(t, func() bool { _, err := os.Stat(r.file("ready")); return err == nil }, patience, time.Millisecond)
	signals <- syscall.SIGTERM
	require.Equal(t, 3, <-code)
	require.Len(t, r.s.made("release"), 1)
}

func TestALeaseIsCountedFromWhenItsCallWasSent(t *testing.T) {
	sent := time.Now().Add(-time.Minute)
	l := newLease(token, sent, 3*time.Minute, pace{})
	require.Equal(t, pace{extend: time.Minute, grace: mostGrace}, l.pace)
	require.Equal(t, sent.Add(3*time.Minute), l.over)
	later := sent.Add(30 * time.Second)
	require.NoError(t, l.note(extension{later, client.Answer{Outcome: dedup.OK}, nil}))
	require.Equal(t, later.Add(3*time.Minute), l.over)
	require.NoError(t, l.note(extension{later.Add(time.Minute), client.Answer{}, errUnknown}))
	require.Equal(t, later.Add(3*time.Minute), l.over, "what nobody answered extends nothing")
}
