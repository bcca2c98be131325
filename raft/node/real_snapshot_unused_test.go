package node_test

// Goal: a snapshot that came whole counts when the log begins behind it, and not before: it fills no disk, is loaded by no start, and is not taken for
// another one. Method: the world of crash_world_test.go; another one is insisted on, or the log comes, or the power goes, while it is loaded.

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// levels lets so many units of time pass until all have applied the same.
func (w *world) levels(turns int) error {
	for range turns {
		if err := w.turn(); err != nil {
			return err
		}
		applied := 0
		for _, m := range w.members {
			if m.Stepped != nil && m.machine.index == uint64(len(w.archive.sums)) && !m.Status().Loading {
				applied++
			}
		}
		if applied == len(w.members) {
			return nil
		}
	}
	return fmt.Errorf("after %d units of time all are not level", turns)
}

// insistedOn has node 3 get whole snapshots, one after the other, and the others take newer ones, and forget that one, while each is loaded. It returns the
// most that was in node 3's folder, in lengths of one.
func insistedOn(rounds int) (most float64, err error) {
	w, err := ended(many)
	if err != nil {
		return 0, err
	}
	defer w.close()
	one, two, three := w.at(1), w.at(2), w.at(3)
	if err := three.start(); err != nil {
		return 0, err
	}
	length := float64(len(one.files.Image()[nameOf(one)]))
	w.after = func() { most = max(most, float64(three.files.Used())/length) }
	begun, busy := 0, false
	var met error
	three.machine.during = func() {
		if busy || begun == rounds || met != nil {
			return
		}
		begun, busy = begun+1, true
		met = w.turn() // it says that it gets that one, and then for some time nothing
		for range 2 {
			one.Forsake()
			two.Forsake()
			met = errors.Join(met, w.write(1), w.take(one, two))
		}
		givenUp := func() bool { _, is := three.Wished(); return is }
		met = errors.Join(met, w.until("another one is insisted on", givenUp))
		busy = false
	}
	err = errors.Join(w.levels(3000), met, w.write(1), w.levels(3000), w.check())
	switch _, store := three.Files(); {
	case err != nil:
	case begun < rounds || three.machine.loaded != 1:
		err = fmt.Errorf("%d came whole, and %d states were loaded", begun, three.machine.loaded)
	case len(store.List()) != 1 || store.List()[0].Err != nil || filesOf(three.files, "received.tmp") > 0:
		err = fmt.Errorf("its folder has %v", store.List())
	}
	return most, err
}

func TestSnapshotsThatAreNotInstalledFillNoDisk(t *testing.T) {
	most, err := insistedOn(4)
	require.NoError(t, err)
	require.Less(t, most, 1.1)
}

// wholeAndOvertaken has node 3 get all of a snapshot, the log bring what it stands for while it is loaded, and the power go before its file does. No start may
// load it: nobody has held it to what others say.
func wholeAndOvertaken() error {
	w, err := endedOf(chainPadding, 1<<30, 1)
	if err != nil {
		return err
	}
	defer w.close()
	leader, three := w.at(1), w.at(3)
	base, _ := logOf(leader).Base()
	if err := three.start(); err != nil {
		return err
	}
	lost := false
	var met error
	three.machine.during = func() {
		if lost {
			return
		}
		lost, leader.deaf = true, true
		met = w.until("the log has brought it", func() bool { return three.Status().CommitIndex >= base })
		three.power.gone = true
	}
	err = w.until("the power goes", func() bool { return lost && (three.Stepped == nil || len(three.Jobs) == 0) })
	if err = errors.Join(err, met, three.lose(1), three.start()); err != nil {
		return err
	}
	if three.machine.loaded > 0 {
		return errors.New("a start has loaded what nobody chose")
	}
	leader.deaf = false
	err = errors.Join(w.level(), w.write(1), w.level(), w.turn(), w.check())
	if err == nil && filesOf(three.files, "received.tmp")+filesOf(three.files, ".snapshot") > 0 {
		err = errors.New("its file lies about")
	}
	return err
}

func TestASnapshotThatTheLogOvertookIsNotLoadedByAStart(t *testing.T) {
	require.NoError(t, wholeAndOvertaken())
}

// The power goes when the log begins behind a snapshot that came, and its file has no name yet, nor, perhaps, gets one at the start.
func TestAStartFindsWhatTheLogBeginsBehind(t *testing.T) {
	for _, fails := range []bool{false, true} {
		w, err := ended(chainPadding)
		require.NoError(t, err)
		three := w.at(3)
		require.NoError(t, three.start())
		base, _ := logOf(w.at(1)).Base()
		begins := func() bool { b, _ := logOf(three).Base(); return b == base }
		three.power.nameless = three.files
		require.NoError(t, w.until("its log begins behind it", begins))
		require.NoError(t, w.level())
		require.Equal(t, 1, filesOf(three.files, "received.tmp"))
		require.Zero(t, filesOf(three.files, ".snapshot"))
		require.NoError(t, three.lose(0))
		if !fails {
			three.power.nameless = nil
		}
		require.NoError(t, three.start())
		require.Equal(t, 1, three.machine.loaded)
		require.EqualValues(t, base, three.machine.index)
		three.power.nameless = nil
		require.NoError(t, errors.Join(w.write(1), w.level(), three.ForgetBelow(base), w.check()))
		require.Equal(t, 1, filesOf(three.files, ".snapshot"), "it has its name")
		require.Zero(t, filesOf(three.files, "received.tmp"))
		w.close()
	}
}

// goesWhileItIsWished has a snapshot that came be refused, and be wished for again before its file is gone: with a log that begins behind it the removal, which
// comes later, would take what the log stands on.
func goesWhileItIsWished() error {
	w, err := ended(chainPadding)
	if err != nil {
		return err
	}
	defer w.close()
	one, two, three := w.at(1), w.at(2), w.at(3)
	base, _ := logOf(one).Base()
	if err := three.start(); err != nil {
		return err
	}
	three.machine.during = func() { one.deaf, two.deaf = true, true } // so that it is not installed
	_, store := three.Files()
	came := func() bool { _, whole := store.Received(); return whole && len(three.Jobs) == 0 }
	if err := errors.Join(w.until("it is here", came), w.turn()); err != nil {
		return err
	}
	three.Refuse(base)
	three.Wish(1, base)
	if index, _ := three.Wished(); index != 0 {
		return fmt.Errorf("the snapshot of entry %d is got while its file is being removed", index)
	}
	for len(three.Jobs) > 0 {
		three.Work()
	}
	if _, whole := store.Received(); whole {
		return errors.New("what was refused can be loaded")
	}
	three.Wish(1, base)
	if index, _ := three.Wished(); index != base {
		return fmt.Errorf("the snapshot of entry %d is got, expected %d", index, base)
	}
	return nil
}

func TestNothingIsGotWhileWhatWasRefusedGoes(t *testing.T) {
	require.NoError(t, goesWhileItIsWished())
}

// footprintOfAFetch has node 3 be away until the others' logs have ended, and come back, so many times, and returns how often it got a snapshot. What is on its
// disk is no more than is stated, and one snapshot.
func footprintOfAFetch(times int) (got int, err error) {
	w := newWorld(5, 3)
	defer w.close()
	var over error
	three := w.at(3)
	w.after = func() {
		if three.Stepped == nil {
			return
		}
		there, f := three.log.Used()+three.files.Used(), three.Footprint(chainPadding)
		if there > f.Most+f.Next {
			over = fmt.Errorf("node 3 has %d bytes on its disk, at most %d and %d are stated", there, f.Most, f.Next)
		}
		if used := three.files.Used(); f.Snapshots != used && over == nil {
			over = fmt.Errorf("its snapshots have %d bytes, and %d are told", used, f.Snapshots)
		}
	}
	for _, m := range w.members {
		err = errors.Join(err, m.start())
	}
	for range times {
		err = errors.Join(err, w.write(3), w.level())
		if err != nil || over != nil {
			break
		}
		three.Close()
		three.Stepped = nil
		last := three.machine.index
		for base := protocol.Index(0); err == nil && uint64(base) <= last; {
			err = w.write(5)
			if leader := w.leader(); err == nil && leader != nil {
				base, _ = logOf(leader).Base()
			}
		}
		before := w.archive.loads
		err = errors.Join(err, three.start())
		mine := three.machine.loaded
		err = errors.Join(err, w.level())
		if w.archive.loads-before > mine {
			got++
		}
	}
	return got, errors.Join(err, over)
}

func TestADiskHoldsNoMoreThanIsStatedOfANodeThatGetsSnapshots(t *testing.T) {
	got, err := footprintOfAFetch(8)
	require.NoError(t, err)
	require.Greater(t, got, 5)
}
