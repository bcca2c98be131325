package serve

import (
	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/flags"
	"github.com/eventstreamcore/semel/raft/node"
)

// snapshotFlags say when a node takes snapshots and how fast it sends them; see node.Config and node.Options.
type snapshotFlags struct {
	every Interval
	rate  flags.Bytes
}

// Interval is after how much log a node takes a snapshot. dev is asked for it too.
type Interval struct {
	bytes flags.Bytes
	wants bool // somebody asked for that
}

// Bounds of both flags, and what they are unless told otherwise.
const (
	usualSnapshotBytes = 64 << 20
	usualSnapshotRate  = 128 << 20
	leastSnapshotRate  = 64 << 10
	leastSnapshotBytes = 64 << 10
)

// Flag adds the flag of an interval.
func (i *Interval) Flag(c *cobra.Command) {
	i.bytes = usualSnapshotBytes
	c.Flags().Var(&i.bytes, "snapshot-bytes", "a snapshot is taken after so much log, or as much as the last one has bytes, if that is more; the log has two such stretches, and what comes while one is written")
}

// Note remembers whether somebody asked for an interval.
func (i *Interval) Note(c *cobra.Command) { i.wants = c.Flags().Changed("snapshot-bytes") }

// Validate says what is wrong with the flag.
func (i *Interval) Validate() error {
	if i.bytes < leastSnapshotBytes || i.bytes > mostBytes {
		return &flagError{"snapshot-bytes", i.bytes.String(), "64KiB to 1024GiB"}
	}
	return nil
}

// Arguments are the flag, where somebody gave it, for a process of serve.
func (i *Interval) Arguments() []string {
	if !i.wants {
		return nil
	}
	return []string{"--snapshot-bytes", i.bytes.String()}
}

func (s *snapshotFlags) flags(c *cobra.Command) {
	s.every.Flag(c)
	s.rate = usualSnapshotRate
	c.Flags().Var(&s.rate, "snapshot-rate", "most bytes of snapshots sent to other nodes in a second")
}

// validate says what is wrong with the flags.
func (s *snapshotFlags) validate() error {
	if s.rate < leastSnapshotRate || s.rate > mostBytes {
		return &flagError{"snapshot-rate", s.rate.String(), "64KiB to 1024GiB"}
	}
	return s.every.Validate()
}

func (s *snapshotFlags) tune(o *node.Options) {
	o.SnapshotBytes, o.SnapshotRate = int(s.every.bytes), int64(s.rate)
}
