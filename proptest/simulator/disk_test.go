package simulator

// Goal: both kinds of disks lose what a disk may lose, and only that. Method: records drawn into a disk, an end
// drawn at any point of a sync, and what is found then compared with what was appended and acknowledged.

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

func disksOf(seed uint64) map[string]disk {
	return map[string]disk{
		"list": &listDisk{random: rand.New(rand.NewPCG(seed, 2))},
		"wal":  newWalDisk(1, seed, 1, nil),
	}
}

// record is one of a term of its own, that adds one entry.
func record(n int) *node.Record {
	return &node.Record{
		Mark: raft.Mark(n), Term: protocol.Term(n), Vote: 1, Prev: protocol.Index(n - 1),
		Entries: []node.Entry{{Term: protocol.Term(n), Value: protocol.Command, Payload: []byte{byte(n)}}},
	}
}

// found checks that what is found is what the first records wrote, at least as many as must be, and returns how many.
func found(t require.TestingT, state protocol.HardState, least, most int) int {
	n := int(state.Log.LastIndex())
	require.GreaterOrEqual(t, n, least)
	require.LessOrEqual(t, n, most)
	require.Equal(t, protocol.Term(n), state.Term)
	for k := 1; k <= n; k++ {
		require.Equal(t, protocol.Term(k), state.Log.TermAt(protocol.Index(k)))
	}
	return n
}

func TestADiskKeepsAFirstPartOfWhatWasAppended(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for name, d := range disksOf(rapid.Uint64().Draw(t, "seed")) {
			appended, synced := 0, 0
			for range rapid.IntRange(1, 4).Draw(t, name+" lives") {
				state, _, err := d.open()
				require.NoError(t, err)
				appended = found(t, state, synced, appended)
				synced = appended
				for range rapid.IntRange(0, 4).Draw(t, "syncs") {
					appended = appendSome(t, d, appended)
					d.beginSync()
					if rapid.IntRange(0, 3).Draw(t, "dies") == 3 {
						break
					}
					mark, err := d.endSync()
					require.NoError(t, err)
					require.LessOrEqual(t, int(mark), appended)
					synced = max(synced, int(mark))
				}
				appended = appendSome(t, d, appended)
				d.kill()
				found(t, d.certain(), synced, appended)
				if rapid.Bool().Draw(t, "power") {
					require.NoError(t, d.losePower())
					found(t, d.certain(), synced, appended)
				}
			}
		}
	})
}

func appendSome(t *rapid.T, d disk, appended int) int {
	for range rapid.IntRange(0, 3).Draw(t, "records") {
		appended++
		require.NoError(t, d.append(record(appended)))
	}
	return appended
}

// outcomes is what is found, in many runs, of three records of which none was acknowledged.
func outcomes(t *testing.T, kind string, end func(d disk)) map[int]bool {
	lengths := map[int]bool{}
	for seed := range uint64(100) {
		d := disksOf(seed)[kind]
		_, _, err := d.open()
		require.NoError(t, err)
		for n := 1; n <= 3; n++ {
			require.NoError(t, d.append(record(n)))
		}
		d.beginSync()
		end(d)
		state, _, err := d.open()
		require.NoError(t, err)
		lengths[found(t, state, 0, 3)] = true
	}
	return lengths
}

// What a killed process has written can still be read, and a power loss may take it all the same.
func TestAKillInTheMiddleOfASyncLeavesAnything(t *testing.T) {
	for _, kind := range []string{"list", "wal"} {
		killed := outcomes(t, kind, func(d disk) { d.kill() })
		require.True(t, killed[0] && killed[3], "%s: %v", kind, killed)
		lost := outcomes(t, kind, func(d disk) {
			d.kill()
			require.NoError(t, d.losePower())
		})
		require.True(t, lost[0] && lost[3], "%s: %v", kind, lost)
	}
}

// The page cache is not the disk: a record that was found once may be gone after the next power loss, unless open
// made it durable. It does: without that the property above finds less than a life before.
func TestADiskThatFailsSaysSo(t *testing.T) {
	for kind, d := range disksOf(1) {
		for _, what := range []failure{syncFails, writeFails} {
			state, _, err := d.open()
			require.NoError(t, err)
			d.fail(what, true)
			require.NoError(t, d.append(record(int(state.Log.LastIndex())+1)))
			d.beginSync()
			_, err = d.endSync()
			require.ErrorIs(t, err, ErrDisk, kind)
			d.fail(what, false)
			d.kill()
		}
	}
}

// A replica that reads ahead may meet the failure of a sync before it is told of it. That is the disk's fault, too.
func TestAReadOfALogThatHasFailedIsTheDisksFault(t *testing.T) {
	for name, d := range disksOf(1) {
		_, _, err := d.open()
		require.NoError(t, err)
		require.NoError(t, d.append(record(1)))
		d.fail(syncFails, true)
		d.beginSync()
		_, err = d.endSync()
		require.ErrorIs(t, err, ErrDisk, name)
		if _, err = d.read(1); err != nil {
			require.ErrorIs(t, err, ErrDisk, name)
		}
		require.Equal(t, name == "wal", err != nil, name)
	}
}
