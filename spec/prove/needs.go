package main

import (
	"fmt"
	"os"
	"strings"
)

// needs says for each query which hypotheses it is asked with: with all there are, a solver finds no proof in time. The file:
//
//	# a comment
//	opaque Choosable                        an operator that keeps its definition to itself
//	open LeaveJoint                         an action, or a property of RaftProperties, of which nothing is proved
//	group ELECTION: A, B, C                 a name for a list
//	Accept CommitBacked: A, B, @Lemma       an action and a conjunct; of any action: * CommitBacked
//	fact F: A, B                            what follows from the invariant alone; may be named where conjuncts are
//	lemma Accept Lemma: A, @Earlier         what follows of a step, from the invariant; named with @
//	state ElectionSafety: A                 a property of states
//	step MonotonicTerm: A                   of steps; of those of one action: step Restart MonotonicTerm
//	choose Accept: A                        that what is chosen from is not empty
//
// A query without a line is asked with the conjunct itself. What the types say is a hypothesis of all.
type needs struct {
	opaque []string
	open   []string
	groups map[string][]string
	lines  map[string]need // by query
	lemmas []lemmaOf
	used   map[string]bool
}

type need struct {
	hypotheses []string
	line       int
}

type lemmaOf struct{ row, name string }

func readNeeds(path string) (*needs, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	n, err := parseNeeds(string(content))
	if err != nil {
		return nil, fmt.Errorf("%s:%w", path, err)
	}
	return n, nil
}

func parseNeeds(text string) (*needs, error) {
	n := &needs{groups: map[string][]string{}, lines: map[string]need{}, used: map[string]bool{}}
	for k, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if err := n.read(line, k+1); err != nil {
			return nil, fmt.Errorf("%d: %w", k+1, err)
		}
	}
	return n, nil
}

func (n *needs) read(line string, number int) error {
	head, list, hasList := strings.Cut(line, ":")
	words := strings.Fields(head)
	switch {
	case len(words) == 2 && words[0] == "opaque" && !hasList:
		n.opaque = append(n.opaque, words[1])
	case len(words) == 2 && words[0] == "open" && !hasList:
		n.open = append(n.open, words[1])
	case !hasList:
		return fmt.Errorf("neither `opaque NAME`, `open NAME` nor `QUERY: hypotheses`: %q", line)
	case len(words) == 2 && words[0] == "group":
		n.groups[words[1]] = names(list)
	case len(words) == 2 || len(words) == 3:
		if words[0] == "lemma" && len(words) == 3 {
			n.lemmas = append(n.lemmas, lemmaOf{words[1], words[2]})
		}
		n.lines[strings.Join(words, " ")] = need{names(list), number}
	default:
		return fmt.Errorf("no query is named by %q", head)
	}
	return nil
}

func names(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// of returns the hypotheses of the first of these queries that has a line, groups written out.
func (n *needs) of(otherwise []string, queries ...string) []string {
	for _, q := range queries {
		if l, ok := n.lines[q]; ok {
			n.used[q] = true
			return n.expand(l.hypotheses)
		}
	}
	return otherwise
}

func (n *needs) expand(list []string) []string {
	var all []string
	for _, h := range list {
		if g, ok := n.groups[h]; ok {
			all = append(all, n.expand(g)...)
			continue
		}
		all = append(all, h)
	}
	return all
}

// unused are the lines that no query is asked by.
func (n *needs) unused() []string {
	var faults []string
	for q, l := range n.lines {
		if !n.used[q] {
			faults = append(faults, fmt.Sprintf("needs.txt:%d: no query is %q", l.line, q))
		}
	}
	return faults
}
