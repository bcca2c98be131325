//go:build mutants

package node_test

// Goal: each fault of where members are found is noticed. Method: the stories of restating_test.go.

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
)

func TestEachFaultOfWhereMembersAreFoundIsNoticed(t *testing.T) {
	stories := map[string]func() error{
		"logged-at-once":       flapsFast,
		"logged-without-bound": flapsSlowly,
		"any-length-is-logged": func() error { return saysNothingOfUse(strings.Repeat("a", 196) + ":7001") },
		"anywhere-is-logged":   func() error { return saysNothingOfUse("0.0.0.0:7001") },
		"silent-are-found":     isSilentAndElsewhere,
	}
	for _, id := range node.FoundMutantIDs {
		t.Run(id, func(t *testing.T) {
			defer func() { node.Mutant = "" }()
			require.NoError(t, stories[id](), "another fault")
			node.Mutant = id
			require.Error(t, stories[id](), "nobody notices")
		})
	}
}
