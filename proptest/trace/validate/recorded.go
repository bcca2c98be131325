package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/cluster"
	"github.com/eventstreamcore/semel/proptest/trace"
	"github.com/eventstreamcore/semel/proptest/virtualcluster"
	"github.com/eventstreamcore/semel/proptest/workload"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// The kinds of runs.
const (
	virtual = "virtual"
	real    = "real"
)

// recorded is one run, as it was recorded.
type recorded struct {
	kind    string
	profile string
	seed    uint64
	file    bytes.Buffer
	err     error // what was wrong beside what was recorded
}

func (r *recorded) name() string { return fmt.Sprintf("%s-%s-%d", r.kind, r.profile, r.seed) }

// readAll are the files of runs that were recorded elsewhere: as many as have to be there, at least.
func (s *suite) readAll() (paths []string, err error) {
	if s.options.recorded != "" {
		paths, err = filepath.Glob(filepath.Join(s.options.recorded, "*.trace"))
	}
	if len(paths) < s.options.least && err == nil {
		err = fmt.Errorf("%d runs are recorded in %q, expected %d: make lincheck records them", len(paths), s.options.recorded, s.options.least)
	}
	return paths, err
}

// readRun reads one of them. Whether it was right is for whoever made it to say.
func readRun(path string) *recorded {
	r := &recorded{kind: real, profile: strings.TrimSuffix(filepath.Base(path), ".trace")}
	content, err := os.ReadFile(path)
	r.err = err
	_, _ = r.file.Write(content)
	return r
}

// planOf draws a plan in which the members stay who they are.
func planOf(p workload.Profile, seed uint64) workload.Plan {
	p.Changes = nil
	return rapid.Custom(func(t *rapid.T) workload.Plan { return workload.Draw(t, p) }).Example(int(seed))
}

// begin begins to record.
func (s *suite) begin(kind string, p workload.Profile, seed uint64, plan *workload.Plan) (*recorded, *trace.Recorder) {
	r := &recorded{kind: kind, profile: p.Name, seed: seed}
	var servers protocol.NodeSet
	for id := range plan.Servers {
		servers = servers.With(protocol.NodeID(id + 1))
	}
	recorder := trace.NewRecorder(&r.file, r.name(), servers)
	recorder.Every(s.options.whole)
	return r, recorder
}

func (r *recorded) end(recorder *trace.Recorder, v *linearizability.Verdict) *recorded {
	r.err = recorder.Close()
	if !v.OK {
		found := v.Violations[0]
		r.err = errors.Join(r.err, fmt.Errorf("the run was judged wrong: %s: %s", found.Check, found.Sentence))
	}
	return r
}

func (s *suite) virtual(p workload.Profile, seed uint64) *recorded {
	plan := planOf(p, seed)
	r, recorder := s.begin(virtual, p, seed, &plan)
	result := virtualcluster.Execute(&plan, virtualcluster.Options{Record: recorder.Record})
	return r.end(recorder, result.Verdict)
}

func (s *suite) real(ctx context.Context, p workload.Profile, seed uint64) *recorded {
	plan := planOf(p, seed)
	r, recorder := s.begin(real, p, seed, &plan)
	dir, err := os.MkdirTemp("", "replicas-")
	if err != nil {
		r.err = err
		return r
	}
	defer os.RemoveAll(dir)
	result := cluster.Execute(ctx, &plan, cluster.Options{
		Dir: dir, Change: func(c *cluster.Config) { c.Record = recorder.Record }, Beside: handOvers,
	})
	return r.end(recorder, result.Verdict)
}

// betweenHandOvers is how often who leads a cluster of real replicas is asked to have another node lead: no fault of a plan does.
const betweenHandOvers = 700 * time.Millisecond

func handOvers(ctx context.Context, c *cluster.Cluster) (leave func() error, err error) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		due := time.NewTicker(betweenHandOvers)
		defer due.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-due.C:
			}
			if leader := c.Leader(); leader != nil {
				patience, done := context.WithTimeout(ctx, betweenHandOvers)
				_ = leader.Transfer(patience) // it may not be the time
				done()
			}
		}
	}()
	return func() error {
		cancel()
		<-ended
		return nil
	}, nil
}

// errNothing is of a run without a record, of which nothing is shown.
var errNothing = errors.New("nothing was recorded")

// validate takes the run's steps, and returns how many of them are the specification's, and what is wrong.
func (r *recorded) validate(v *validators) (took int, run *trace.Run, steps []trace.Step, err error) {
	run, err = trace.Load(r.file.Bytes())
	if err != nil {
		return 0, run, nil, errors.Join(r.err, err)
	}
	if len(run.Records) == 0 {
		return 0, run, nil, errors.Join(r.err, errNothing)
	}
	steps, found := run.Steps()
	validator, err := v.get(run.Members())
	if err != nil {
		return 0, run, steps, err
	}
	took, err = validator.Validate(steps)
	return took, run, steps, errors.Join(err, found, r.err)
}
