package serve

// Goal: a flag that the log contradicts is said, once, and nothing else is.

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/server"
)

func TestACapacityThatTheLogContradictsIsSaid(t *testing.T) {
	settled := server.Status{CapacityKeys: 100, CapacityBytes: 3200}
	for _, row := range []struct {
		k    Capacity
		says []string
	}{
		{Capacity{keys: 1000}, nil},
		{Capacity{keys: 100, bytes: 3231, wantsKeys: true, wantsBytes: true}, nil},
		{Capacity{keys: 1000, wantsKeys: true}, []string{"--capacity-keys 1000 changes nothing: the cluster has settled 100; to change that: semel capacity --keys 1000"}},
		{Capacity{bytes: 64, wantsBytes: true}, []string{"--capacity-bytes 64 changes nothing: the cluster has settled 3200; to change that: semel capacity --bytes 64"}},
	} {
		require.Equal(t, row.says, row.k.contradictions(&settled))
	}
	var log bytes.Buffer
	asked := 0
	k := Capacity{keys: 1000, wantsKeys: true}
	k.compare(t.Context(), slog.New(slog.NewTextHandler(&log, nil)), func() server.Status {
		if asked++; asked < 3 {
			return server.Status{}
		}
		return settled
	})
	require.Equal(t, 1, strings.Count(log.String(), "changes nothing"))
}
