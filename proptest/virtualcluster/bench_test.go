package virtualcluster_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/proptest/virtualcluster"
	"github.com/eventstreamcore/semel/proptest/workload"
)

// What an event costs, all checks included, must not grow with the length of the run.
func BenchmarkRun(b *testing.B) {
	for _, length := range []time.Duration{2 * time.Second, 20 * time.Second, 100 * time.Second} {
		b.Run(fmt.Sprintf("lasting=%v", length), func(b *testing.B) {
			calm, err := workload.Named("calm")
			require.NoError(b, err)
			calm = calm.Lasting(length)
			plan := rapid.Custom(func(t *rapid.T) workload.Plan { return workload.Draw(t, calm) }).Example(1)
			events := 0
			for b.Loop() {
				r := virtualcluster.Execute(&plan, virtualcluster.Options{})
				require.True(b, r.Verdict.OK, story(r))
				events += r.Events
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(events), "ns/event")
			b.ReportMetric(float64(events)/float64(b.N), "events")
		})
	}
}
