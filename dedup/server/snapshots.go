package server

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Snapshots are what a node has on its disk of the past: where its log begins, and the snapshot that stands for what was before.
type Snapshots struct {
	Base  uint64 `json:"log_begins_behind"` // the entry that the log begins behind; 0: it has all
	Index uint64 `json:"index"`             // of the last entry that the newest snapshot covers; 0: there is none
	Bytes int64  `json:"bytes"`             // of its file
	AgeMs int64  `json:"age_ms"`            // for how long that entry has stood, by this node's clock; -1: there is none
	Since int64  `json:"since_bytes"`       // of the log that were applied since, and that a start applies again

	Taking   uint64 `json:"taking"`              // up to where one is being taken now; 0: none is
	TakingMs *int64 `json:"taking_ms,omitempty"` // for how long; nil: none is

	// Held is up to where one is durable for which the log does not begin later yet, since another node gets one here that is older than both; 0: none
	// is. No other one is taken until that is over.
	Held      uint64 `json:"held,omitempty"`
	HeldBytes int64  `json:"held_bytes,omitempty"` // of its file

	Fetching uint64 `json:"fetching"`        // up to where one is being fetched from another node; 0: none is
	Fetch    *Fetch `json:"fetch,omitempty"` // how far that is; nil: none is being fetched, or it waits to be tried again

	// Damaged are those that are there and were found not to be what was written, by the start or by a reader, newest first.
	Damaged []DamagedSnapshot `json:"damaged,omitempty"`

	Error      string `json:"error,omitempty"`       // why the last one was not taken; empty once one was
	FetchError string `json:"fetch_error,omitempty"` // why none has come from another node, or is not loaded, as was told last; empty once one is, or the log came
}

// Fetch is how far a snapshot has come that a node gets from another one.
type Fetch struct {
	From  uint8  `json:"from"`   // the node that gives it; 0: none has said yet that it does
	Phase string `json:"phase"`  // fetching; checking: what came is read again and made durable; loading
	Bytes int64  `json:"bytes"`  // of its file that are here
	Of    int64  `json:"of"`     // the length of the file; 0: not known yet
	ForMs int64  `json:"for_ms"` // for how long this attempt goes on; what came in those before is kept
}

// DamagedSnapshot is one that can't be loaded. It goes by itself once two newer ones are whole.
type DamagedSnapshot struct {
	Index uint64 `json:"index"` // of the last entry that it covers
	Error string `json:"error"` // what is wrong with it
}

// SnapshotError says why a node has taken no snapshot.
type SnapshotError struct{ Detail string }

// Error says why, and that nothing else depends on it.
func (e *SnapshotError) Error() string {
	return "no snapshot was taken: " + e.Detail + "; the node takes the next one by itself"
}

// TakeSnapshot is of Service.
func (r *Replica) TakeSnapshot(ctx context.Context) (index uint64, err error) {
	taken, err := r.node.TakeSnapshot(ctx)
	switch {
	case err == nil:
		return uint64(taken), nil
	case errors.Is(err, node.ErrNotTaken):
		return 0, &SnapshotError{strings.TrimPrefix(err.Error(), node.ErrNotTaken.Error()+": ")}
	}
	return 0, verdict(err)
}

func (r *Replica) snapshots(now *node.Status) Snapshots {
	s := Snapshots{
		Base: uint64(now.SnapshotIndex), Index: uint64(now.Snapshot.Index), Bytes: now.Snapshot.Bytes, AgeMs: -1, Since: now.SinceSnapshot,
		Taking: uint64(now.Taking), Fetching: uint64(now.Fetching),
		Error: text(now.SnapshotErr), FetchError: text(now.FetchErr),
	}
	if s.hold(r.node.HeldSnapshot()); s.Taking > 0 {
		s.TakingMs = new(r.node.Ticks(now.TakingTicks).Milliseconds())
	}
	if f, ok := r.node.Fetching(); ok {
		s.Fetching = uint64(f.Index)
		s.Fetch = &Fetch{From: uint8(f.From), Phase: f.Phase, Bytes: f.Bytes, Of: f.Of, ForMs: max(0, time.Since(f.Began).Milliseconds())}
	}
	for _, bad := range r.node.DamagedSnapshots() {
		s.Damaged = append(s.Damaged, DamagedSnapshot{uint64(bad.Index), bad.Err.Error()})
	}
	if s.Index > 0 {
		s.AgeMs = max(0, time.Since(time.Unix(0, int64(now.Snapshot.Stamp))).Milliseconds())
	}
	return s
}

// hold says of a snapshot that it is durable and held, where it is the one that seems to be taken.
func (s *Snapshots) hold(index protocol.Index, bytes int64) {
	if index > 0 && s.Taking == uint64(index) {
		s.Taking, s.Held, s.HeldBytes = 0, uint64(index), bytes
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
