package linearizability_test

// Goal: what judging costs. Method: one history of a million operations on a
// thousand keys, and one of a hundred thousand on a single key; report the time of each part.

import (
	"testing"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/stretchr/testify/require"
)

func BenchmarkJudgeAMillionOperations(b *testing.B) {
	benchmark(b, workload{seed: 1, rounds: 3_400_000, clients: 16, keys: 1000, capacityKeys: 1 << 20, cells: 1 << 20, calm: true})
}

func BenchmarkJudgeOneBusyKey(b *testing.B) {
	benchmark(b, workload{seed: 1, rounds: 340_000, clients: 16, keys: 1, capacityKeys: 1 << 20, cells: 1 << 20, calm: true})
}

func benchmark(b *testing.B, w workload) {
	h := play(w)
	for b.Loop() {
		v := linearizability.Judge(h)
		require.True(b, v.OK, "%s", account(v))
		b.ReportMetric(float64(v.Stats.Operations), "operations")
		b.ReportMetric(v.Witness.Elapsed.Seconds(), "witness-s")
		b.ReportMetric(v.Porcupine.Elapsed.Seconds(), "porcupine-s")
		b.ReportMetric(v.Stats.Elapsed.Seconds(), "judge-s")
	}
}
