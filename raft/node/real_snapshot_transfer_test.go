package node_test

// Goal: whatever becomes of the connections, the nodes that give and the one that gets, a snapshot comes whole, no part of it twice, and nothing
// else is ever loaded. Method: the world of crash_world_test.go, in which answers are lost, changed, and come from others.

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/transport"
)

// many makes snapshots some pieces long.
const many = 4_700_000

// take has nodes take a snapshot of the same entry.
func (w *world) take(members ...*member) error {
	for _, m := range members {
		told, failed := false, error(nil)
		m.Want(func(_ []byte, err error) { told, failed = true, err })
		if err := w.until("a snapshot is taken", func() bool { return told }); err != nil || failed != nil {
			return errors.Join(err, failed)
		}
	}
	return nil
}

// ended is a world in which the logs of nodes 1, which leads, and 2 begin behind a snapshot, and node 3 has never started.
func ended(padding int) (*world, error) { return endedEvery(padding, 1<<30) }

func endedEvery(padding, every int) (*world, error) { return endedOf(padding, every, 1, 2) }

// endedOf is ended where these nodes have snapshots, node 1 among them, and the logs of others begin at their first entry.
func endedOf(padding, every int, taken ...protocol.NodeID) (*world, error) {
	return endedWith(nil, padding, every, taken...)
}

// spoiled is ended where nodes' snapshots are what the test says.
func spoiled(spoils map[protocol.NodeID]func(state []byte) []byte, padding int) (*world, error) {
	return endedWith(spoils, padding, 1<<30, 1, 2)
}

func endedWith(spoils map[protocol.NodeID]func(state []byte) []byte, padding, every int, taken ...protocol.NodeID) (*world, error) {
	w := newWorld(7, 3)
	w.padding, w.every, w.spoils = padding, every, spoils
	err := errors.Join(w.at(1).start(), w.at(2).start())
	var takers []*member
	for _, id := range taken {
		takers = append(takers, w.at(id))
	}
	for range 2 {
		err = errors.Join(err, w.write(3), w.until("both are level", func() bool { return w.at(2).machine.index == w.at(1).machine.index }),
			w.take(takers...))
	}
	if base, _ := logOf(w.at(1)).Base(); err == nil && (base == 0 || w.leader() != w.at(1)) {
		err = fmt.Errorf("the log begins behind %d", base)
	}
	return w, err
}

// joined has node 3 come and get level, and returns how many bytes of pieces it was given.
func (w *world) joins() error {
	if err := w.at(3).start(); err != nil {
		return err
	}
	return errors.Join(w.level(), w.write(1), w.level(), w.check())
}

// given counts what comes of pieces, and has become of them what the test says.
func (w *world) given(becomes func(to *member, offset int64, answer []byte) ([]byte, error)) (bytes *int) {
	bytes = new(int)
	w.bulk = func(to *member, request []byte, answer func() []byte) ([]byte, error) {
		b, err := becomes(to, node.OffsetOf(request), answer())
		*bytes += len(b)
		return b, err
	}
	return bytes
}

func whatItIs(_ *member, _ int64, answer []byte) ([]byte, error) { return answer, nil }

func TestANodeThatNeverStartedGetsASnapshot(t *testing.T) {
	w, err := ended(many)
	require.NoError(t, err)
	defer w.close()
	given := w.given(whatItIs)
	require.NoError(t, w.joins())
	require.Equal(t, 1, w.at(3).machine.loaded)
	require.Less(t, *given, many+many/100+4096, "each part once")
	require.Equal(t, trio, w.at(3).machine.members)
}

// The connection breaks with every third piece.
func TestATransferThatIsCutGoesOn(t *testing.T) {
	w, err := ended(many)
	require.NoError(t, err)
	defer w.close()
	pieces := 0
	w.given(func(_ *member, offset int64, answer []byte) ([]byte, error) {
		if pieces++; offset > 0 && pieces%3 == 0 {
			return nil, transport.ErrUnknown
		}
		return answer, nil
	})
	require.NoError(t, w.joins())
	require.Equal(t, 1, w.at(3).machine.loaded)
}

// cutOff has the node that gets a snapshot lose all connections in the midst, and perhaps start again, and returns from where it goes on.
func cutOff(restart bool) (before, behind int64, err error) {
	w, err := ended(many)
	if err != nil {
		return 0, 0, err
	}
	defer w.close()
	dead := false
	w.given(func(_ *member, offset int64, answer []byte) ([]byte, error) {
		switch {
		case dead || before >= 3<<20:
			dead = true
			return nil, transport.ErrNotSent
		case offset > 0:
			before = offset + int64(len(answer)) - 2
		}
		return answer, nil
	})
	three := w.at(3)
	err = errors.Join(three.start(), w.until("the others are gone", func() bool { return dead && len(three.Jobs) == 0 }))
	if restart {
		three.Close()
		err = errors.Join(err, three.start())
	}
	behind = 1 << 62
	w.given(func(_ *member, offset int64, answer []byte) ([]byte, error) {
		if offset > 0 {
			behind = min(behind, offset)
		}
		return answer, nil
	})
	return before, behind, errors.Join(err, w.level(), w.check())
}

func TestATransferGoesOnWhereItWasAlsoAfterARestart(t *testing.T) {
	for _, restart := range []bool{false, true} {
		before, behind, err := cutOff(restart)
		require.NoError(t, err)
		require.Equal(t, before, behind, "restart: %v", restart)
	}
}

// dies has the node that gives a snapshot die in the midst.
func TestAnotherNodeGoesOnGivingWhereOneHasDied(t *testing.T) {
	w, err := ended(many)
	require.NoError(t, err)
	defer w.close()
	from := map[protocol.NodeID]int{}
	given := w.given(func(to *member, offset int64, answer []byte) ([]byte, error) {
		if offset > 0 {
			from[to.id] += len(answer)
		}
		if to.id == 1 && from[1] > 3<<20 {
			return nil, transport.ErrNotSent
		}
		return answer, nil
	})
	require.NoError(t, w.joins())
	require.Less(t, from[2], many*2/3)
	require.Greater(t, from[2], many/8)
	require.Less(t, *given, many+many/100+4096)
}

// nameOf is the file of the snapshot that the log of a node begins behind.
func nameOf(m *member) string {
	base, _ := logOf(m).Base()
	return fmt.Sprintf("%016x.snapshot", uint64(base))
}

// Who changes a byte on the way, or sends anything else, is left for another one.
func TestRubbishIsNotTaken(t *testing.T) {
	rubbish := map[string]func(b []byte) []byte{
		"another byte":     func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
		"nothing":          func([]byte) []byte { return nil },
		"no piece":         func(b []byte) []byte { return b[:2] },
		"part of a block":  func(b []byte) []byte { return b[:len(b)-1] },
		"more than all":    func(b []byte) []byte { return append(b, make([]byte, 2<<20)...) },
		"another version":  func(b []byte) []byte { b[0]++; return b },
		"another kind":     func(b []byte) []byte { b[1] = 77; return b },
		"put off for ever": func([]byte) []byte { return []byte{1, 3, 255, 255, 255, 255} },
	}
	for name, spoil := range rubbish {
		t.Run(name, func(t *testing.T) {
			w, err := ended(many)
			require.NoError(t, err)
			defer w.close()
			spoiled, from2 := 0, 0
			w.given(func(to *member, offset int64, answer []byte) ([]byte, error) {
				switch {
				case to.id == 1 && offset > 2<<20:
					spoiled++
					before := bytes.Clone(answer)
					answer = spoil(answer)
					require.NotEqual(t, before, answer, "it is to be rubbish")
				case to.id == 2 && offset > 2<<20:
					from2 += len(answer)
				}
				return answer, nil
			})
			require.NoError(t, w.joins())
			require.Equal(t, 1, w.at(3).machine.loaded)
			require.Positive(t, spoiled, "nothing was spoiled")
			require.Greater(t, from2, many/3, "what node 1 spoiled is another one's")
		})
	}
}

// forged returns an answer with a header of another digest.
func forged(answer []byte) []byte {
	return withHeader(answer, func(h *snapshot.Header) { h.Digest[3] ^= 1 })
}

// reblocked returns one with a header that speaks of longer blocks.
func reblocked(answer []byte) []byte {
	return withHeader(answer, func(h *snapshot.Header) { h.BlockBytes *= 2 })
}

func withHeader(answer []byte, change func(h *snapshot.Header)) []byte {
	h, err := snapshot.ParseHeader(answer[2:])
	if err != nil {
		panic(err)
	}
	change(&h)
	return append(answer[:2:2], h.Encode()...)
}

// lies has the leader send a header that is not of its blocks, and returns how much came until node 3 was level, in lengths.
func lies() (float64, error) {
	w, err := ended(many)
	if err != nil {
		return 0, err
	}
	defer w.close()
	given := w.given(func(to *member, offset int64, answer []byte) ([]byte, error) {
		if to.id == 1 && offset == 0 {
			return forged(answer), nil
		}
		return answer, nil
	})
	err = w.joins()
	return float64(*given) / many, err
}

func TestAWholeThatIsNotWhatItShouldBeIsHadOfAnotherNode(t *testing.T) {
	lengths, err := lies()
	require.NoError(t, err)
	require.Less(t, lengths, 2.1)
}

// mixes has another node's file differ, and the first one go in the midst, and returns how much the other one gave.
func mixes(differing func(answer []byte) []byte) (parts int, err error) {
	w, err := ended(many)
	if err != nil {
		return 0, err
	}
	defer w.close()
	dead := 0
	w.given(func(to *member, offset int64, answer []byte) ([]byte, error) {
		switch {
		case to.id == 2 && offset == 0:
			return differing(answer), nil
		case to.id == 2:
			parts++
		case offset > 2<<20 && dead < 4:
			dead++
			return nil, transport.ErrNotSent
		}
		return answer, nil
	})
	return parts, w.joins()
}

func TestAFileIsNotPutTogetherOfTwo(t *testing.T) {
	for _, differing := range []func([]byte) []byte{forged, reblocked} {
		parts, err := mixes(differing)
		require.NoError(t, err)
		require.Zero(t, parts, "its header was enough")
	}
}

// A log may end at the index of a snapshot with an entry that was not to be.
func besideTheBase() error {
	w := newWorld(5, 3)
	w.every = 1 << 30
	defer w.close()
	if err := errors.Join(w.at(1).start(), w.at(2).start(), w.at(3).start(), w.write(3), w.level()); err != nil {
		return err
	}
	old := w.leader()
	last := old.Status().LastIndex
	old.deaf = true
	old.Propose(command("lost"), time.Hour, func([]byte, error) {})
	if err := w.until("another one leads", func() bool { return w.leader() != nil && w.leader() != old }); err != nil {
		return err
	}
	var rest []*member
	for _, m := range w.members {
		if m != old {
			rest = append(rest, m)
		}
	}
	err := w.until("its first entry is applied", func() bool {
		return rest[0].machine.index == uint64(last)+1 && rest[1].machine.index == uint64(last)+1
	})
	for range 2 {
		err = errors.Join(err, w.take(rest...), w.write(1))
	}
	if base, _ := logOf(rest[0]).Base(); base != last+1 || old.Status().LastIndex != base {
		return errors.Join(err, fmt.Errorf("the log begins behind %d, the other one ends at %d, expected %d", base, old.Status().LastIndex, last+1))
	}
	old.deaf = false
	return errors.Join(err, w.level(), w.check())
}

func TestASnapshotTakesThePlaceOfALogThatEndsBesideIt(t *testing.T) {
	require.NoError(t, besideTheBase())
}

func TestClaimsDoNotWaitForTheFileThatIsOpenedForAnotherNode(t *testing.T) {
	require.NoError(t, node.ServesBesideAHungSource(t.TempDir(), listOf(protocol.Nodes(1)), command("claim")))
}
