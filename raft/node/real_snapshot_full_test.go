package node_test

// Goal: what is kept for the slow, and for rot, is given up where that makes room, and for nothing else that is lacking. Method: the world of
// crash_world_test.go, with a call of the disk that fails in several ways.

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// lacks has a snapshot not be taken for want of something, and returns behind what the log begins before and after.
func lacks(what func(one *member)) (before, behind protocol.Index, err error) {
	w := newWorld(3, 1)
	defer w.close()
	one := w.at(1)
	err = errors.Join(one.start(), w.write(3), w.take(one), w.write(1), w.take(one), w.write(1), w.turn())
	before, _ = logOf(one).Base()
	what(one)
	if taken := w.take(one); err == nil && taken == nil {
		err = errors.New("it was taken")
	}
	for range 10 {
		err = errors.Join(err, w.turn())
	}
	behind, _ = logOf(one).Base()
	if err == nil && before == 0 {
		err = errors.New("the log begins at its first entry")
	}
	return before, behind, err
}

// lacksDescriptors returns an error where a node gives up a stretch of log, and the snapshot before the newest, since it may open no more files: that
// gives it none.
func lacksDescriptors() error {
	before, behind, err := lacks(func(one *member) { one.files.FailBy(one.files.Calls()+1, syscall.EMFILE) })
	if err == nil && before != behind {
		err = fmt.Errorf("the log began behind %d, and begins behind %d", before, behind)
	}
	return err
}

func TestOnlyAFullDiskHasTheTailGivenUp(t *testing.T) {
	require.NoError(t, lacksDescriptors())
	for _, full := range []func(one *member){
		func(one *member) { one.files.FailBy(one.files.Calls()+1, syscall.EDQUOT) },
		func(one *member) { one.files.Fill(chainPadding / 2) },
		func(one *member) { one.log.Fill(64<<10 + chainPadding/2) },
	} {
		before, behind, err := lacks(full)
		require.NoError(t, err)
		require.Greater(t, behind, before)
	}
}
