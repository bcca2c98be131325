package dedup_test

// Goal: the version of a cluster is part of its state, rises by an entry alone, and stops a program that does not speak it before anything is applied. Method: a log
// in which it rises, applied by programs that speak one version and two; states of both.

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
)

// risingLog is a log whose version is raised to 2 by its third entry, and again by its fourth.
func risingLog() [][]byte {
	b := dedup.Bootstrap{Secret: dedup.Secret{1: 1}, CapacityKeys: 10, CapacityBytes: 1 << 10}
	claim := func(version dedup.Version, key byte) []byte {
		return dedup.Under(version, dedup.AppendClaim(dedup.AppendHeader(nil, 1000), dedup.Claim{Key: dedup.Key{key}, Owner: 7}), 0)
	}
	return [][]byte{
		dedup.AppendBootstrap(nil, 1000, &b),
		claim(1, 1),
		dedup.AppendVersion(nil, 1000, 2),
		dedup.AppendVersion(nil, 1000, 2),
		dedup.AppendVersion(nil, 1000, 1), // of a leader that was behind
		claim(2, 2),
		claim(1, 3), // it was proposed before the leader knew
	}
}

// applyRising applies the first n entries of it.
func applyRising(n int) (*dedup.Machine, dedup.Results, error) {
	m := dedup.New()
	var results dedup.Results
	for k, payload := range risingLog()[:n] {
		if err := m.Apply(uint64(k+1), payload, &results); err != nil {
			return m, results, err
		}
	}
	return m, results, nil
}

// stopsBeforeIt returns an error where a program goes on into a version that it does not speak.
func stopsBeforeIt() error {
	m, _, err := applyRising(7)
	if !errors.Is(err, dedup.ErrUnknownVersion) || m.AppliedIndex() != 2 || m.Version() != 1 {
		return fmt.Errorf("it applied up to %d, at version %d: %w", m.AppliedIndex(), m.Version(), err)
	}
	return nil
}

// rises returns an error where the version is not what the log says, with a program that speaks it.
func rises() error {
	defer dedup.SpeakUpTo(2)()
	for n, want := range []dedup.Version{1, 1, 1, 2, 2, 2, 2, 2} {
		m, results, err := applyRising(n)
		switch {
		case err != nil:
			return err
		case m.Version() != want:
			return fmt.Errorf("the version is %d after entry %d, want %d", m.Version(), n, want)
		case n > 5 && results.Answers[0].Outcome != dedup.Won:
			return fmt.Errorf("the claim of entry %d is answered %v", n, results.Answers[0].Outcome)
		}
	}
	return nil
}

// refusesEarly returns an error where an entry of a later version is applied before the cluster has that.
func refusesEarly() error {
	defer dedup.SpeakUpTo(2)()
	m, _, err := applyRising(2)
	if err != nil {
		return err
	}
	var results dedup.Results
	if err := m.Apply(3, risingLog()[5], &results); !errors.Is(err, dedup.ErrMalformed) || m.AppliedIndex() != 2 {
		return fmt.Errorf("an entry of version 2 was applied at version 1: %w", err)
	}
	return nil
}

func TestAProgramStopsBeforeAVersionThatItDoesNotSpeak(t *testing.T) {
	require.NoError(t, stopsBeforeIt())
}

func TestTheVersionRisesByAnEntryAlone(t *testing.T) { require.NoError(t, rises()) }

func TestNothingOfALaterVersionComesBeforeIt(t *testing.T) { require.NoError(t, refusesEarly()) }

func TestALogBeginsWithTheVersionOfItsFirstEntry(t *testing.T) {
	defer dedup.SpeakUpTo(2)()
	m := dedup.New()
	var results dedup.Results
	require.NoError(t, m.Apply(1, dedup.Under(2, risingLog()[0], 0), &results))
	require.EqualValues(t, 2, m.Version())
}

func TestAStateIsOfItsVersion(t *testing.T) {
	back := dedup.SpeakUpTo(2)
	defer back()
	first, _, err := applyRising(2)
	require.NoError(t, err)
	last, _, err := applyRising(7)
	require.NoError(t, err)
	old, state := first.AppendState(nil), last.AppendState(nil)
	require.EqualValues(t, 1, old[0])
	require.EqualValues(t, 2, state[0])
	loaded, err := dedup.LoadState(state)
	require.NoError(t, err)
	require.EqualValues(t, 2, loaded.Version())
	require.Equal(t, state, loaded.AppendState(nil))
	head, err := dedup.ReadHead(state)
	require.NoError(t, err)
	require.EqualValues(t, 2, head.Version)

	back()
	_, err = dedup.LoadState(old)
	require.NoError(t, err)
	_, err = dedup.LoadState(state)
	require.ErrorIs(t, err, dedup.ErrUnknownVersion)
	_, err = dedup.ReadHead(state)
	require.ErrorIs(t, err, dedup.ErrUnknownVersion)
	require.ErrorContains(t, err, "version 2, this program speaks 1 to 1")
}

func TestWhatRaisesTheVersionIsOneByte(t *testing.T) {
	whole := dedup.AppendVersion(nil, 5, 9)
	entry, err := dedup.ParseEntry(whole)
	require.NoError(t, err, "whoever does not speak it reads that there is one")
	require.Equal(t, dedup.Entry{Version: 1, Kind: dedup.EntryVersion, StampNanos: 5, Raises: 9}, entry)
	for _, wrong := range [][]byte{whole[:len(whole)-1], append(whole[:len(whole):len(whole)], 0), dedup.AppendVersion(nil, 5, 0)} {
		_, err := dedup.ParseEntry(wrong)
		require.ErrorIs(t, err, dedup.ErrMalformed)
	}
}
