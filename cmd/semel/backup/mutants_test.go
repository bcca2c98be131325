//go:build mutants

package backup

// Goal: the check of what came can fail. Method: the fault of the format's package is switched on, and a story of fetch_test.go ends otherwise.

import (
	"testing"

	"github.com/stretchr/testify/require"

	format "github.com/eventstreamcore/semel/dedup/backup"
)

func TestRotThatNobodyLooksForIsAccepted(t *testing.T) {
	t.Cleanup(func() { format.Mutant = "" })
	format.Mutant = "digest-unchecked"
	require.NoError(t, acceptsRot(t))
}
