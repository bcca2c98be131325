// Goal: a graph that TLC wrote is read whole, and nothing else is taken for one.
// Method: a small graph as TLC writes it, and faults in it.
package tlc

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const writtenGraph = `strict digraph DiskGraph {
nodesep=0.35;
subgraph cluster_graph {
color="white";
-7 [label="/\\ x = 1\n/\\ y = << \"a\",\n   2 >>",style = filled]
-7 -> 5 [label="Up",color="black",fontcolor="black"];
5 [label="/\\ x = 2\n/\\ y = <<>>"];
5 -> 5 [label="Stay",color="black",fontcolor="black"];
5 -> -7 [label="Down",color="black",fontcolor="black"];
5 -> -7 [label="Down",color="black",fontcolor="black"];
{rank = same; -7;}
{rank = same; 5;}
}
}
`

func TestAGraphIsRead(t *testing.T) {
	g, err := ReadGraph(strings.NewReader(writtenGraph))
	require.NoError(t, err)
	require.Equal(t, &Graph{
		States:  []string{"/\\ x = 1\n/\\ y = << \"a\",\n   2 >>", "/\\ x = 2\n/\\ y = <<>>"},
		Initial: []int{0},
		Edges:   []Edge{{0, 1, "Up"}, {1, 1, "Stay"}, {1, 0, "Down"}, {1, 0, "Down"}},
	}, g)
}

func TestWhatIsNoGraphIsRefused(t *testing.T) {
	for name, change := range map[string]struct{ old, new string }{
		"a line of another kind":  {"nodesep=0.35;", "5 -> ;"},
		"an edge without a label": {`-7 -> 5 [label="Up",color="black",fontcolor="black"];`, "-7 -> 5;"},
		"an edge to no state":     {"-7 -> 5 [", "-7 -> 6 ["},
		"nothing":                 {writtenGraph, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadGraph(strings.NewReader(strings.Replace(writtenGraph, change.old, change.new, 1)))
			require.ErrorIs(t, err, ErrGraph)
		})
	}
}
