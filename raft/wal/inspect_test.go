package wal_test

// Goal: who inspects a log at rest sees what a start would come up with, and reads the same entries; and changes nothing. Method: the script, crashed in
// every call, is inspected and then opened; and logs with changed bytes are refused by both.

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

func TestAnInspectionSeesWhatAStartComesUpWith(t *testing.T) {
	calls, err := callsOfScript(crashfs.New(0))
	require.NoError(t, err)
	torn := 0
	for call := 1; call <= calls; call++ {
		r := configured(crashfs.New(uint64(call)))
		r.fs.DieAt(call)
		require.True(t, gone(r.openAndPlay(script)))
		require.NoError(t, r.fs.Crash(uint64(call)))
		before := r.fs.Image()
		found, err := wal.Inspect(r.fs)
		require.NoError(t, err, "call %d", call)
		base, _ := found.State.Log.Base()
		entries := entriesAbove(t, r.fs, base)
		require.True(t, sameImage(before, r.fs.Image()), "call %d", call)

		log, opened, err := wal.Open(configOn(r.fs))
		require.NoError(t, err)
		require.Equal(t, opened.State, found.State, "call %d", call)
		require.Equal(t, opened.Torn, found.Torn > 0, "call %d", call)
		require.Len(t, entries, int(log.LastIndex()-base))
		for k, e := range entries {
			there, err := log.Read(base+1+protocol.Index(k), nil)
			require.NoError(t, err)
			require.Equal(t, wal.Entry{Term: there.Term, Value: there.Value, Configuration: there.Configuration, Payload: e.Payload}, e)
			require.Equal(t, string(there.Payload), string(e.Payload))
		}
		require.NoError(t, log.Close())
		if found.Torn > 0 {
			torn++
		}
	}
	require.Positive(t, torn)
}

// entriesAbove are those that ReadEntries tells; those above a later index are the end of them.
func entriesAbove(t *testing.T, fs wal.FS, index protocol.Index) (all []wal.Entry) {
	t.Helper()
	tell := func(into *[]wal.Entry, next protocol.Index) func(protocol.Index, wal.Entry) error {
		return func(k protocol.Index, e wal.Entry) error {
			require.Equal(t, next, k)
			next++
			e.Payload = append([]byte{}, e.Payload...)
			*into = append(*into, e)
			return nil
		}
	}
	require.NoError(t, wal.ReadEntries(fs, index, tell(&all, index+1)))
	if len(all) > 1 {
		var later []wal.Entry
		require.NoError(t, wal.ReadEntries(fs, index+1, tell(&later, index+2)))
		require.Equal(t, all[1:], later)
	}
	return all
}

func TestAnInspectionNamesTheFileThatIsDamaged(t *testing.T) {
	fs := withSecret(t)
	image := fs.Image()
	for _, name := range []string{"0000000000000001.wal", "PEERS"} {
		for _, at := range []int{0, 9, 20, 600, 700} {
			rotten := crashfs.Image{}
			for file, content := range image {
				rotten[file] = append([]byte(nil), content...)
			}
			rotten[name][at] ^= 4
			found, err := wal.Inspect(crashfs.Load(rotten, 0))
			flaws := 0
			for _, f := range found.Files {
				if f.Err != nil || f.Flaw != nil {
					require.Equal(t, name, f.Name)
					flaws++
				}
			}
			require.Equal(t, 1, flaws, "%s byte %d", name, at)
			require.Equal(t, name == "PEERS", err == nil, "%s byte %d: the other copy is whole", name, at)
		}
	}
}
