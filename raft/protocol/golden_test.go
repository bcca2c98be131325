// Goal: tell the protocol's stories so that a reader can follow each action, message,
// write and state, and notice where any of them changes.
// Method: the scripts in testdata drive several nodes by hand (script_test.go is their
// language); after every action all invariants and properties are asserted.
//
// `go test ./raft/protocol -run Golden -rewrite` writes what happens as what should
// happen. That makes any fault the expectation: read every line of the difference, and
// commit it with the change that explains it.

package protocol

import (
	"path/filepath"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"
)

func TestGoldenScripts(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			s := &script{}
			datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
				told, err := s.run(d)
				require.NoError(t, err, d.Pos)
				if s.w.broken != nil {
					t.Fatalf("%s:\n%s", d.Pos, s.w.story())
				}
				return told
			})
		})
	}
}

// TestGoldenScriptStopsAtABreach: a script is no check unless it fails where a property
// breaks.
func TestGoldenScriptStopsAtABreach(t *testing.T) {
	s := &script{w: newWorld(3)}
	s.elect(1, []NodeID{2, 3})
	s.w.node(2).role, s.w.node(2).currentTerm = Leader, 1
	s.state(nil)
	s.w.persist(2)
	s.w.appendEntries(1, 2, 0, 0)
	require.NotNil(t, s.w.broken)
	require.Equal(t, "ElectionSafety", s.w.broken.property)
	require.Contains(t, s.w.story(), "both lead term 1")
}
