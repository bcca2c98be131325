package snapshot

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft/disk"
)

// DefaultSyncBytes is what Config.SyncBytes is where it is 0.
const DefaultSyncBytes = 8 << 20

// Config says whose snapshots are kept, and where.
type Config struct {
	// Dir is the folder of the snapshots, which holds nothing else; it is created where missing. Used only if FS is nil.
	Dir string

	// FS is the folder as files; nil means disk.OpenFolder(Dir).
	FS disk.FS

	// Cluster is written into each snapshot, and must be that of each that is there.
	Cluster [16]byte

	// BlockBytes is the length of a block of own snapshots, MinBlockBytes to MaxBlockBytes; 0 means DefaultBlockBytes. Files
	// are the same on every node only if it is.
	BlockBytes int

	// SyncBytes is how much of a snapshot is written before it is synced; 0 means DefaultSyncBytes. It bounds what a crash
	// takes of a snapshot that is being received, and how much one sync at the end has to write, which the syncs of
	// others wait for.
	SyncBytes int
}

func (c Config) withDefaults() (Config, error) {
	if c.BlockBytes == 0 {
		c.BlockBytes = DefaultBlockBytes
	}
	if c.SyncBytes == 0 {
		c.SyncBytes = DefaultSyncBytes
	}
	if c.FS == nil {
		folder, err := disk.OpenFolder(c.Dir)
		if err != nil {
			return c, disk.Tell(err)
		}
		c.FS = folder
	}
	c.FS = disk.Told(c.FS)
	return c, nil
}

func (c Config) validate() error {
	switch {
	case c.FS == nil && c.Dir == "":
		return fmt.Errorf("snapshot config: neither Dir nor FS is set")
	case c.BlockBytes != 0 && !validBlockBytes(uint64(c.BlockBytes)):
		return fmt.Errorf("snapshot config: BlockBytes is %d, it must be a multiple of %d from %d to %d",
			c.BlockBytes, sectorBytes, MinBlockBytes, MaxBlockBytes)
	case c.SyncBytes < 0:
		return fmt.Errorf("snapshot config: SyncBytes is %d, it must be more than 0", c.SyncBytes)
	}
	return nil
}
