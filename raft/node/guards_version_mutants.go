//go:build mutants

// The guards of guards_version.go, each with a fault in front.

package node

import "github.com/eventstreamcore/semel/raft/protocol"

// VersionMutantIDs are the faults about the cluster's version.
var VersionMutantIDs = []string{"raised-too-early", "raised-without-the-silent", "proposed-too-early", "unspoken-goes-on", "unspoken-is-welcome",
	"unspoken-joins", "new-leader-knows-all"}

func isSpoken(speaks Versions, v Version) bool { return speaks.Has(v) || Mutant == "unspoken-goes-on" }

func isBehind(speaks Versions, v Version) bool {
	return speaks.Newest < v && Mutant != "unspoken-is-welcome"
}

func lowerOf(a, b Version) Version {
	if Mutant == "raised-too-early" {
		return a
	}
	return min(a, b)
}

func isHeardNow(heard bool) bool { return heard || Mutant == "raised-without-the-silent" }

func knowsAll(applied, now protocol.Term) bool {
	return applied == now || Mutant == "new-leader-knows-all"
}

func mayJoin(says Versions, v Version) bool { return says.Has(v) || Mutant == "unspoken-joins" }

func isEarly(needs, has Version) bool { return needs > has && Mutant != "proposed-too-early" }
