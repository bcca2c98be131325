package main

// Goal: the command is red where it must be. Method: runs whose host alters messages, and tallies that lack something.

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/trace"
	"github.com/eventstreamcore/semel/proptest/virtualcluster"
	"github.com/eventstreamcore/semel/proptest/workload"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/spec/check/tlc/tlctest"
)

func suiteOf(t *testing.T) *suite {
	s, err := newSuite(t.Context(), tlctest.Jar(t, "../../.."), "../../../spec", options{sample: 100, whole: 1, keep: t.TempDir()})
	require.NoError(t, err)
	return s
}

func (s *suite) validators() *validators {
	return &validators{raft: s.raft, of: map[trace.Members]*trace.Validator{}}
}

func TestARunThatIsRejectedIsKept(t *testing.T) {
	s := suiteOf(t)
	contended, err := workload.Named("contended")
	require.NoError(t, err)
	plan := planOf(contended, 3)
	r, recorder := s.begin(virtual, contended, 3, &plan)
	virtualcluster.Execute(&plan, virtualcluster.Options{Record: recorder.Record, Unwatched: true, Alter: func(m *protocol.Message) {
		if m.Type == protocol.AppendEntries && m.Commit > 5 {
			m.Commit--
		}
	}})
	require.NoError(t, recorder.Close())
	s.judge(r, s.validators())
	require.ErrorIs(t, errors.Join(s.wrong...), trace.ErrRejected)
	require.ErrorContains(t, errors.Join(s.wrong...), "HandleAppendEntries")
	require.Empty(t, s.sample.drawn)
	err = s.look(t.Context(), filepath.Join(s.options.keep, "virtual-contended-3.trace"))
	require.ErrorIs(t, err, trace.ErrRejected)
	require.NotContains(t, err.Error(), "TLC takes", "it agrees")
}

func TestARunThatIsRightIsOfferedToTLC(t *testing.T) {
	s := suiteOf(t)
	contended, err := workload.Named("contended")
	require.NoError(t, err)
	s.judge(s.virtual(contended, 4), s.validators())
	require.NoError(t, errors.Join(s.wrong...))
	require.NoError(t, s.sampled(t.Context()))
	s.sample.drawn = nil
	require.ErrorContains(t, s.sampled(t.Context()), "make more of them")
}

func TestRealReplicasAreRecordedAndTheirFilesRead(t *testing.T) {
	s := suiteOf(t)
	contended, err := workload.Named("contended")
	require.NoError(t, err)
	r := s.real(t.Context(), contended, 3)
	s.judge(r, s.validators())
	s.options.recorded = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(s.options.recorded, r.name()+".trace"), r.file.Bytes(), 0o600))
	s.options.least = 2
	_, err = s.readAll()
	require.ErrorContains(t, err, "1 runs are recorded in", "a suite that was told of more")
	s.options.least = 1
	files, err := s.readAll()
	require.NoError(t, err)
	require.Len(t, files, 1)
	s.judge(readRun(files[0]), s.validators())
	require.NoError(t, errors.Join(s.wrong...))
	require.Equal(t, 2, s.tally.of(real).runs)
	require.Positive(t, s.tally.of(real).actions["AdvanceCommitIndex"])
}

func TestMembersOfRealReplicasChange(t *testing.T) {
	s := suiteOf(t)
	s.judge(s.members(t.Context()), s.validators())
	require.NoError(t, errors.Join(s.wrong...))
	for _, name := range []string{"ChangeConfiguration", "LeaveJoint", "HandleInstallSnapshot", "Restart", "StepDown"} {
		require.Positive(t, s.tally.of(real).actions[name], name)
	}
}

func TestWhatNoRunTookIsNamed(t *testing.T) {
	full := func() *tally {
		c := &tally{map[string]*counts{virtual: {actions: map[string]int{}, found: 1}}}
		for _, name := range trace.Actions {
			c.kinds[virtual].actions[name] = 1
		}
		return c
	}
	require.NoError(t, full().complete())
	for _, name := range trace.Actions {
		c := full()
		delete(c.kinds[virtual].actions, name)
		require.ErrorContains(t, c.complete(), "no run took "+name+":")
		c.kinds[real] = &counts{actions: map[string]int{name: 1}}
		require.NoError(t, c.complete())
	}
	c := full()
	c.kinds[virtual].found = 0
	require.ErrorContains(t, c.complete(), "restart")
}

func TestASampleHasRunsOfEachKind(t *testing.T) {
	s := sample{most: 50}
	for k := range 20 {
		for _, kind := range []string{virtual, real} {
			steps := make([]trace.Step, 10)
			for n := range steps {
				steps[n] = trace.Step{Record: &trace.Record{Node: protocol.NodeID(n%3 + 1), Action: raft.Action{Name: "Persist"}}}
			}
			s.offer(&recorded{kind: kind, profile: "power", seed: uint64(k)}, trace.Members{Servers: protocol.Nodes(1, 2, 3)}, steps)
		}
	}
	taken, records := s.take()
	require.Equal(t, 50, records)
	kinds := map[string]int{}
	for _, d := range taken[trace.Members{Servers: protocol.Nodes(1, 2, 3)}] {
		kinds[d.run.kind]++
	}
	require.Equal(t, map[string]int{real: 3, virtual: 2}, kinds)
}

func TestARunOfWhichNothingWasRecordedIsWrong(t *testing.T) {
	s := suiteOf(t)
	contended, err := workload.Named("contended")
	require.NoError(t, err)
	plan := planOf(contended, 3)
	r, recorder := s.begin(virtual, contended, 3, &plan)
	require.NoError(t, recorder.Close())
	s.judge(r, s.validators())
	require.ErrorIs(t, errors.Join(s.wrong...), errNothing)
	cut := &recorded{kind: virtual, profile: "contended", seed: 4}
	_, _ = cut.file.Write(r.file.Bytes()[:r.file.Len()-1])
	s.judge(cut, s.validators())
	require.ErrorIs(t, s.wrong[len(s.wrong)-2], trace.ErrUnfinished)
}
