package wal_test

// Goal: a folder that forgot a start in which it was met is told from one that did not, whatever was copied when; what is known
// against a folder stays. Method: a random history of one folder that is started, copied and put back, beside the list of
// its starts, which says what a peer that met some of them must answer.

import (
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

func TestAFolderThatForgotAStartIsRefused(t *testing.T) { require.NoError(t, judgeLineages()) }

// judgeLineages starts a folder and older copies of it by chance, and shows each start to a peer.
func judgeLineages() error {
	for seed := range uint64(40) {
		if err := judgeOneLineage(rand.New(rand.NewPCG(seed, 0))); err != nil {
			return err
		}
	}
	return nil
}

func judgeOneLineage(rng *rand.Rand) error {
	var copies []crashfs.Image
	folder, met := crashfs.New(0), []uint64(nil) // ids of the starts up to the one met
	peer := newReplica(crashfs.New(1))
	if err := peer.open(); err != nil {
		return err
	}
	for range 12 {
		switch {
		case len(copies) > 0 && rng.IntN(3) == 0:
			folder = crashfs.Load(copies[rng.IntN(len(copies))], 0)
		default:
			copies = append(copies, folder.Image())
		}
		now, err := startOnce(folder)
		if err != nil {
			return err
		}
		if rng.IntN(3) == 0 {
			continue // the peer does not see this start
		}
		forgotten := len(now.Recent) < len(met) || len(met) > 0 && now.Recent[len(met)-1] != met[len(met)-1]
		switch err := peer.log.StorePeer(3, now); {
		case forgotten && !errors.Is(err, wal.ErrRolledBack):
			return violation("starts %x were shown to a peer that had met %x: %v", now.Recent, met, err)
		case !forgotten && err != nil:
			return violation("starts %x were refused by a peer that had met %x: %w", now.Recent, met, err)
		case !forgotten:
			met = now.Recent
		}
		if err := reopen(peer); err != nil {
			return err
		}
	}
	return nil
}

// startOnce starts a folder and ends it again.
func startOnce(fs *crashfs.FS) (wal.Lineage, error) {
	cfg := configOn(fs)
	cfg.Node = 3
	log, _, err := wal.Open(cfg)
	if err != nil {
		return wal.Lineage{}, err
	}
	return log.Lineage(), log.Close()
}

func TestTwoCopiesThatBothStartAreTold(t *testing.T) {
	fs := crashfs.New(0)
	_, err := startOnce(fs)
	require.NoError(t, err)
	one, err := startOnce(crashfs.Load(fs.Image(), 0))
	require.NoError(t, err)
	other, err := startOnce(crashfs.Load(fs.Image(), 0))
	require.NoError(t, err)
	require.Equal(t, one.Starts, other.Starts)

	r := newReplica(crashfs.New(0))
	require.NoError(t, r.open())
	require.NoError(t, r.log.StorePeer(3, one))
	require.ErrorIs(t, r.log.VerifyPeer(3, other), wal.ErrRolledBack)
	require.ErrorIs(t, r.log.StorePeer(3, other), wal.ErrRolledBack)
	require.NoError(t, r.log.VerifyPeer(3, one), "the one that was met goes on")
	require.NoError(t, reopen(r))
	require.ErrorIs(t, r.log.VerifyPeer(3, other), wal.ErrRolledBack)
	require.Equal(t, one.Starts, r.log.PeerStarts(3))
}

// The limit that README.md states.
func TestStartsFurtherBackThanThoseKnownAreNotHeldAgainstAFolder(t *testing.T) {
	fs := crashfs.New(0)
	before, err := startOnce(fs)
	require.NoError(t, err)
	copied := crashfs.Load(fs.Image(), 0)
	met, err := startOnce(fs)
	require.NoError(t, err)
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.open())
	require.NoError(t, r.log.StorePeer(3, met))

	forked := before
	for range wal.RecentStarts {
		forked, err = startOnce(copied)
		require.NoError(t, err)
		straight, err := startOnce(fs)
		require.NoError(t, err)
		if straight.Starts == met.Starts+wal.RecentStarts-1 {
			require.NoError(t, r.log.VerifyPeer(3, straight), "the oldest that it knows")
		}
	}
	require.ErrorIs(t, r.log.VerifyPeer(3, forked), wal.ErrRolledBack, "the oldest that it knows")
	forked, err = startOnce(copied)
	require.NoError(t, err)
	require.Len(t, forked.Recent, wal.RecentStarts)
	require.NoError(t, r.log.VerifyPeer(3, forked), "nobody can tell")
}

func TestACondemnedFolderStaysOut(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.open())
	require.NoError(t, r.storePeer(3, 30))
	require.NoError(t, r.condemn(3, wal.RolledBack))
	calls := r.fs.Calls()
	require.NoError(t, r.condemn(3, wal.Diverged))
	require.Equal(t, calls, r.fs.Calls(), "the first reason stays")
	require.NoError(t, r.condemn(testNode, wal.Diverged), "itself")
	require.NoError(t, r.condemn(5, wal.RolledBack), "a node that was not met")
	require.Error(t, r.log.Condemn(0, wal.RolledBack))
	require.Error(t, r.log.Condemn(3, 0))
	require.NoError(t, r.survive(0))

	require.ErrorIs(t, r.log.StorePeer(3, firstStart(30)), wal.ErrRolledBack)
	require.ErrorIs(t, r.log.VerifyPeer(5, firstStart(50)), wal.ErrCondemned)
	require.ErrorIs(t, r.log.CondemnedError(testNode), wal.ErrDiverged)
	require.ErrorContains(t, r.log.CondemnedError(3), "put no copy in its place")
	require.NoError(t, r.log.CondemnedError(9))
}

// stuck is a folder whose syncs, once it hangs, wait until it is let go.
type stuck struct {
	wal.FS
	hangs atomic.Bool
	letGo chan struct{}
}

type stuckFile struct {
	wal.File
	in *stuck
}

func (s *stuck) Create(name string) (wal.File, error) {
	f, err := s.FS.Create(name)
	return stuckFile{f, s}, err
}

func (f stuckFile) Sync() error {
	if f.in.hangs.Load() {
		<-f.in.letGo
	}
	return f.File.Sync()
}

func TestWhoAsksOfPeersDoesNotWaitForADiskThatHangs(t *testing.T) {
	fs := &stuck{FS: crashfs.New(0), letGo: make(chan struct{})}
	log, _, err := wal.Open(configOn(fs))
	require.NoError(t, err)
	require.NoError(t, log.StorePeer(3, firstStart(30)))
	fs.hangs.Store(true)
	stored := make(chan error, 2)
	go func() { stored <- log.StorePeer(5, firstStart(50)) }()
	go func() { stored <- log.Condemn(6, wal.Diverged) }()
	require.NoError(t, log.VerifyPeer(3, firstStart(30)))
	require.ErrorIs(t, log.VerifyPeer(3, firstStart(31)), wal.ErrIncarnation)
	require.EqualValues(t, 30, log.Peer(3))
	require.Zero(t, log.Peer(5), "not before it is durable")
	require.NoError(t, log.CondemnedError(6))
	require.NotZero(t, log.Lineage().Starts)
	fs.hangs.Store(false)
	close(fs.letGo)
	require.NoError(t, <-stored)
	require.NoError(t, <-stored)
	require.EqualValues(t, 50, log.Peer(5))
	require.ErrorIs(t, log.CondemnedError(6), wal.ErrDiverged)
	require.NoError(t, log.Close())
}

// A start on a full disk, after one that crashed in any call, comes up with all that is known of peers.
func TestAStartOnAFullDiskMayCrashAnywhere(t *testing.T) {
	for call := 1; ; call++ {
		seed := uint64(call)
		r := newReplica(crashfs.New(seed))
		require.NoError(t, r.openAndPlay([]step{entries(1, 500), sync, peer(1), condemn(4, wal.RolledBack), preallocate}))
		r.fs.Fill(0)
		require.NoError(t, r.fs.Crash(seed))
		r.fs.DieAt(r.fs.Calls() + call)
		err := r.open()
		if err == nil {
			require.Greater(t, call, 10)
			return
		}
		require.True(t, gone(err), "%v", err)
		require.NoError(t, r.fs.Crash(seed))
		require.NoError(t, r.open(), "call %d", call)
		require.NoError(t, r.play([]step{peer(5), vote(3, 1), sync, reopen, reopen}), "call %d", call)
	}
}

func TestWhatNoFolderSaysIsRefused(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.open())
	for _, wrong := range []wal.Lineage{
		{}, {Incarnation: 1}, {Incarnation: 1, Starts: 1}, {Starts: 1, Recent: []uint64{1}},
		{Incarnation: 1, Starts: 3, Recent: []uint64{1, 2}}, {Incarnation: 1, Starts: 300, Recent: make([]uint64, 257)},
	} {
		require.Error(t, r.log.VerifyPeer(3, wrong))
		require.Error(t, r.log.StorePeer(3, wrong))
	}
}
