//go:build mutants

package virtualcluster_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
)

// Goal: the stories of ends can fail. Method: each fault of reads that depend on the time is switched on, and its story breaks.
func TestEveryMutantOfEndsBreaksItsStory(t *testing.T) {
	for id, story := range map[string]func() error{"expiry-unread": anEndThatOnlyReadsNotice, "read-by-local-clock": anEndStays} {
		t.Run(id, func(t *testing.T) {
			require.NoError(t, story())
			t.Cleanup(func() { dedup.Mutant = "" })
			dedup.Mutant = id
			err := story()
			require.Error(t, err)
			t.Log(err)
		})
	}
}
