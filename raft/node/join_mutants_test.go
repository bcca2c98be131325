//go:build mutants

package node_test

// Goal: each fault of who looks for others by a list is noticed. Method: the stories of join_ask_test.go.

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
)

var joinStories = map[string]func(testing.TB) error{
	"silent-is-another-cluster":    endsAmongStrangers,
	"one-stranger-ends-it":         endsAmongStrangers,
	"strangers-are-asked-for-ever": endsAmongStrangers,
	"names-are-looked-up-once":     joinsByName,
}

func TestEachFaultOfWhoLooksForOthersIsNoticed(t *testing.T) {
	for _, id := range node.JoinMutantIDs {
		t.Run(id, func(t *testing.T) {
			defer func() { node.Mutant = "" }()
			node.Mutant = id
			require.Error(t, joinStories[id](t), "nobody notices")
		})
	}
}
