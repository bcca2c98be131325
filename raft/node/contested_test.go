package node_test

// Goal: snapshots of one entry are compared between nodes, however long ago they were taken, and one that others deny is refused
// before anything is answered from it. Method: one replica whose peers and host are the test (keeper_test.go).

import (
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// astray is a snapshot of entry 10 of a node that has gone astray, and what the digest there should be.
func astray() (s kept, truth uint64, err error) {
	if s, err = snapshotOf(10); err == nil {
		truth = binary.LittleEndian.Uint64(s.bytes)
		binary.LittleEndian.PutUint64(s.bytes, truth+1)
	}
	return s, truth, err
}

func says(peer protocol.NodeID, sum uint64) node.Event {
	return node.Digested(peer, node.Digest{Index: 10, Sum: sum})
}

// isRefused returns an error unless what came was refused, and nothing of it is here.
func (k *keeper) isRefused(times int) error {
	s := k.replica.Status()
	if s.Applied != 3 || len(k.refused) != times || len(k.kept) > 0 || !errors.Is(s.FetchErr, node.ErrContested) {
		return fmt.Errorf("%v are refused, expected %d, and %d kept: %+v", k.refused, times, len(k.kept), s)
	}
	return nil
}

// refusesWhatOthersDeny has a leader that has gone astray, 2, speak of its snapshot, and the other node deny it: before it is fetched,
// when it is, and before it is installed.
func refusesWhatOthersDeny() error {
	s, truth, err := astray()
	if err != nil {
		return err
	}
	for when := range 3 {
		k, err := following(interval(1 << 30))
		if err := errors.Join(err, k.feed(3), k.handle(says(2, truth+1))); err != nil {
			return err
		}
		denial, refused := says(3, truth), 1
		if when == 0 {
			err, refused = k.handle(denial), 0
		}
		err = errors.Join(err, k.hear(2, 1, s.SnapshotID))
		if when == 1 {
			err = errors.Join(err, k.handle(denial))
		}
		if when > 0 {
			err = errors.Join(err, k.fetch(s))
		}
		if when == 2 {
			err = errors.Join(err, k.handle(denial))
		}
		asked := len(k.wanted)
		for range 10 {
			err = errors.Join(err, k.hear(2, 1, s.SnapshotID))
		}
		if err := errors.Join(err, k.isRefused(refused)); err != nil {
			return err
		}
		if len(k.wanted) != asked {
			return errors.New("what is contested is fetched again")
		}
		// The next leader is the other one: it has the snapshot of the same entry, as it should be.
		good, err := snapshotOf(10)
		if err := errors.Join(err, k.handle(node.Condemned(node.Accusation{Node: 2, Reason: node.Diverged})),
			k.hear(3, 2, s.SnapshotID), k.fetch(good), k.hear(3, 2, s.SnapshotID), k.holds()); err != nil {
			return err
		}
		if now := k.replica.Status(); now.Applied != 10 || now.FetchErr != nil {
			return fmt.Errorf("the right one was not installed: %+v", now)
		}
	}
	return nil
}

func TestASnapshotThatOthersDenyIsRefused(t *testing.T) { require.NoError(t, refusesWhatOthersDeny()) }

// denierIsGone has the node that denied a snapshot be stopped: as long as it says so none is fetched, and then one is.
func denierIsGone() error {
	s, truth, err := astray()
	if err != nil {
		return err
	}
	k, err := following(interval(1 << 30))
	if err := errors.Join(err, k.feed(3)); err != nil {
		return err
	}
	for range 60 {
		if _, err := k.sums(); err != nil { // a telling passes
			return err
		}
		if err := errors.Join(k.handle(says(2, truth+1), says(3, truth)), k.hear(2, 1, s.SnapshotID), k.isRefused(0)); err != nil {
			return err
		}
	}
	for range 20 {
		if _, err := k.sums(); err != nil {
			return err
		}
		if err := errors.Join(k.handle(says(2, truth+1)), k.hear(2, 1, s.SnapshotID)); err != nil {
			return err
		}
	}
	if len(k.wanted) == 0 {
		return fmt.Errorf("a node that is gone denies it for ever: %w", k.replica.Status().FetchErr)
	}
	return nil
}

func TestADenialEndsWithWhoSaysIt(t *testing.T) { require.NoError(t, denierIsGone()) }

// The leader and the other one agree, and what came is another one's: it is fetched again.
func TestASnapshotThatIsNotTheLeadersIsFetchedAgain(t *testing.T) {
	s, truth, err := astray()
	require.NoError(t, err)
	k, err := following(interval(1 << 30))
	require.NoError(t, errors.Join(err, k.feed(3), k.handle(says(2, truth), says(3, truth)), k.hear(2, 1, s.SnapshotID), k.fetch(s)))
	require.NoError(t, k.isRefused(1))
	good, err := snapshotOf(10)
	require.NoError(t, errors.Join(err, k.hear(2, 1, s.SnapshotID)))
	require.Len(t, k.wanted, 2)
	require.NoError(t, errors.Join(k.fetch(good), k.hear(2, 1, s.SnapshotID), k.holds()))
	require.EqualValues(t, 10, k.replica.Status().Applied)
}

// One of five is wrong: a majority's word counts, and until it is known nothing is fetched.
func TestAMajoritysWordIsEnoughForASnapshot(t *testing.T) {
	s, err := snapshotOf(10)
	require.NoError(t, err)
	truth := binary.LittleEndian.Uint64(s.bytes)
	k := newKeeper(1, protocol.Nodes(1, 2, 3, 4, 5), interval(1<<30))
	require.NoError(t, errors.Join(k.start(), k.handle(says(2, truth), says(3, truth), says(4, truth+1)), k.hear(2, 1, s.SnapshotID)))
	require.Empty(t, k.wanted)
	require.ErrorIs(t, k.replica.Status().FetchErr, node.ErrContested)
	require.NoError(t, errors.Join(k.handle(says(5, truth)), k.hear(2, 1, s.SnapshotID)))
	require.Len(t, k.wanted, 1)
	require.NoError(t, k.handle(says(2, truth+1)), "the leader itself is another one's by now")
	require.NoError(t, k.hear(2, 1, s.SnapshotID))
	require.Len(t, k.wanted, 1)
}

// comparesSnapshots has a replica take a snapshot: it tells the others its digest there, and again with each offer of it; and it
// compares that with what they say, also when the entry is long ago.
func comparesSnapshots() error {
	s, err := snapshotOf(10)
	if err != nil {
		return err
	}
	truth := binary.LittleEndian.Uint64(s.bytes)
	k, err := following(interval(1 << 30))
	if err := errors.Join(err, k.feed(10), k.handle(node.TakeSnapshot("me"))); err != nil {
		return err
	}
	k.digests = nil
	if err := k.keep(); err != nil {
		return err
	}
	if len(k.digests) != 2 || k.digests[0] != (node.Digest{Index: 10, Sum: truth}) {
		return fmt.Errorf("the others are told %v of a snapshot that is durable", k.digests)
	}
	if err := errors.Join(k.feed(10+4200), k.handle(says(2, truth))); err != nil {
		return err
	}
	if doubted := k.replica.Status().Doubted; doubted != 0 {
		return fmt.Errorf("it doubts %v, which have the same", doubted)
	}
	if err := k.handle(says(2, truth+1)); err != nil {
		return err
	}
	if !k.replica.Status().Doubted.Has(2) {
		return errors.New("two nodes' snapshots differ, and that is not seen")
	}
	return nil
}

func TestSnapshotsOfOneEntryAreCompared(t *testing.T) { require.NoError(t, comparesSnapshots()) }

// tellsOfWhatItOffers has a leader, which was started anew or not, offer its snapshot: it tells of its digest there with each offer, so that those
// who have another one speak before anybody loads it.
func tellsOfWhatItOffers(startedAnew bool) error {
	k, err := following(interval(1 << 30))
	if err := errors.Join(err, k.feed(10), k.handle(node.TakeSnapshot("me")), k.keep(), k.feed(20), k.handle(node.TakeSnapshot("me")), k.keep()); err != nil {
		return err
	}
	if startedAnew {
		if err := errors.Join(k.start(), k.feed(24)); err != nil {
			return err
		}
	}
	if base := k.replica.Status().SnapshotIndex; base != 10 {
		return fmt.Errorf("the log begins behind %d, expected 10", base)
	}
	if err := errors.Join(k.campaign(), k.win()); err != nil {
		return err
	}
	k.digests, k.sent = nil, nil
	lacks := protocol.Message{Type: protocol.AppendEntriesResponse, From: 3, To: 1, Term: k.replica.Status().Term}
	for range 10 {
		if err := k.handle(node.Arrived(&lacks, 0, nil), node.Tick()); err != nil {
			return err
		}
	}
	offers, told := 0, 0
	for _, m := range k.sent {
		if m.Type == protocol.InstallSnapshot && m.LastIndex == 10 {
			offers++
		}
	}
	for _, d := range k.digests {
		if d.Index == 10 {
			told++
		}
	}
	if offers == 0 || told != 2*offers {
		return fmt.Errorf("of %d offers both others are told %d digests", offers, told)
	}
	return nil
}

func TestALeaderTellsTheDigestOfWhatItOffers(t *testing.T) {
	require.NoError(t, tellsOfWhatItOffers(false))
	require.NoError(t, tellsOfWhatItOffers(true))
}
