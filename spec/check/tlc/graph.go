package tlc

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// Graph is all that TLC reached in a model, as it writes it where Options.Graph names a file.
type Graph struct {
	States  []string // each as TLC prints it: a line `/\ name = value` for each variable, in any order
	Initial []int    // which of them are initial
	Edges   []Edge   // every step that TLC took, those to a state that it knew and those that change nothing, too
}

// Edge is a step between two states, by their places in Graph.States.
type Edge struct {
	From, To int
	Action   string // TLC's label: the operator that the next-state relation calls
}

// ErrGraph is returned where a file is not what TLC writes with -dump dot,actionlabels.
var ErrGraph = errors.New("not a graph as TLC writes it")

var (
	graphNode = regexp.MustCompile(`^(-?\d+) \[label="(.*)"(,style = filled)?\];?$`)
	graphEdge = regexp.MustCompile(`^(-?\d+) -> (-?\d+) \[label="([^"]*)",.*\];$`)
	graphText = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\"`, `"`)
)

// ReadGraph reads what TLC wrote with -dump dot,actionlabels. It returns ErrGraph, wrapped, for a line that it does not know and
// for an edge between states that are not there.
func ReadGraph(r io.Reader) (*Graph, error) {
	g := graphReader{places: map[string]int{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), 64<<20)
	for lines.Scan() {
		if err := g.read(lines.Text()); err != nil {
			return nil, err
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	for _, e := range g.edges {
		from, known := g.places[e[0]]
		to, knownToo := g.places[e[1]]
		if !known || !knownToo {
			return nil, fmt.Errorf("%w: an edge from %s to %s, and one of them is no state", ErrGraph, e[0], e[1])
		}
		g.Edges = append(g.Edges, Edge{from, to, e[2]})
	}
	if len(g.States) == 0 {
		return nil, fmt.Errorf("%w: no state", ErrGraph)
	}
	return &g.Graph, nil
}

// graphReader is a Graph being read.
type graphReader struct {
	Graph
	places map[string]int // of TLC's numbers
	edges  [][3]string
}

func (g *graphReader) read(line string) error {
	if f := graphEdge.FindStringSubmatch(line); f != nil {
		g.edges = append(g.edges, [3]string(f[1:4]))
		return nil
	}
	if f := graphNode.FindStringSubmatch(line); f != nil {
		if _, known := g.places[f[1]]; known {
			return nil
		}
		g.places[f[1]] = len(g.States)
		if f[3] != "" {
			g.Initial = append(g.Initial, len(g.States))
		}
		g.States = append(g.States, graphText.Replace(f[2]))
		return nil
	}
	switch {
	case line == "" || line == "}" || strings.HasPrefix(line, "{rank = same;"), strings.HasPrefix(line, "strict digraph"),
		strings.HasPrefix(line, "subgraph"), strings.HasPrefix(line, "nodesep="), strings.HasPrefix(line, "color="):
		return nil
	}
	return fmt.Errorf("%w: %.80q", ErrGraph, line)
}
