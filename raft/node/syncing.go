package node

import (
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// syncing is how far the log is on the replica's own disk. While a sync runs, a leader lets proposals wait: they become one entry
// with what joins them, and one sync later. That paces the whole cluster by the leader's disk, which is right where all disks
// are alike, and wrong where this one is slow and a majority is there without it. So where a sync takes longer than
// a disk in health, and everything in the log is committed without it, the others' disks set the pace: with each commit what waits
// becomes the next entry. What the own disk has not acknowledged is bounded as what is not committed is.
type syncing struct {
	runs    bool           // Host.Sync was called
	began   int64          // when, of Host.Now
	to      protocol.Index // what the sync that runs makes durable
	durable protocol.Index // and what earlier ones did
}

// patientSync is how long a disk in health takes at most for a sync.
const patientSync = int64(5 * time.Millisecond)

func (s *syncing) start(last protocol.Index, now int64) { *s = syncing{true, now, last, s.durable} }

func (s *syncing) ended() { s.runs, s.durable = false, s.to }

// cut: the log ends at prev, and then goes on.
func (s *syncing) cut(prev protocol.Index) { s.to, s.durable = min(s.to, prev), min(s.durable, prev) }

// mayAppend reports whether proposals may be appended now, or wait for a sync.
func (r *Replica) mayAppend() bool {
	return !r.sync.runs || r.outpacesOwnDisk()
}

// outpacesOwnDisk reports whether a majority had all that is in the log before this replica's own disk, which takes its time.
func (r *Replica) outpacesOwnDisk() bool {
	return r.sync.runs && outpaces(r.host.Now()-r.sync.began, patientSync, r.committed == r.lastIndex)
}

// settled is up to where the log is both committed and on the own disk: what is above is bounded.
func (r *Replica) settled() protocol.Index { return settled(r.committed, r.sync.durable) }
