package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// Fault is one altered place of the source.
type Fault struct {
	ID   int    // by which it is switched on; from 1
	Name string // file, function and what is altered; no line, so that it outlives edits elsewhere
}

// edit puts text into a source: a prefix before a node, a suffix behind it, or another text
// in place of some bytes. Those at one offset come inner suffixes first, then outer prefixes.
type edit struct {
	at, order int
	text      string
	replaces  int // bytes
	suffix    bool
}

// sites collects the faults of one file.
type sites struct {
	source   string
	file     string
	function string
	fset     *token.FileSet

	faults []Fault
	next   int // the ID of the next fault
	names  map[string]int
	edits  []edit
	order  int
}

// alter returns the source of a file with all its faults in it, each behind a switch, and
// the faults, numbered from first.
func alter(name, source string, first int) (string, []Fault, error) {
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, name, source, 0)
	if err != nil {
		return "", nil, err
	}
	s := &sites{source: source, file: name, fset: fset, next: first, names: map[string]int{}}
	for _, d := range syntax.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil && !slices.Contains(liars, fn.Name.Name) {
			s.function = fn.Name.Name
			s.body(fn)
		}
	}
	return s.apply(), s.faults, nil
}

func (s *sites) offset(p token.Pos) int { return s.fset.Position(p).Offset }

func (s *sites) text(n ast.Node) string { return s.source[s.offset(n.Pos()):s.offset(n.End())] }

// fault numbers a fault; what is on one line, whatever the source has.
func (s *sites) fault(format string, args ...any) int {
	what := strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " ")
	name := fmt.Sprintf("%s %s: %s", s.file, s.function, what)
	if s.names[name]++; s.names[name] > 1 {
		name += " (" + strconv.Itoa(s.names[name]) + ")"
	}
	s.faults = append(s.faults, Fault{s.next, name})
	s.next++
	return s.next - 1
}

// wrap puts text around a node. Nodes are met from the outside in.
func (s *sites) wrap(n ast.Node, prefix, suffix string) {
	s.order++
	s.edits = append(s.edits, edit{at: s.offset(n.Pos()), order: s.order, text: prefix},
		edit{at: s.offset(n.End()), order: -s.order, text: suffix, suffix: true})
}

func (s *sites) replace(p token.Pos, bytes int, text string) {
	s.order++
	s.edits = append(s.edits, edit{at: s.offset(p), order: s.order, text: text, replaces: bytes})
}

// apply makes the edits.
func (s *sites) apply() string {
	slices.SortStableFunc(s.edits, func(a, b edit) int {
		switch {
		case a.at != b.at:
			return a.at - b.at
		case a.suffix != b.suffix && a.suffix:
			return -1
		case a.suffix != b.suffix:
			return 1
		}
		return a.order - b.order
	})
	var b strings.Builder
	done := 0
	for _, e := range s.edits {
		b.WriteString(s.source[done:e.at])
		b.WriteString(e.text)
		done = e.at + e.replaces
	}
	return b.String() + s.source[done:]
}
