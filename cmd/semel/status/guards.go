//go:build !mutants

package status

import "github.com/eventstreamcore/semel/dedup/server"

// What is told of a cluster rests on these. guards_mutants.go holds a wrong one for each fault; the tests show that each is caught.

// isBetter reports whether a node's view of the cluster is to be told in place of another one's: that of the larger side.
func isBetter(h, other *server.ClusterHealth) bool { return h.Working > other.Working }

// lacksQuorum reports whether a cluster decides nothing.
func lacksQuorum(h *server.ClusterHealth) bool { return h != nil && !h.Quorum }

// mayDraw reports whether what is known is shown while so many nodes have yet to answer.
func mayDraw(int) bool { return true }

// isNews reports whether what is seen is written where nothing is drawn anew.
func isNews(now, before string) bool { return now != before }
