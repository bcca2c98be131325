//go:build !mutants

package node

import "github.com/eventstreamcore/semel/raft/protocol"

// The decisions about the cluster's version. guards_version_mutants.go holds a wrong one for each fault.

// isSpoken reports whether a program that speaks these may go on with a version of the cluster.
func isSpoken(speaks Versions, v Version) bool { return speaks.Has(v) }

// isBehind reports whether a program that speaks these is too old for a version of the cluster.
func isBehind(speaks Versions, v Version) bool { return speaks.Newest < v }

// lowerOf is the latest version that two speak who speak up to these.
func lowerOf(a, b Version) Version { return min(a, b) }

// isHeardNow reports whether what a member said of its program counts: it is heard, or was once.
func isHeardNow(heard bool) bool { return heard }

// knowsAll reports whether a leader of one term that has applied an entry of another has applied all that leaders before it appended.
func knowsAll(applied, now protocol.Term) bool { return applied == now }

// mayJoin reports whether a folder is taken in whose program speaks these.
func mayJoin(says Versions, v Version) bool { return says.Has(v) }

// isEarly reports whether something needs a later version than the cluster's.
func isEarly(needs, has Version) bool { return needs > has }
