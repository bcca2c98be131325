package dedup_test

// Goal: a restored state has all that stood, goes on from its own time, and gives no token that the old cluster may have given. Method: a scenario that
// goes on in both clusters.

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
)

// twins returns a machine with a claim of key 1, and one restored from its state.
func twins(t *testing.T) (old, restored *dedup.Machine) {
	t.Helper()
	var results dedup.Results
	old = dedup.New()
	b := dedup.Bootstrap{Cluster: dedup.ClusterID{1}, Secret: dedup.Secret{7}, CapacityKeys: 100, CapacityBytes: 3200}
	require.NoError(t, old.Apply(1, dedup.AppendBootstrap(nil, 5_000_000, &b), &results))
	require.Equal(t, dedup.Won, claimOf(t, old, 2, 1).Outcome)
	restored, err := dedup.LoadState(old.AppendState(nil))
	require.NoError(t, err)
	require.NoError(t, restored.Restore(dedup.ClusterID{2}))
	return old, restored
}

// claimOf claims a key in an entry.
func claimOf(t *testing.T, m *dedup.Machine, entry uint64, key byte) dedup.Result {
	t.Helper()
	var results dedup.Results
	claim := dedup.Claim{Call: 1, Key: dedup.Key{key}, Owner: dedup.Owner(entry)}
	require.NoError(t, m.Apply(entry, dedup.AppendClaim(dedup.AppendHeader(nil, 1_000_000*entry), claim), &results))
	return results.Answers[0]
}

func TestARestoredStateGivesNoTokenOfTheOldCluster(t *testing.T) {
	last, next := tokensOfBoth(t)
	require.Greater(t, next, last)
}

// tokensOfBoth are the last token of the old cluster, which goes on for a while, and the first one of the new.
func tokensOfBoth(t *testing.T) (last, next uint64) {
	t.Helper()
	old, restored := twins(t)
	for k := uint64(3); k < 20; k++ {
		last = claimOf(t, old, k, byte(k)).Token
	}
	return last, claimOf(t, restored, 3, 200).Token
}

func TestARestoredStateHasAllThatStood(t *testing.T) {
	old, restored := twins(t)
	require.Equal(t, old.TimeNanos(), restored.TimeNanos())
	require.Equal(t, old.AppliedIndex(), restored.AppliedIndex())
	told := claimOf(t, restored, 3, 1)
	require.Equal(t, dedup.Duplicate, told.Outcome)
	require.Equal(t, uint64(1), told.Token)
	was, _ := old.Configuration()
	is, _ := restored.Configuration()
	require.Equal(t, dedup.ClusterID{2}, is.Cluster)
	require.Equal(t, was.Secret, is.Secret)
	require.Equal(t, was.CapacityKeys, is.CapacityKeys)
	again, err := dedup.LoadState(restored.AppendState(nil))
	require.NoError(t, err)
	require.Equal(t, restored.Hash(), again.Hash())
}

func TestWhatCantBeRestoredIsSaid(t *testing.T) {
	require.Error(t, dedup.New().Restore(dedup.ClusterID{2}), "nothing was applied to it")
	_, m := twins(t)
	for range 1 << 16 {
		if err := m.Restore(dedup.ClusterID{2}); err != nil {
			require.ErrorContains(t, err, "command number")
			return
		}
	}
	require.Fail(t, "numbers end")
}

func TestTheHeadOfAStateIsRead(t *testing.T) {
	old, _ := twins(t)
	state := old.AppendState(nil)
	head, err := dedup.ReadHead(state[:min(len(state), dedup.HeadBytes)])
	require.NoError(t, err)
	configuration, _ := old.Configuration()
	require.Equal(t, dedup.Head{Version: 1, Applied: 2, TimeNanos: 5_000_000, Number: 1, Keys: 1, Configuration: configuration}, head)
	_, err = dedup.ReadHead(state[:40])
	require.ErrorIs(t, err, dedup.ErrMalformed)
	state[0]++
	_, err = dedup.ReadHead(state)
	require.ErrorIs(t, err, dedup.ErrUnknownVersion)
}
