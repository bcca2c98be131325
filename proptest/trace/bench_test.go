package trace_test

import (
	"io"
	"testing"

	"github.com/eventstreamcore/semel/proptest/trace"
	"github.com/eventstreamcore/semel/proptest/virtualcluster"
	"github.com/eventstreamcore/semel/raft"
)

// What recording costs a run in virtual time, and what one record costs. What a replica pays that is not recorded is
// BenchmarkReplicate's in package raft.
func BenchmarkRun(b *testing.B) {
	plan := planOf(b, "power", 1)
	b.Run("recorded=no", func(b *testing.B) {
		for b.Loop() {
			virtualcluster.Execute(plan, virtualcluster.Options{})
		}
	})
	b.Run("recorded=yes", func(b *testing.B) {
		records := 0
		for b.Loop() {
			r := trace.NewRecorder(io.Discard, "", three)
			virtualcluster.Execute(plan, virtualcluster.Options{Record: raft.Recorder(r.Record)})
			records += r.Count()
		}
		b.ReportMetric(float64(records)/float64(b.N), "records")
	})
}
