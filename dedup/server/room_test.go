package server

// Goal: what a node says of its room is a forecast: it follows what claims take of late, whatever the log has been made shorter by, and says
// when the next snapshot has no room. Method: entries of counted bytes, tables, and one node whose log ends many times.

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// claimsOf appends an entry with so many claims, each with a value of so many bytes.
func claimsOf(n, value int, next *uint64) []byte {
	payload := dedup.AppendHeader(nil, uint64(time.Second))
	for range n {
		*next++
		payload = dedup.AppendClaim(payload, dedup.Claim{Call: *next, Key: dedup.Key{byte(*next), byte(*next >> 8), byte(*next >> 16)}, Owner: 1, Value: make([]byte, value)})
	}
	return payload
}

// forecast has a machine apply many small claims and then a tenth as many large ones, and returns what it then takes a claim for, and what
// the last ones took.
func forecast(t *testing.T) (told, was int64) {
	m := NewMachine(dedup.Bootstrap{CapacityKeys: 1 << 20, CapacityBytes: 1 << 30})
	index, next := uint64(1), uint64(0)
	require.NoError(t, m.Apply(index, m.AppendBootstrap(nil, uint64(time.Second))))
	require.EqualValues(t, claimBytes, m.commandBytes(), "none tells")
	apply := func(entries, value int) {
		for range entries {
			index++
			payload := claimsOf(100, value, &next)
			require.NoError(t, m.Apply(index, payload))
			was = node.RecordBytes(1, len(payload)) / 100
		}
	}
	apply(1500, 0)
	require.InEpsilon(t, was, m.commandBytes(), 0.05)
	apply(300, 900)
	return m.commandBytes(), was
}

func TestTheForecastFollowsWhatClaimsTakeOfLate(t *testing.T) {
	told, was := forecast(t)
	require.InEpsilon(t, was, told, 0.05)
}

func TestRoomIsForTheLogAndForTheNextSnapshot(t *testing.T) {
	room := node.RoomStatus{State: node.RoomOK, Reserve: 1 << 10}
	room.Made, room.Free = 1<<20, 1<<20
	require.EqualValues(t, (2<<20-1<<10)/256, roomOf(room, node.Footprint{}, 0, 256).Claims)
	require.Equal(t, node.RoomLow, lacksRoomForASnapshot())
	room.Free = -1
	require.EqualValues(t, -1, roomOf(room, node.Footprint{}, 0, 256).Claims)
	room.State, room.Free = node.RoomNone, 0
	none := roomOf(room, node.Footprint{Log: 5, Snapshots: 3, Lacking: 1}, 7, 256)
	require.Equal(t, Room{State: node.RoomNone, Log: 1 << 20, Refused: 7, Lacking: 1, Folder: 8}, none)
}

func lacksRoomForASnapshot() node.RoomState {
	return roomOf(node.RoomStatus{State: node.RoomOK}, node.Footprint{Lacking: 1}, 0, 256).State
}

// The log is given back again and again; what a claim takes stays what it was.
func TestTheForecastIsNoneOfTheLogsLength(t *testing.T) {
	r, err := Open(Config{Cluster: "room", Node: 1, Dir: t.TempDir(), Peers: map[uint8]string{1: "127.0.0.1:0"},
		Tune: func(o *node.Options) { o.SnapshotBytes = 64 << 10 }})
	require.NoError(t, err)
	defer r.Close()
	require.Eventually(t, func() bool { return r.Status().Ready }, time.Minute, 5*time.Millisecond)
	claims, next, size := 0, uint64(0), 0
	base := protocol.Index(0)
	for moved := 0; moved < 5; claims += 100 {
		commands := claimsOf(100, 0, &next)[len(dedup.AppendHeader(nil, 0)):]
		size = len(commands)
		ended := make(chan error, 1)
		r.Do(commands, 100, Within(time.Minute), func(_ []Answer, err error) { ended <- err })
		require.NoError(t, <-ended)
		if now := r.node.Status().SnapshotIndex; now > base {
			base, moved = now, moved+1
		}
	}
	now := r.Status().Room
	require.Greater(t, claims, fewCommands)
	each := node.RecordBytes(1, size+len(dedup.AppendHeader(nil, 0))) / 100
	require.InEpsilon(t, (now.Log+now.Disk)/each, now.Claims, 0.05)
	require.Zero(t, now.Lacking)
	require.Positive(t, now.Snapshot)
	require.Positive(t, now.Folder)
	require.Less(t, now.Folder, now.Most)
}
