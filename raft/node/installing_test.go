package node_test

// Goal: a leader's snapshot takes the place of what a replica lacks, once and only when its bytes are here, and all that was waited for,
// read and compared on what it replaces ends as it should; whoever lies about snapshots gains nothing. Method: one replica whose peers and
// host are the test (keeper_test.go, following_test.go).

import (
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// installs has a replica that has some of the log install a snapshot, and returns what is wrong with it.
func installs() error {
	s, err := snapshotOf(10)
	if err != nil {
		return err
	}
	k, err := following(interval(1000))
	if err := errors.Join(err, k.feed(3), k.hear(2, 1, s.SnapshotID)); err != nil {
		return err
	}
	if len(k.wanted) != 1 || k.wanted[0] != (wanted{2, 10, 1}) || k.replica.Status().SnapshotIndex != 0 || k.replica.Status().Fetching != 10 {
		return fmt.Errorf("it asked for %v, and says %+v", k.wanted, k.replica.Status())
	}
	if err := k.fetch(s); err != nil {
		return err
	}
	if now := k.replica.Status(); now.Applied != 3 || now.Fetching != 0 {
		return fmt.Errorf("it is the leader's word that installs, not the bytes: %+v", now)
	}
	if err := k.hear(2, 1, s.SnapshotID); err != nil {
		return err
	}
	if now := k.replica.Status(); now.Applied != 10 || now.SnapshotIndex != 10 || now.LastIndex != 10 || now.Snapshot.SnapshotID != s.SnapshotID ||
		now.LogTime != s.Stamp || len(k.forgotten) != 1 {
		return fmt.Errorf("the host is told to forget %v, with %+v", k.forgotten, now)
	}
	return errors.Join(k.holds(), k.feed(20), k.holds())
}

func TestASnapshotIsInstalledWhenItsBytesAreHere(t *testing.T) { require.NoError(t, installs()) }

func TestAReplicaComesUpWithALogThatHasNothingButASnapshot(t *testing.T) {
	require.NoError(t, logTimeGoesOn())
}

// logTimeGoesOn installs a snapshot, crashes, and returns an error where log time does not go on from the snapshot's.
func logTimeGoesOn() error {
	k, err := installed(10)
	if err != nil {
		return err
	}
	if err := k.start(); err != nil {
		return err
	}
	if s := k.replica.Status(); s.LogTime != k.kept[0].Stamp || s.LastIndex != 10 {
		return fmt.Errorf("log time is %d, expected %d: %+v", s.LogTime, k.kept[0].Stamp, s)
	}
	return errors.Join(k.holds(), k.feed(20), k.holds())
}

// installed is a replica that has installed a snapshot of entry n, and nothing else.
func installed(n protocol.Index) (*keeper, error) {
	s, err := snapshotOf(n)
	if err != nil {
		return nil, err
	}
	k, err := following(interval(1 << 30))
	return k, errors.Join(err, k.hear(2, 1, s.SnapshotID), k.fetch(s), k.hear(2, 1, s.SnapshotID))
}

func TestALeaderThatRepeatsItselfCostsNothing(t *testing.T) {
	s, err := snapshotOf(10)
	require.NoError(t, err)
	k, err := following(interval(1000))
	require.NoError(t, err)
	require.NoError(t, k.hear(2, 1, s.SnapshotID))
	records := len(k.records)
	before := k.replica.Status()
	for range 500 {
		require.NoError(t, k.hear(2, 1, s.SnapshotID))
	}
	require.Len(t, k.records, records)
	require.Equal(t, before, k.replica.Status())
	require.NoError(t, k.handle(node.FetchFailed(10, errors.New("nobody has it"))))
	require.Zero(t, k.replica.Status().Fetching)
	require.ErrorContains(t, k.replica.Status().FetchErr, "nobody has it")
	require.NoError(t, k.hear(2, 1, s.SnapshotID))
	require.EqualValues(t, 10, k.replica.Status().Fetching, "it goes on asking")

	require.NoError(t, k.fetch(s))
	require.NoError(t, k.hear(2, 1, s.SnapshotID))
	require.NoError(t, k.replica.Status().FetchErr)
	records, asked := len(k.records), len(k.wanted)
	for range 500 {
		require.NoError(t, k.hear(2, 1, s.SnapshotID))
	}
	require.Len(t, k.records, records)
	require.Len(t, k.wanted, asked, "it is here")
	require.NoError(t, k.holds())
}

func TestASnapshotThatComesLateOrTwiceIsOfNoUse(t *testing.T) {
	s, err := snapshotOf(10)
	require.NoError(t, err)
	k, err := following(interval(1 << 30))
	require.NoError(t, err)
	require.NoError(t, k.hear(2, 1, s.SnapshotID))
	require.NoError(t, k.feed(20)) // another leader had all
	require.Zero(t, k.replica.Status().Fetching)
	require.NoError(t, k.fetch(s))
	require.NoError(t, k.hear(2, 1, s.SnapshotID))
	require.EqualValues(t, 20, k.replica.Status().Applied)
	require.Zero(t, k.replica.Status().SnapshotIndex)
	require.NoError(t, k.holds())

	k, err = installed(10)
	require.NoError(t, err)
	require.NoError(t, k.fetch(s), "again")
	require.NoError(t, k.feed(20))
	require.NoError(t, k.fetch(s), "and again")
	require.NoError(t, k.hear(2, 1, s.SnapshotID))
	require.NoError(t, k.holds())
	require.EqualValues(t, 20, k.replica.Status().Applied)
}

// A leader dies while its snapshot is fetched; the next one begins its log elsewhere.
func TestAnotherLeadersSnapshotTakesThePlaceOfTheFirst(t *testing.T) {
	for _, base := range []protocol.Index{6, 16} {
		first, err := snapshotOf(10)
		require.NoError(t, err)
		second, err := snapshotOf(base)
		require.NoError(t, err)
		k, err := following(interval(1 << 30))
		require.NoError(t, err)
		require.NoError(t, k.hear(2, 1, first.SnapshotID))
		require.NoError(t, k.hear(3, 2, second.SnapshotID))
		require.Equal(t, []wanted{{2, 10, 1}, {3, base, 1}}, k.wanted)
		require.NoError(t, k.fetch(first), "late")
		require.NoError(t, k.handle(node.FetchFailed(10, errors.New("its leader is gone"))))
		require.Equal(t, base, k.replica.Status().Fetching)
		require.NoError(t, k.handle(node.Arrived(word(2, 1, first.SnapshotID), 0, nil)), "of an earlier term: refused")
		require.NoError(t, k.hear(3, 2, second.SnapshotID))
		require.Zero(t, k.replica.Status().Applied)
		require.NoError(t, k.fetch(second))
		require.NoError(t, k.hear(3, 2, second.SnapshotID))
		require.Equal(t, base, k.replica.Status().Applied)
		require.NoError(t, k.holds())
	}
}

// heldUp has a peer that does not lead speak of snapshots that nobody has, and returns what was fetched for it.
func heldUp() error {
	s, err := snapshotOf(10)
	if err != nil {
		return err
	}
	k, err := following(interval(1000))
	if err := errors.Join(err, k.hear(2, 1, s.SnapshotID)); err != nil {
		return err
	}
	absurd := node.SnapshotID{Index: protocol.MaxIndex, Term: 1}
	for term := protocol.Term(1); term < 100; term++ {
		if err := k.handle(node.Arrived(word(3, term, absurd), 0, nil)); err != nil {
			return err
		}
	}
	for _, w := range k.wanted {
		if w != (wanted{2, 10, 1}) {
			return fmt.Errorf("it asks for %+v, of which its leader said nothing", w)
		}
	}
	return errors.Join(k.fetch(s), k.hear(2, 1, s.SnapshotID), k.holds())
}

func TestWhoDoesNotLeadHasNothingFetched(t *testing.T) { require.NoError(t, heldUp()) }

// isDenied has a replica come up with a snapshot of more than its core knows to be committed, and a peer deny that: it may be a leader of
// old, whose entries another one's took the place of, so that nothing is done, and it is called no liar but for what nobody sends.
func isDenied() (err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("panicked: %v", broken)
		}
	}()
	k, err := following(interval(1 << 30))
	if err := errors.Join(err, k.feed(10), k.handle(node.TakeSnapshot("me")), k.keep(), k.start()); err != nil {
		return err
	}
	if s := k.replica.Status(); s.Applied != 10 || s.CommitIndex >= 9 {
		return fmt.Errorf("it comes up with %d applied and %d committed", s.Applied, s.CommitIndex)
	}
	another := beat(3, 2, node.SnapshotID{Index: 8, Term: 1})
	another.Entries = protocol.EntriesOf(protocol.Entry{Term: 2, Value: protocol.Command})
	endless := beat(3, 2, node.SnapshotID{Index: 8, Term: 1})
	endless.Entries.Add(protocol.Run{Term: 1, Value: protocol.Command, Count: 1 << 40})
	lies := []node.Event{
		node.Arrived(endless, 0, nil),
		node.Arrived(another, 0, bundle(payload(9))),
		node.Arrived(beat(3, 2, node.SnapshotID{Index: 9, Term: 2}), 0, nil),
		node.Arrived(word(3, 2, node.SnapshotID{Index: 9, Term: 2}), 0, nil),
	}
	for n := range lies {
		if err := k.handle(lies[n]); err != nil {
			return err
		}
		if k.rejected != 1 || k.replica.Status().LastIndex != 10 {
			return fmt.Errorf("after %d lies %d are rejected, the log ends at %d", n+1, k.rejected, k.replica.Status().LastIndex)
		}
	}
	return errors.Join(k.hear(2, 1, node.SnapshotID{Index: 9, Term: 1}), k.feed(20), k.holds())
}

func TestWhatASnapshotStandsForIsNotDenied(t *testing.T) { require.NoError(t, isDenied()) }

// A leader's log begins where this replica's core does not know yet that all is committed, and its machine came up with it.
func TestASnapshotThatIsHereIsNotFetched(t *testing.T) {
	k, err := following(interval(1 << 30))
	require.NoError(t, err)
	require.NoError(t, errors.Join(k.feed(10), k.handle(node.TakeSnapshot("me")), k.keep(), k.start()))
	require.Less(t, k.replica.Status().CommitIndex, protocol.Index(9))
	require.NoError(t, k.hear(2, 1, node.SnapshotID{Index: 9, Term: 1}))
	require.Empty(t, k.wanted)
	require.EqualValues(t, 9, k.replica.Status().SnapshotIndex)
	require.EqualValues(t, 10, k.replica.Status().Applied)
	require.EqualValues(t, 10, k.replica.Status().LastIndex)
	require.NoError(t, errors.Join(k.holds(), k.feed(20), k.holds(), k.start(), k.feed(24), k.holds()))
}

// leavesOpen has a leader lose its place and then the entries that its clients wait for: what they are told, and a read's.
func leavesOpen() error {
	s, err := snapshotOf(10)
	if err != nil {
		return err
	}
	s.Term = 5
	k, err := following(interval(1 << 30))
	if err := errors.Join(err, k.feed(3), k.campaign(), k.win()); err != nil {
		return err
	}
	if err := k.handle(node.Proposed(command("mine"), 1, 1<<60, "mine"), node.Proposed(command("~0"), 1, 1<<60, "reads")); err != nil {
		return err
	}
	at, term := k.replica.Status().LastIndex, max(5, k.replica.Status().Term+1)
	if len(k.replies) > 0 || at >= 10 {
		return fmt.Errorf("%v were told, the log ends at %d", k.replies, at)
	}
	if err := errors.Join(k.hear(3, term, s.SnapshotID), k.fetch(s), k.hear(3, term, s.SnapshotID)); err != nil {
		return err
	}
	if k.replica.Status().Applied != 10 {
		return fmt.Errorf("%d entries are applied", k.replica.Status().Applied)
	}
	for _, r := range k.replies {
		if r.to == "mine" && errors.Is(r.err, node.ErrCovered) && errors.Is(r.err, node.ErrUnknown) {
			return nil
		}
	}
	return fmt.Errorf("nobody told who waits for an entry that a snapshot stands for: %v", k.replies)
}

func TestWhoWaitsForWhatASnapshotStandsForIsTold(t *testing.T) {
	require.NoError(t, leavesOpen())
	require.ErrorIs(t, node.Travelled(node.ErrCovered), node.ErrCovered)
}

// What was read of the log before it began elsewhere comes late.
func TestAReadingFromBeforeASnapshotIsOfNoUse(t *testing.T) {
	s, err := snapshotOf(30)
	require.NoError(t, err)
	k, err := following(interval(1 << 30))
	require.NoError(t, err)
	k.cfg.CacheBytes = 1
	require.NoError(t, k.start())
	require.NoError(t, k.feed(8))
	k.slow = true
	require.NoError(t, k.feed(12))
	require.Len(t, k.readings, 1)
	late := k.read(k.readings[0])
	require.Less(t, k.replica.Status().Applied, protocol.Index(12))
	require.NoError(t, errors.Join(k.hear(2, 1, s.SnapshotID), k.fetch(s), k.hear(2, 1, s.SnapshotID)))
	require.EqualValues(t, 30, k.replica.Status().Applied)
	k.readings = nil
	require.NoError(t, k.handle(late))
	k.slow = false
	require.NoError(t, errors.Join(k.holds(), k.feed(60), k.holds()))
	require.EqualValues(t, 60, k.replica.Status().Applied)
}

func TestASnapshotOfLessThanTheInstalledOneIsForgotten(t *testing.T) {
	s, err := snapshotOf(10)
	require.NoError(t, err)
	k, err := following(interval(1 << 30))
	require.NoError(t, err)
	require.NoError(t, errors.Join(k.feed(4), k.handle(node.TakeSnapshot("asked"))))
	require.NoError(t, errors.Join(k.hear(2, 1, s.SnapshotID), k.fetch(s), k.hear(2, 1, s.SnapshotID)))
	require.NoError(t, k.handle(node.TakeSnapshot("asked")))
	_, told := k.asked()
	require.Equal(t, []uint64{10, 10}, told, "it covers what was asked for")
	require.NoError(t, k.keep())
	require.EqualValues(t, 10, k.replica.Status().Snapshot.Index)
	require.Equal(t, []protocol.Index{10, 10}, k.forgotten)
	require.Len(t, k.kept, 1)
	require.NoError(t, k.holds())
}

// sums has a replica tell its digests, and returns them by index.
func (k *keeper) sums() (map[protocol.Index]uint64, error) {
	k.digests = nil
	for range 60 {
		if err := k.handle(node.Tick(), node.Arrived(beat(2, k.replica.Status().Term, node.SnapshotID{}), 0, nil)); err != nil {
			return nil, err
		}
	}
	all := map[protocol.Index]uint64{}
	for _, d := range k.digests {
		all[d.Index] = d.Sum
	}
	return all, nil
}

// digestsGoOn compares the digests of who has applied all and of who has loaded a snapshot.
func digestsGoOn() error {
	loaded, err := installed(300)
	if err != nil {
		return err
	}
	whole, err := following(interval(1 << 30))
	if err != nil {
		return err
	}
	for _, at := range []protocol.Index{300, 520} {
		if err := errors.Join(whole.feed(at), loaded.feed(at)); err != nil {
			return err
		}
		want, err := whole.sums()
		if err != nil {
			return err
		}
		got, err := loaded.sums()
		if err != nil {
			return err
		}
		if len(got) == 0 || got[at] != want[at] {
			return fmt.Errorf("after entry %d the digest is %x, expected %x", at, got[at], want[at])
		}
		for k, sum := range got {
			if want[k] != sum {
				return fmt.Errorf("after entry %d the digest is %x, expected %x", k, sum, want[k])
			}
		}
	}
	return nil
}

func TestDigestsGoOnFromASnapshots(t *testing.T) { require.NoError(t, digestsGoOn()) }

// comparesWhatItHasNot has peers tell a replica digests from before the snapshot that it has loaded.
func comparesWhatItHasNot() error {
	k, err := installed(30)
	if err != nil {
		return err
	}
	for _, peer := range []protocol.NodeID{2, 3} {
		if err := k.handle(node.Digested(peer, node.Digest{Index: 12, Sum: 77}), node.Digested(peer, node.Digest{Index: 29, Sum: 78})); err != nil {
			return err
		}
	}
	if s := k.replica.Status(); s.Doubted != 0 || len(k.condemned) > 0 {
		return fmt.Errorf("it doubts %v and condemns %v, for what it can't compare", s.Doubted, k.condemned)
	}
	return nil
}

func TestWhatIsOlderThanASnapshotIsNotCompared(t *testing.T) {
	require.NoError(t, comparesWhatItHasNot())
}

// A snapshot whose state is another one than the majority's came from a node that has diverged: who loaded it is as wrong, and is
// found out as that one would be, at once where the others know of that entry, and else by the next one that all have.
func TestASnapshotOfADivergedNodeIsFoundOut(t *testing.T) {
	s, err := snapshotOf(30)
	require.NoError(t, err)
	truth := binary.LittleEndian.Uint64(s.bytes)
	binary.LittleEndian.PutUint64(s.bytes, truth+1)
	for _, at := range []protocol.Index{30, 40} {
		whole, err := following(interval(1 << 30))
		require.NoError(t, err)
		require.NoError(t, whole.feed(at))
		want, err := whole.sums()
		require.NoError(t, err)

		k, err := following(interval(1 << 30))
		require.NoError(t, err)
		require.NoError(t, errors.Join(k.hear(2, 1, s.SnapshotID), k.fetch(s), k.hear(2, 1, s.SnapshotID), k.feed(at)))
		require.NoError(t, k.handle(node.Digested(2, node.Digest{Index: at, Sum: want[at]})))
		require.True(t, k.replica.Status().Doubted.Has(2), "one is no majority")
		require.ErrorIs(t, k.handle(node.Digested(3, node.Digest{Index: at, Sum: want[at]})), node.ErrDiverged)
	}
}
