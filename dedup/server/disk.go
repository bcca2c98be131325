package server

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Disk is how long the log's syncs took, of the last 256 within a minute.
type Disk struct {
	State     node.DiskState `json:"state"` // ok; slow: half of them took 50 ms or more, or one 1 s; hangs: one has been running for 5 s
	Syncs     int            `json:"syncs"` // so many were there
	MedianMs  float64        `json:"median_ms"`
	LongestMs float64        `json:"longest_ms"`
	RunningMs int64          `json:"running_ms"` // for how long one has been running; 0: none is
}

func diskOf(d node.DiskStatus) Disk {
	const ms = float64(time.Millisecond)
	return Disk{State: d.State, Syncs: d.Syncs, MedianMs: float64(d.Median) / ms, LongestMs: float64(d.Longest) / ms, RunningMs: d.Running.Milliseconds()}
}

// peerOf is how this node stands with another one.
func peerOf(p *node.PeerStatus) Peer {
	peer := Peer{Node: uint8(p.Peer), Address: p.Address, Connected: p.Messages.Connected, DialsIn: p.Heard.Connected, QuietMs: p.Heard.Quiet.Milliseconds(),
		LastError: p.Messages.LastError, Cause: string(p.Messages.Cause), OneWayMs: p.OneWay().Milliseconds()}
	if !peer.Connected {
		peer.UndialledMs = p.Messages.For.Milliseconds()
	}
	return peer
}

// ClusterHealth is of Service.
func (r *Replica) ClusterHealth() ClusterHealth { return r.others.health() }

func (r *Replica) peerIDs() (ids []uint8) {
	now := r.node.Status()
	for _, p := range r.node.Peers() {
		if !isDialledToBeTold(&now, p.Peer) {
			ids = append(ids, uint8(p.Peer))
		}
	}
	return ids
}

func (r *Replica) askPeer(ctx context.Context, to uint8, deadline time.Time) ([]byte, error) {
	return r.node.Ask(ctx, protocol.NodeID(to), deadline)
}

// version is what this program was built as: its version, and the revision where the Go command knew it.
var version = sync.OnceValue(func() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			version += " revision " + s.Value[:min(12, len(s.Value))]
		}
	}
	return version
})
