package server

// Goal: a snapshot may take the place of a machine's state in the midst of everything: what is read apart of the state before, or told
// of it, ends as it would have, and no other goes wrong. Method: one machine, one story each.

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/raft/node"
)

// told is all that a body tells.
func told(t *testing.T, b node.Body) (all []byte) {
	defer b.Close()
	for {
		var err error
		if all, err = b.Next(all); errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
	}
}

// loaded is the state of a snapshot, finished.
func loaded(t *testing.T, m *Machine, state []byte) node.Loader {
	l := m.Loader()
	for ; len(state) > 0; state = state[min(len(state), 1000):] {
		_, err := l.Write(state[:min(len(state), 1000)])
		require.NoError(t, err)
	}
	require.NoError(t, l.Finish())
	return l
}

func snapshotOf(t *testing.T, m *Machine) []byte {
	b, err := m.Snapshot()
	require.NoError(t, err)
	return told(t, b)
}

// query applies an entry with two reads of the large value, one more than what is copied at once, and returns them, unread.
func query(t *testing.T, m *Machine, index uint64) ([]byte, node.Values) {
	payload := dedup.AppendQuery(m.AppendHeader(nil, index), dedup.Query{Key: dedup.Key{1}})
	require.NoError(t, m.Apply(index, dedup.AppendQuery(payload, dedup.Query{Key: dedup.Key{1}})))
	return m.AppendAnswers(nil, 0, 2)
}

// readAcrossASwap is what is read of a value that was pinned after a swap, when one that was pinned before it is closed first.
func readAcrossASwap(t *testing.T) []byte {
	m := reading(t, 1)
	state := snapshotOf(t, m)
	before, apart := query(t, m, 4)
	m.Swap(loaded(t, m, state))
	after, behind := query(t, m, 4)
	a := whole(t, before, apart, 2) // closes it
	require.Equal(t, large, a[1].Value)
	for index := uint64(5); index < 8; index++ { // their cells would be those that nobody has any more
		other := dedup.Put{Key: dedup.Key{1}, Value: bytes.Repeat([]byte{byte(index)}, len(large))}
		require.NoError(t, m.Apply(index, dedup.AppendPut(m.AppendHeader(nil, index), other)))
	}
	return whole(t, after, behind, 2)[1].Value
}

func TestValuesThatWerePinnedBeforeASwapAreGivenBackWhereTheyAre(t *testing.T) {
	require.Equal(t, large, readAcrossASwap(t))
}

func TestTheMachineGoesOnAsTheOneThatWasSnapshot(t *testing.T) {
	source, m := reading(t, 1), NewMachine(dedup.Bootstrap{})
	m.Swap(loaded(t, m, snapshotOf(t, source)))
	require.Equal(t, source.Digest(), m.Digest())
	for index := uint64(4); index < 8; index++ {
		payload := dedup.AppendQuery(m.AppendHeader(nil, index), dedup.Query{Key: dedup.Key{1}})
		require.NoError(t, source.Apply(index, payload))
		require.NoError(t, m.Apply(index, payload))
		require.Equal(t, source.Digest(), m.Digest())
	}
	require.Equal(t, snapshotOf(t, source), snapshotOf(t, m))
}

// One that is being told is of the state before, to its end; the state that took its place has its own.
func TestASnapshotThatIsBeingToldOutlivesASwap(t *testing.T) {
	m, other := reading(t, 1), NewMachine(dedup.Bootstrap{})
	want := snapshotOf(t, m)
	old, err := m.Snapshot()
	require.NoError(t, err)
	m.Swap(loaded(t, m, snapshotOf(t, other)))
	require.Equal(t, snapshotOf(t, other), snapshotOf(t, m))
	require.Equal(t, want, told(t, old))
	old.Close()
	require.Equal(t, snapshotOf(t, other), snapshotOf(t, m))
}

// What is no state of a machine's is found out before it takes any place.
func TestAStateThatIsCutOrLongerIsNotLoaded(t *testing.T) {
	m := reading(t, 1)
	state := snapshotOf(t, m)
	for _, wrong := range [][]byte{nil, state[:len(state)-1], append(bytes.Clone(state), 0)} {
		l := m.Loader()
		_, err := l.Write(wrong)
		require.Error(t, errors.Join(err, l.Finish()))
	}
}

// What was copied is told while an entry is applied; and all of it is as it was, while a thousand of them give up what is told.
func TestAStateIsToldBesideEntries(t *testing.T) {
	const keys = 6000
	m := NewMachine(dedup.Bootstrap{CapacityKeys: keys, CapacityBytes: 16 << 20})
	require.NoError(t, m.Apply(1, m.AppendBootstrap(nil, 1)))
	put := func(index uint64, each int, value byte) error {
		payload := m.AppendHeader(nil, index)
		for n := int(index) % each; n < keys; n += each {
			payload = dedup.AppendPut(payload, dedup.Put{Key: dedup.Key{byte(n), byte(n >> 8)}, Value: bytes.Repeat([]byte{value}, 100)})
		}
		return m.Apply(index, payload)
	}
	for index := uint64(2); index < 12; index++ {
		require.NoError(t, put(index, 10, 1))
	}
	var want []byte
	m.View(func(m *dedup.Machine) { want = m.AppendState(nil) })
	b, err := m.Snapshot()
	require.NoError(t, err)
	defer b.Close()
	all, err := b.Next(nil)
	require.NoError(t, err)
	m.mu.Lock() // as if an entry were applied
	all, err = b.Next(all)
	m.mu.Unlock()
	require.NoError(t, err)
	require.Greater(t, len(all), pieceBytes)

	applied := make(chan error, 1)
	go func() {
		for index := uint64(12); index < 1012; index++ {
			if err := put(index, 100, byte(index)); err != nil {
				applied <- err
				return
			}
		}
		applied <- nil
	}()
	for err == nil {
		all, err = b.Next(all)
	}
	require.ErrorIs(t, err, io.EOF)
	require.NoError(t, <-applied)
	require.True(t, bytes.Equal(want, all), "told beside entries, another state")
}
