package snapshot_test

// Goal: without a seeded fault guards_mutants.go is guards.go, so that what the mutants' test runs is what ships.
// Method: package seeded compares the two.

import (
	"testing"

	"github.com/eventstreamcore/semel/internal/seeded"
)

func TestGuardsWithoutTheirMutantsAreTheGuards(t *testing.T) {
	seeded.Compare(t, 30, "sum == stored", "sum != stored")
}
