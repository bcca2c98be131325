package node_test

// Goal: what is got of a snapshot stays held where it comes from until it is loaded, however long that takes; and who needs it no more, because
// the log came or the node ends, leaves nothing running and nothing lying about. Method: the world of crash_world_test.go, with virtual time.

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/transport"
)

// loadsSlowly has node 3 take more than half a minute to load what it got of node 1, which leads, or where that breaks off of node 2. Both have
// to hold it all the while.
func loadsSlowly(breaks bool) error {
	w, err := ended(many)
	if err != nil {
		return err
	}
	defer w.close()
	w.given(func(to *member, offset int64, answer []byte) ([]byte, error) {
		if breaks && to.id == 1 && offset > 0 {
			return nil, transport.ErrUnknown
		}
		return answer, nil
	})
	err = w.at(3).start()
	began, holds := int64(0), w.members[:1]
	if breaks {
		holds = w.members[:2]
	}
	w.at(3).machine.during = func() {
		if began == 0 {
			began = w.now
		}
		w.now += int64(2 * time.Second)
		for _, m := range []int{2, 0, 1} {
			w.members[m].Tend()
		}
		for _, m := range holds {
			if m.Given() == 0 && err == nil {
				err = fmt.Errorf("node %d holds nothing, %v after loading began", m.id, time.Duration(w.now-began))
			}
		}
	}
	err = errors.Join(err, w.level(), w.check())
	if slept := time.Duration(w.now - began); began == 0 || slept < 30*time.Second {
		err = errors.Join(err, fmt.Errorf("it has loaded for %v", slept))
	}
	w.at(1).Forsake()
	if err == nil && w.at(1).Given() > 0 {
		err = errors.New("it is held although nobody asks for it any more")
	}
	return err
}

func TestASnapshotIsHeldWhileItIsLoaded(t *testing.T) {
	require.NoError(t, loadsSlowly(false))
	require.NoError(t, loadsSlowly(true))
}

// overtaken has the log bring node 3 what it gets a snapshot for: in the midst of that, or when all have ceased to give it.
func overtaken(midst bool) error {
	w, err := endedOf(many, 1<<30, 1)
	if err != nil {
		return err
	}
	defer w.close()
	leader, three := w.at(1), w.at(3)
	base, _ := logOf(leader).Base()
	brings := func() error {
		leader.deaf = true
		err := w.until("the log has brought it", func() bool { return three.Status().CommitIndex >= base })
		return errors.Join(err, w.turn())
	}
	came, behind := false, 0
	w.given(func(_ *member, offset int64, answer []byte) ([]byte, error) {
		if came {
			behind++
		}
		if came || offset < 1<<20 {
			return answer, nil
		}
		came = true
		if midst {
			err = errors.Join(err, brings())
			return answer, nil
		}
		return nil, transport.ErrNotSent
	})
	err = errors.Join(err, three.start(), w.until("some of it has come", func() bool { return came && len(three.Jobs) == 0 }))
	if !midst {
		w.bulk = func(*member, []byte, func() []byte) ([]byte, error) { return nil, transport.ErrNotSent }
		err = errors.Join(err, brings())
	}
	err = errors.Join(err, w.turn())
	switch _, is := three.Node.Fetching(); {
	case err != nil:
		return err
	case is || midst && behind > 0:
		return fmt.Errorf("it is still being got: %d more pieces were asked for", behind)
	case three.machine.loaded > 0:
		return errors.New("it was loaded all the same")
	}
	if _, there := three.files.Image()["received.tmp"]; there {
		return errors.New("what came of it lies about")
	}
	leader.deaf = false
	return errors.Join(w.level(), w.write(1), w.level(), w.check())
}

func TestASnapshotThatTheLogOvertakesIsGivenUp(t *testing.T) {
	require.NoError(t, overtaken(true))
	require.NoError(t, overtaken(false))
}

// TestAPartOfAnotherSnapshotIsInNobodysWay has the others' logs begin elsewhere when node 3 comes back with half of a snapshot.
func TestAPartOfAnotherSnapshotIsInNobodysWay(t *testing.T) {
	w, err := ended(many)
	require.NoError(t, err)
	defer w.close()
	three := w.at(3)
	dead := false
	w.given(func(_ *member, offset int64, answer []byte) ([]byte, error) {
		if dead = dead || offset > 2<<20; dead {
			return nil, transport.ErrNotSent
		}
		return answer, nil
	})
	require.NoError(t, errors.Join(three.start(), w.until("it is cut off", func() bool { return dead && len(three.Jobs) == 0 })))
	require.NotEmpty(t, three.files.Image()["received.tmp"])
	for range 2 {
		w.at(1).Forsake()
		w.at(2).Forsake()
		require.NoError(t, errors.Join(w.write(1), w.take(w.at(1), w.at(2))))
	}
	given := w.given(whatItIs)
	require.NoError(t, errors.Join(w.level(), w.turn(), w.check()))
	require.Equal(t, 1, three.machine.loaded)
	require.Less(t, *given, many+many/100+4096)
	require.NotContains(t, three.files.Image(), "received.tmp")
}

// endsWhileItLoads has node 3 told to end while it loads what it got, and start again.
func endsWhileItLoads() error {
	w, err := ended(many)
	if err != nil {
		return err
	}
	defer w.close()
	three := w.at(3)
	err = three.start()
	pieces, ends := 0, 0
	three.machine.during = func() {
		if pieces++; pieces == 3 {
			three.BeginStop()
			ends = pieces
		}
	}
	err = errors.Join(err, w.until("it is told to end", func() bool { return ends > 0 }))
	if err == nil && pieces > ends {
		err = fmt.Errorf("it loads %d pieces more", pieces-ends)
	}
	if err == nil && three.machine.loaded > 0 {
		err = errors.New("half of a state was put in place of the machine's")
	}
	three.Close()
	w.at(1).Forsake()
	given := w.given(whatItIs)
	err = errors.Join(err, three.start())
	three.machine.during = func() {
		if three.Tend(); err == nil && w.at(1).Given() == 0 {
			err = errors.New("who leads does not know that it is being loaded")
		}
	}
	err = errors.Join(w.level(), err, w.write(1), w.level(), w.check())
	if err == nil && (three.machine.loaded != 1 || *given > 1<<20) {
		err = fmt.Errorf("after the start %d states were loaded, and %d bytes got", three.machine.loaded, *given)
	}
	return err
}

func TestANodeThatEndsDoesNotLoadToTheEnd(t *testing.T) { require.NoError(t, endsWhileItLoads()) }

// outlived has the log grow by more than others keep of it, for so many attempts to get a snapshot, while node 3 waits for the second piece.
// It returns the snapshots that were begun, and by how many stretches of log the leader's had grown until it was seen that one is of no use.
func outlived(attempts int) (begun []protocol.Index, stretches []float64, err error) {
	w, err := endedEvery(chainPadding, chainPadding)
	if err != nil {
		return nil, nil, err
	}
	defer w.close()
	three, inside := w.at(3), false
	w.given(func(_ *member, offset int64, answer []byte) ([]byte, error) {
		index, _ := three.Wished()
		if len(begun) == 0 || begun[len(begun)-1] != index {
			begun = append(begun, index)
		}
		if offset > 0 {
			answer = answer[:min(len(answer), 2+snapshot.DefaultBlockBytes)]
		}
		if offset <= snapshot.DefaultBlockBytes || len(begun) > attempts || inside {
			return answer, nil
		}
		inside = true
		last := w.at(1).Status().LastIndex
		for wished, givenUp := index, false; err == nil && !givenUp && wished == index; wished, givenUp = three.Wished() {
			err = w.write(5)
		}
		inside = false
		stretches = append(stretches, float64(w.at(1).Status().LastIndex-last)*entryOfWorld/chainPadding)
		return answer, nil
	})
	err = errors.Join(three.start(), w.level(), err, w.check())
	if err == nil && three.machine.loaded != 1 {
		err = fmt.Errorf("%d states were loaded", three.machine.loaded)
	}
	return begun, stretches, err
}

// entryOfWorld is about how many bytes an entry of world.write has.
const entryOfWorld = 3 << 10

// What is got for longer than the log is kept for is begun again, with a newer snapshot, and comes when the log lets it. No attempt is hopeless from
// the beginning, and of three in a row one has the time of two stretches.
func TestASnapshotThatIsGotTooSlowlyIsBegunAgainWithANewerOne(t *testing.T) {
	const attempts = 12
	begun, stretches, err := outlived(attempts)
	require.NoError(t, err)
	require.Len(t, begun, attempts+1)
	require.IsIncreasing(t, begun)
	t.Log(stretches)
	for k, s := range stretches {
		require.Greater(t, s, 0.5)
		if k >= 2 {
			require.Greater(t, slices.Max(stretches[k-2:k+1]), 2.0)
		}
	}
}
