package server

// Goal: a snapshot that is held looks like none that is being taken.

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestASnapshotThatIsHeldIsNotBeingTaken(t *testing.T) {
	taking := Snapshots{Index: 7, Taking: 9}
	s := taking
	s.hold(9, 512)
	require.Equal(t, Snapshots{Index: 7, Held: 9, HeldBytes: 512}, s)
	for _, other := range []Snapshots{taking, {Index: 9}, {}} {
		s = other
		s.hold(0, 0)
		require.Equal(t, other, s, "none is held")
		s.hold(8, 512)
		require.Equal(t, other, s, "the replica has heard of it by now")
	}
}
