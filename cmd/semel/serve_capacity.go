package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
)

// capacityFlags are of what the first start of a cluster settles; dev has them too.
func (s *serving) capacityFlags(c *cobra.Command) {
	s.capacityKeys, s.capacityBytes = 10_000_000, 1<<30
	c.Flags().Uint64Var(&s.capacityKeys, "capacity-keys", s.capacityKeys, "most records at once, \"full\" is answered beyond; of a new cluster, later: semel capacity")
	c.Flags().Var(&s.capacityBytes, "capacity-bytes", "most bytes of values and fingerprints at once, such as 512MiB; likewise")
}

// noteCapacity remembers whether somebody asked for a capacity, by flag or variable.
func (s *serving) noteCapacity(c *cobra.Command) {
	s.wantsKeys, s.wantsBytes = c.Flags().Changed("capacity-keys"), c.Flags().Changed("capacity-bytes")
}

// compareCapacity says, once it is known, where the log has settled another capacity than was asked for here.
func (s *serving) compareCapacity(ctx context.Context, logger *slog.Logger, status func() server.Status) {
	if !s.wantsKeys && !s.wantsBytes {
		return
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for now := status(); ; now = status() {
		if now.CapacityKeys > 0 {
			for _, text := range s.contradictions(&now) {
				logger.Log(ctx, levelNotice, text)
			}
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// contradictions are what was asked for and is not so. The log speaks of whole cells.
func (s *serving) contradictions(now *server.Status) (texts []string) {
	say := func(wanted bool, flag string, asked, settled uint64) {
		if wanted && asked != settled {
			texts = append(texts, fmt.Sprintf("--capacity-%s %d changes nothing: the cluster has settled %d; to change that: semel capacity --%s %d",
				flag, asked, settled, flag, asked))
		}
	}
	say(s.wantsKeys, "keys", s.capacityKeys, now.CapacityKeys)
	say(s.wantsBytes, "bytes", uint64(s.capacityBytes)/dedup.CellBytes*dedup.CellBytes, now.CapacityBytes)
	return texts
}
