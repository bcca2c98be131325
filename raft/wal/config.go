package wal

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Bounds of Config.SegmentBytes.
const (
	DefaultSegmentBytes = 16 << 20
	MinSegmentBytes     = 2 << 10
	MaxSegmentBytes     = 1 << 30
)

// Config says whose log is opened, and where.
type Config struct {
	// Dir is the folder of the log; it is created where missing. Used only if FS is nil.
	Dir string

	// FS is the folder as files; nil means OpenFolder(Dir).
	FS FS

	// Cluster and Node are written into a new log and must be those of an old one.
	Cluster [16]byte
	Node    protocol.NodeID

	// Incarnation is what a new folder gets; 0 means drawn at random. An old folder keeps its own.
	Incarnation uint64

	// StartID is the id of this start; 0 means drawn at random, as it must be where anything rests on it.
	StartID uint64

	// First is who decides in a new log: what is in force at its base, 0. Nil: the log says nothing of it. An old log keeps its own.
	First *Membership

	// SegmentBytes is the size of a new segment, a multiple of 512; 0 means DefaultSegmentBytes.
	// A record is at most SegmentBytes - 512 long. It may differ from run to run.
	SegmentBytes int64
}

func (c Config) withDefaults() (Config, error) {
	if c.SegmentBytes == 0 {
		c.SegmentBytes = DefaultSegmentBytes
	}
	if c.Incarnation == 0 {
		c.Incarnation = drawID()
	}
	if c.StartID == 0 {
		c.StartID = drawID()
	}
	if c.FS == nil {
		folder, err := OpenFolder(c.Dir)
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
		return fmt.Errorf("wal config: neither Dir nor FS is set")
	case c.Node == protocol.Nil || c.Node > protocol.MaxNodeID:
		return fmt.Errorf("wal config: Node is %d, it must be 1 to %d", c.Node, protocol.MaxNodeID)
	case c.First != nil && c.First.validate() != nil:
		return fmt.Errorf("wal config: First: %w", c.First.validate())
	case c.SegmentBytes == 0:
		return nil
	case c.SegmentBytes%sectorBytes != 0:
		return fmt.Errorf("wal config: SegmentBytes is %d, it must be a multiple of %d", c.SegmentBytes, sectorBytes)
	case c.SegmentBytes < MinSegmentBytes || c.SegmentBytes > MaxSegmentBytes:
		return fmt.Errorf("wal config: SegmentBytes is %d, it must be %d to %d", c.SegmentBytes, MinSegmentBytes, MaxSegmentBytes)
	}
	return nil
}

// drawID returns a random number that is not 0.
func drawID() uint64 {
	var b [8]byte
	for {
		rand.Read(b[:]) // never fails: it ends the process instead
		if n := binary.LittleEndian.Uint64(b[:]); n != 0 {
			return n
		}
	}
}
