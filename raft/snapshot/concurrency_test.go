package snapshot_test

// Goal: a snapshot is taken, another received, others loaded, sent and removed at the same time. Method: one goroutine of each
// kind over real files, run with -race; the last ones are whole.

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
)

func TestAllKindsOfWorkAtTheSameTime(t *testing.T) {
	const rounds = 20
	s, err := snapshot.Open(snapshot.Config{Dir: t.TempDir(), Cluster: testCluster, BlockBytes: testBlock, SyncBytes: 1024})
	require.NoError(t, err)
	require.NoError(t, write(s, 10, bodyOf(10)))
	each := func(from protocol.Index, do func(index protocol.Index) error) error {
		for k := range protocol.Index(rounds) {
			if err := do(from + 20*k); err != nil {
				return err
			}
		}
		return nil
	}
	work := []func() error{
		func() error {
			return each(20, func(index protocol.Index) error { return write(s, index, bodyOf(index)) })
		},
		func() error {
			return each(30, func(index protocol.Index) error {
				in, err := receive(s, index, 1<<20)
				return errors.Join(err, in.Commit(), s.Adopt(index))
			})
		},
		func() error { return each(0, func(protocol.Index) error { return keepTwo(s) }) },
		func() error { return each(0, func(protocol.Index) error { return loadNewest(s) }) },
		func() error { return each(0, func(protocol.Index) error { return sendNewest(s) }) },
	}
	done := make(chan error, len(work))
	for _, do := range work {
		go func() { done <- do() }()
	}
	for range work {
		require.NoError(t, <-done)
	}
	require.NoError(t, keepTwo(s))
	require.Equal(t, []protocol.Index{10 + 20*rounds, 20 * rounds}, listOf(s))
	require.NoError(t, loadNewest(s))
	require.NoError(t, s.Close())
}

// keepTwo removes all but the newest two.
func keepTwo(s *snapshot.Store) error {
	all := s.List()
	for _, there := range all[min(2, len(all)):] {
		if err := s.Remove(there.Index); err != nil && !errors.Is(err, snapshot.ErrNoSnapshot) {
			return err
		}
	}
	return nil
}

func loadNewest(s *snapshot.Store) error {
	index := s.List()[0].Index
	body, err := read(s, index)
	if errors.Is(err, snapshot.ErrNoSnapshot) {
		return nil
	}
	if err == nil && !bytes.Equal(body, bodyOf(index)) {
		return violation("snapshot %d is not what was written", index)
	}
	return err
}

func sendNewest(s *snapshot.Store) error {
	index := s.List()[0].Index
	src, err := s.Source(index)
	if errors.Is(err, snapshot.ErrNoSnapshot) {
		return nil
	}
	if err != nil {
		return err
	}
	defer src.Close()
	p := make([]byte, 1<<20)
	n, err := src.ReadBlocks(p, snapshot.HeaderBytes)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if err == nil && !bytes.Equal(p[:n], fileOf(index)[snapshot.HeaderBytes:]) {
		return violation("what is sent of snapshot %d is not what was written", index)
	}
	return err
}
