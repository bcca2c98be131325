package neighbours

import (
	"time"
)

// machines are what a node's own machine does to it.
func machines() []*kind {
	return []*kind{
		{name: "descriptors", what: "doors that find no descriptor now and then", members: 30, enter: descriptors},
	}
}

// none and some are how long a node has no descriptors, and then has some.
const (
	none = 20 * time.Millisecond
	some = 200 * time.Millisecond
)

// descriptors lets accepting fail on all nodes, again and again, while clients come and go.
func descriptors(n *neighbour) {
	n.members.Go(func() {
		for fail := true; ; fail = !fail {
			failed := 0
			for _, node := range n.cluster.Nodes {
				node.FailAccepts(fail)
				failed += node.FailedAccepts()
			}
			n.acts.Store(int64(failed))
			if length := map[bool]time.Duration{true: none, false: some}[fail]; !n.pause(length) {
				break
			}
		}
		for _, node := range n.cluster.Nodes {
			node.FailAccepts(false)
		}
	})
	n.crowd(n.kind.members, comeAndAsk)
}
