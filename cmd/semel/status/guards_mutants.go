//go:build mutants

// The guards of guards.go, each with a fault in front. mutants_test.go shows that each is caught.

package status

import "github.com/eventstreamcore/semel/dedup/server"

// Mutant picks the fault that is switched on, by its id; empty means none. For checks only: it is one variable for
// the whole program.
var Mutant string

// MutantIDs are the faults of this package.
var MutantIDs = []string{"first-view-wins", "no-quorum-is-degraded", "waits-for-all", "each-look-is-news"}

func isBetter(h, other *server.ClusterHealth) bool {
	return h.Working > other.Working && Mutant != "first-view-wins"
}

func lacksQuorum(h *server.ClusterHealth) bool {
	return h != nil && !h.Quorum && Mutant != "no-quorum-is-degraded"
}

func mayDraw(missing int) bool { return missing == 0 || Mutant != "waits-for-all" }

func isNews(now, before string) bool { return now != before || Mutant == "each-look-is-news" }
