package serve

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/flags"
	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
)

// Capacity is how much a cluster may hold, which its first start settles. dev is asked for it too.
type Capacity struct {
	keys                  uint64
	bytes                 flags.Bytes
	wantsKeys, wantsBytes bool // somebody asked for that
}

// Flags adds the flags of a capacity.
func (k *Capacity) Flags(c *cobra.Command) {
	k.keys, k.bytes = 10_000_000, 1<<30
	c.Flags().Uint64Var(&k.keys, "capacity-keys", k.keys, "most records at once, \"full\" is answered beyond; of a new cluster, later: semel capacity")
	c.Flags().Var(&k.bytes, "capacity-bytes", "most bytes of values and fingerprints at once, such as 512MiB; likewise")
}

// Note remembers whether somebody asked for a capacity, by flag or variable.
func (k *Capacity) Note(c *cobra.Command) {
	k.wantsKeys, k.wantsBytes = c.Flags().Changed("capacity-keys"), c.Flags().Changed("capacity-bytes")
}

// Validate says what is wrong with the flags.
func (k *Capacity) Validate() error {
	switch {
	case k.keys == 0 || k.keys > dedup.MaxCapacityKeys:
		return &flagError{"capacity-keys", fmt.Sprint(k.keys), fmt.Sprintf("1 to %d", dedup.MaxCapacityKeys)}
	case k.bytes == 0 || uint64(k.bytes) > dedup.MaxCapacityBytes:
		return &flagError{"capacity-bytes", k.bytes.String(), "1B to 55GiB"}
	}
	return nil
}

// Arguments are the flags that somebody gave, for a process of serve.
func (k *Capacity) Arguments() (arguments []string) {
	if k.wantsKeys {
		arguments = append(arguments, "--capacity-keys", strconv.FormatUint(k.keys, 10))
	}
	if k.wantsBytes {
		arguments = append(arguments, "--capacity-bytes", k.bytes.String())
	}
	return arguments
}

// compare says, once it is known, where the log has settled another capacity than was asked for here.
func (k *Capacity) compare(ctx context.Context, logger *slog.Logger, status func() server.Status) {
	if !k.wantsKeys && !k.wantsBytes {
		return
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for now := status(); ; now = status() {
		if now.CapacityKeys > 0 {
			for _, text := range k.contradictions(&now) {
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
func (k *Capacity) contradictions(now *server.Status) (texts []string) {
	say := func(wanted bool, flag string, asked, settled uint64) {
		if wanted && asked != settled {
			texts = append(texts, fmt.Sprintf("--capacity-%s %d changes nothing: the cluster has settled %d; to change that: semel capacity --%s %d",
				flag, asked, settled, flag, asked))
		}
	}
	say(k.wantsKeys, "keys", k.keys, now.CapacityKeys)
	say(k.wantsBytes, "bytes", uint64(k.bytes)/dedup.CellBytes*dedup.CellBytes, now.CapacityBytes)
	return texts
}
