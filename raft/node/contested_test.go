package node_test

// Goal: snapshots of one entry are compared between nodes, however long ago they were taken, and one that others deny is refused
// before anything is answered from it. Method: one replica whose peers and host are the test (keeper_test.go).

import (
	"bytes"
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

func says(peer protocol.NodeID, sum uint64) node.Event { return saysAt(peer, 10, sum) }

func saysAt(peer protocol.NodeID, k protocol.Index, sum uint64) node.Event {
	return node.Digested(peer, node.Digest{Index: k, Sum: sum})
}

// isHeld returns an error unless nothing was installed, and why not is said: so many snapshots were asked for and are here, and so many refused.
func (k *keeper) isHeld(asked, here, refused int) error {
	s := k.replica.Status()
	if s.Applied != 3 || len(k.wanted) != asked || len(k.kept) != here || len(k.refused) != refused || !errors.Is(s.FetchErr, node.ErrContested) {
		return fmt.Errorf("%d are asked for, %d are here, %v are refused, expected %d, %d and %d: %+v", len(k.wanted), len(k.kept), k.refused, asked, here, refused, s)
	}
	return nil
}

// isInstalled returns an error unless the right snapshot was installed, after so many that were asked for.
func (k *keeper) isInstalled(asked int) error {
	if s := k.replica.Status(); s.Applied != 10 || s.FetchErr != nil || len(k.wanted) != asked {
		return fmt.Errorf("%d are asked for, expected %d, and the right one is to be installed: %+v", len(k.wanted), asked, s)
	}
	return k.holds()
}

// hears has a leader speak of its snapshot for so long.
func (k *keeper) hears(times int, leader protocol.NodeID, term protocol.Term, s node.SnapshotID) (err error) {
	for range times {
		err = errors.Join(err, k.hear(leader, term, s))
	}
	return err
}

// keptOut is the end of node 2: the others have found out that its state is wrong.
func keptOut() node.Event {
	return node.Condemned(node.Accusation{Node: 2, Reason: node.Diverged})
}

// fetchesNothingContested has a leader that has gone astray, 2, speak of its snapshot, and the other node deny it before. When that one leads
// its own is fetched.
func fetchesNothingContested() error {
	s, truth, err := astray()
	if err != nil {
		return err
	}
	good, err := snapshotOf(10)
	if err != nil {
		return err
	}
	k, err := following(interval(1 << 30))
	if err := errors.Join(err, k.feed(3), k.handle(says(2, truth+1), says(3, truth)), k.hears(10, 2, 1, s.SnapshotID), k.isHeld(0, 0, 0)); err != nil {
		return err
	}
	return errors.Join(k.handle(keptOut()), k.hear(3, 2, s.SnapshotID), k.fetch(good), k.hear(3, 2, s.SnapshotID), k.isInstalled(1))
}

func TestNothingIsFetchedThatOthersDeny(t *testing.T) { require.NoError(t, fetchesNothingContested()) }

// holdsWhatIsDoubted has the denial come while the snapshot is fetched, when it is here, or from somebody else than the leader alone: it is not
// installed, and stays, for it may be the right one.
func holdsWhatIsDoubted() error {
	for when := range 3 {
		s, truth, err := astray()
		if err != nil {
			return err
		}
		k, err := following(interval(1 << 30))
		err = errors.Join(err, k.feed(3))
		if when < 2 {
			err = errors.Join(err, k.handle(says(2, truth+1)))
		}
		err = errors.Join(err, k.hear(2, 1, s.SnapshotID))
		if when == 0 {
			err = errors.Join(err, k.handle(says(3, truth)))
		}
		err = errors.Join(err, k.fetch(s))
		if when > 0 {
			err = errors.Join(err, k.handle(says(3, truth)))
		}
		if err := errors.Join(err, k.hears(10, 2, 1, s.SnapshotID), k.isHeld(1, 1, 0)); err != nil {
			return fmt.Errorf("case %d: %w", when, err)
		}
	}
	return nil
}

func TestWhatIsDoubtedIsNotInstalledAndStays(t *testing.T) { require.NoError(t, holdsWhatIsDoubted()) }

// What is held is installed once nobody denies it any more, and goes once it is known to be wrong.
func TestADoubtEnds(t *testing.T) {
	s, truth, err := astray()
	require.NoError(t, err)
	good, err := snapshotOf(10)
	require.NoError(t, err)
	doubtful := func(came kept, leaders, others uint64) *keeper {
		k, err := following(interval(1 << 30))
		require.NoError(t, errors.Join(err, k.feed(3), k.hear(2, 1, s.SnapshotID), k.fetch(came), k.handle(says(2, leaders), says(3, others))))
		require.NoError(t, errors.Join(k.hear(2, 1, s.SnapshotID), k.isHeld(1, 1, 0)))
		return k
	}

	k := doubtful(good, truth, truth+1) // whoever said otherwise is stopped
	for range 20 {
		_, err := k.sums()
		require.NoError(t, err)
		require.NoError(t, k.handle(says(2, truth)))
	}
	require.NoError(t, errors.Join(k.hear(2, 1, s.SnapshotID), k.isInstalled(1)))

	k = doubtful(good, truth, truth+1) // or has changed its mind
	require.NoError(t, errors.Join(k.handle(says(3, truth)), k.hear(2, 1, s.SnapshotID), k.isInstalled(1)))

	k = doubtful(s, truth+1, truth) // the leader is, and the next one is the one that denied it
	require.NoError(t, errors.Join(k.handle(keptOut()), k.hear(3, 2, s.SnapshotID), k.isHeld(1, 0, 1)))
	require.NoError(t, errors.Join(k.hear(3, 2, s.SnapshotID), k.fetch(good), k.hear(3, 2, s.SnapshotID), k.isInstalled(2)))
}

// refusesWhatIsDenied has a majority deny what came, or the leader of which it was asked for, and nobody says otherwise.
func refusesWhatIsDenied() error {
	s, truth, err := astray()
	if err != nil {
		return err
	}
	five := protocol.Nodes(1, 2, 3, 4, 5)
	s.bytes = bytes.Replace(s.bytes, fmt.Appendf(nil, `"Members":%d`, uint64(three)), fmt.Appendf(nil, `"Members":%d`, uint64(five)), 1)
	for _, deny := range [][]node.Event{{says(3, truth), says(4, truth), says(5, truth)}, {says(2, truth)}} {
		k := newKeeper(1, five, interval(1<<30))
		if err := errors.Join(k.start(), k.hear(2, 1, s.SnapshotID), k.fetch(s), k.handle(deny...)); err != nil {
			return err
		}
		if len(k.refused) != 1 || !errors.Is(k.refused[0], node.ErrContested) || len(k.kept) > 0 {
			return fmt.Errorf("%v are refused, and %d are here", k.refused, len(k.kept))
		}
	}
	return nil
}

func TestASnapshotThatIsDeniedIsRefused(t *testing.T) { require.NoError(t, refusesWhatIsDenied()) }

// looksElsewhere has nobody but the leader know of the entry of its snapshot, or nobody at all, and another node differ from it behind another
// one: before the snapshot is fetched, and when it is here.
func looksElsewhere() error {
	s, err := snapshotOf(10)
	if err != nil {
		return err
	}
	for when := range 2 {
		k, err := following(interval(1 << 30))
		err = errors.Join(err, k.feed(3))
		if when == 1 {
			err = errors.Join(err, k.hear(2, 1, s.SnapshotID), k.fetch(s))
		}
		err = errors.Join(err, k.handle(saysAt(2, 30, 77), saysAt(3, 30, 78)))
		for index := range protocol.Index(20) { // more than is kept of what is heard
			err = errors.Join(err, k.handle(saysAt(2, 40+index, 77)))
		}
		err = errors.Join(err, k.hears(10, 2, 1, s.SnapshotID), k.isHeld(when, when, 0))
		if err != nil {
			return fmt.Errorf("case %d: %w", when, err)
		}
	}
	return nil
}

func TestALeaderThatHasGoneAstrayElsewhereIsNotBelieved(t *testing.T) {
	require.NoError(t, looksElsewhere())
}

// Where a majority has what the leader has, behind the entry of its snapshot or behind the one where somebody differs, that is enough.
func TestAMajorityWithTheLeaderIsEnough(t *testing.T) {
	s, err := snapshotOf(10)
	require.NoError(t, err)
	truth := binary.LittleEndian.Uint64(s.bytes)
	for name, said := range map[string][]node.Event{
		"there":     {says(2, truth), says(4, truth), says(5, truth), saysAt(2, 30, 77), saysAt(3, 30, 78)},
		"elsewhere": {saysAt(2, 30, 77), saysAt(3, 30, 78), saysAt(4, 30, 77), saysAt(5, 30, 77)},
	} {
		k := newKeeper(1, protocol.Nodes(1, 2, 3, 4, 5), interval(1<<30))
		require.NoError(t, errors.Join(k.start(), k.handle(said...), k.hear(2, 1, s.SnapshotID)), name)
		require.Len(t, k.wanted, 1, name)
	}
}

// installsForTheLeader has a snapshot be here, and another node than the leader speak of it.
func installsForTheLeader() error {
	s, err := snapshotOf(10)
	if err != nil {
		return err
	}
	k, err := following(interval(1 << 30))
	if err := errors.Join(err, k.feed(3), k.hear(2, 1, s.SnapshotID), k.fetch(s), k.handle(node.Arrived(word(3, 2, s.SnapshotID), 0, nil))); err != nil {
		return err
	}
	if now := k.replica.Status(); now.Applied != 3 {
		return fmt.Errorf("it is installed for node 3, which is not known to lead: %+v", now)
	}
	return errors.Join(k.hear(3, 2, s.SnapshotID), k.isInstalled(1))
}

func TestASnapshotIsInstalledForTheLeader(t *testing.T) { require.NoError(t, installsForTheLeader()) }

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
		if err := errors.Join(k.handle(says(2, truth+1), says(3, truth)), k.hear(2, 1, s.SnapshotID), k.isHeld(0, 0, 0)); err != nil {
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
	require.NoError(t, k.isHeld(1, 0, 1))
	good, err := snapshotOf(10)
	require.NoError(t, errors.Join(err, k.hear(2, 1, s.SnapshotID)))
	require.Len(t, k.wanted, 2)
	require.NoError(t, errors.Join(k.fetch(good), k.hear(2, 1, s.SnapshotID), k.isInstalled(2)))
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

// tellsOfLate has a leader that has applied a lot offer its snapshot: it tells of what all have of late, too.
func tellsOfLate() error {
	k, err := following(interval(1 << 30))
	if err := errors.Join(err, k.feed(10), k.handle(node.TakeSnapshot("me")), k.keep(), k.feed(300), k.handle(node.TakeSnapshot("me")), k.keep(),
		k.campaign(), k.win()); err != nil {
		return err
	}
	k.digests = nil
	lacks := protocol.Message{Type: protocol.AppendEntriesResponse, From: 3, To: 1, Term: k.replica.Status().Term}
	for range 10 {
		if err := k.handle(node.Arrived(&lacks, 0, nil), node.Tick()); err != nil {
			return err
		}
	}
	for _, d := range k.digests {
		if d.Index == 256 {
			return nil
		}
	}
	return fmt.Errorf("with an offer the others are told %v, nothing of entry 256", k.digests)
}

func TestALeaderTellsOfLateWhatItOffers(t *testing.T) { require.NoError(t, tellsOfLate()) }

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
