package snapshot_test

// Goal: the state machine's snapshots and these files fit: what one replica takes while it goes on is the file that another
// takes at another pace, and a third that is sent the file goes on from it as if it had applied everything. Method: three machines
// with the same entries.

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

const machineEntries, machineBase = 6000, 4000

// machine is a state machine that applied the entries up to its last.
type machine struct {
	*dedup.Machine
	last uint64
}

// apply applies so many entries more: claims with values, some of keys that were claimed.
func (m *machine) apply(t *testing.T, entries uint64) {
	var results dedup.Results
	for range entries {
		m.last++
		payload := dedup.AppendBootstrap(nil, 0, &dedup.Bootstrap{CapacityKeys: machineEntries})
		if m.last > 1 {
			claim := dedup.Claim{Owner: dedup.Owner(m.last), TTLMillis: 1 + m.last%9*100, Value: bodyOf(40)[:m.last%60]}
			binary.LittleEndian.PutUint64(claim.Key[:], m.last*7919%5003)
			payload = dedup.AppendClaim(dedup.AppendHeader(nil, m.last*1e6), claim)
		}
		require.NoError(t, m.Apply(m.last, payload, &results))
	}
}

// takeWhileApplying takes a snapshot and applies so many entries between two pieces of it.
func takeWhileApplying(t *testing.T, s *snapshot.Store, m *machine, between uint64) snapshot.Header {
	taken, err := m.Snapshot(1 << 30)
	require.NoError(t, err)
	w, err := s.Create(protocol.Index(taken.Index()), 1, taken.Index()*1e6)
	require.NoError(t, err)
	defer w.Abort()
	for {
		piece, err := taken.Next(nil)
		if errors.Is(err, dedup.ErrSnapshotEnd) {
			break
		}
		require.NoError(t, err)
		_, err = w.Write(piece)
		require.NoError(t, err)
		m.apply(t, min(between, machineEntries-m.last))
	}
	h, err := w.Commit()
	require.NoError(t, err)
	return h
}

func TestWhatTheStateMachineTellsIsTheSameFileAndLoadsElsewhere(t *testing.T) {
	stores, disks := make([]*snapshot.Store, 3), make([]*crashfs.FS, 3)
	for k := range stores {
		disks[k] = crashfs.New(uint64(k))
		s, err := snapshot.Open(snapshot.Config{FS: disks[k], Cluster: testCluster})
		require.NoError(t, err)
		stores[k] = s
	}
	quiet, busy := &machine{Machine: dedup.New()}, &machine{Machine: dedup.New()}
	quiet.apply(t, machineBase)
	busy.apply(t, machineBase)
	h := takeWhileApplying(t, stores[0], quiet, 0)
	require.Equal(t, h, takeWhileApplying(t, stores[1], busy, 900))
	require.Greater(t, busy.last, quiet.last)
	require.Equal(t, disks[0].Image(), disks[1].Image(), "byte for byte")

	src, err := stores[1].Source(h.Index)
	require.NoError(t, err)
	in, err := stores[2].Receive(context.Background(), h.Encode())
	require.NoError(t, err)
	for chunk := make([]byte, 100_000); ; {
		n, err := src.ReadBlocks(chunk, in.Offset())
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		require.NoError(t, in.Append(chunk[:n], in.Offset()))
	}
	require.NoError(t, in.Commit())
	require.NoError(t, stores[2].Adopt(h.Index))
	require.Equal(t, disks[0].Image(), disks[2].Image())

	loaded := load(t, stores[2], h.Index)
	require.Equal(t, quiet.AppendState(nil), loaded.AppendState(nil))
	for _, m := range []*machine{quiet, busy, loaded} {
		m.apply(t, machineEntries-m.last)
	}
	require.Equal(t, quiet.AppendState(nil), loaded.AppendState(nil))
	require.Equal(t, quiet.AppendState(nil), busy.AppendState(nil))
}

// load makes a machine of a snapshot; it is one only when the whole was compared.
func load(t *testing.T, s *snapshot.Store, index protocol.Index) *machine {
	r, err := s.Load(index)
	require.NoError(t, err)
	defer r.Close()
	var loader dedup.Loader
	_, err = io.Copy(&loader, r)
	require.NoError(t, err)
	m, err := loader.Machine()
	require.NoError(t, err)
	return &machine{Machine: m, last: uint64(index)}
}
