// Reading the names of spec/*.tla, for names_test.go. Not a parser of TLA+: it reads the
// shapes that our modules have, and says so where it meets another.

package protocol_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// operator is a definition `Name(params) == body` that starts a line.
type operator struct {
	module, name string
	params       []string
	remark       string // the comment lines above it
	body         string
}

// specification is what the modules say, by name of module and file.
type specification struct {
	modules   map[string]string // without what no node sees
	operators []operator
	complaint []string
}

var (
	extends    = regexp.MustCompile(`(?m)^EXTENDS (.+)$`)
	definition = regexp.MustCompile(`(?m)^(\w+)(?:\(([^)]*)\))?\s*==`)
	worldBlock = regexp.MustCompile(`(?ms)^\(\* The world:.*?(?:^-----|^=====)`)
	comments   = regexp.MustCompile(`(?s)\\\*[^\n]*|\(\*.*?\*\)`)
	record     = regexp.MustCompile(`(?s)\[\s*type \|-> "(\w+)".*?\]\n`)
	field      = regexp.MustCompile(`(\w+) \|->`)
	words      = regexp.MustCompile(`\w+`)
)

// readSpecification reads module root and what it extends, as far as it is ours.
func readSpecification(files map[string]string, root string) *specification {
	s := &specification{modules: map[string]string{}}
	s.read(files, root)
	return s
}

func (s *specification) read(files map[string]string, module string) {
	text, ours := files[module]
	if _, known := s.modules[module]; known || !ours {
		return
	}
	text = worldBlock.ReplaceAllString(text, "")
	s.modules[module] = text
	if m := extends.FindStringSubmatch(text); m != nil {
		for _, name := range strings.Split(m[1], ",") {
			s.read(files, strings.TrimSpace(name))
		}
	}
	found := definition.FindAllStringSubmatchIndex(text, -1)
	for k, at := range found {
		end := len(text)
		if k+1 < len(found) {
			end = found[k+1][0]
		}
		op := operator{module: module, name: text[at[2]:at[3]], remark: remarkAbove(text[:at[0]])}
		if at[4] >= 0 {
			op.params = words.FindAllString(text[at[4]:at[5]], -1)
		}
		op.body = comments.ReplaceAllString(text[at[1]:end], "")
		s.operators = append(s.operators, op)
	}
}

// remarkAbove are the lines of comment that text ends with.
func remarkAbove(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	k := len(lines)
	for k > 0 && strings.HasPrefix(lines[k-1], `\*`) {
		k--
	}
	return strings.Join(lines[k:], "\n")
}

func (s *specification) complain(format string, args ...any) {
	s.complaint = append(s.complaint, fmt.Sprintf(format, args...))
}

func (s *specification) operator(name string) *operator {
	for k := range s.operators {
		if s.operators[k].name == name {
			return &s.operators[k]
		}
	}
	s.complain("spec: %s is defined nowhere", name)
	return &operator{name: name}
}

// of are the operators that a module defines.
func (s *specification) of(module string) []operator {
	var found []operator
	for _, op := range s.operators {
		if op.module == module {
			found = append(found, op)
		}
	}
	if len(found) == 0 {
		s.complain("spec: module %s defines nothing", module)
	}
	return found
}

// actions are the disjuncts of Next, but for those that only the world takes.
func (s *specification) actions() []operator {
	var found []operator
	for _, disjunct := range strings.Split(s.operator("Next").body, `\/`)[1:] {
		applied := disjunct[strings.LastIndex(disjunct, ":")+1:]
		name := words.FindString(applied)
		op := s.operator(name)
		if !strings.Contains(op.remark, `\* The world:`) {
			found = append(found, *op)
		}
	}
	return found
}

// declared are the names that a declaration lists: `VARIABLES a, b, c`.
func (s *specification) declared(module, keyword string) []string {
	text := comments.ReplaceAllString(s.modules[module], "")
	m := regexp.MustCompile(`\b` + keyword + `\s+(\w+(?:\s*,\s*\w+)*)`).FindStringSubmatch(text)
	if m == nil {
		s.complain("spec: module %s has no %s", module, keyword)
		return nil
	}
	return words.FindAllString(m[1], -1)
}

// record are the fields of the record that an operator is.
func (s *specification) record(name string) []string {
	var fields []string
	for _, m := range field.FindAllStringSubmatch(s.operator(name).body, -1) {
		fields = append(fields, m[1])
	}
	return fields
}

// messages are the types of messages in order, with their fields, sorted.
func (s *specification) messages() (types []string, fields map[string][]string) {
	fields = map[string][]string{}
	for _, m := range record.FindAllStringSubmatch(s.modules["RaftMessage"], -1) {
		var names []string
		for _, f := range field.FindAllStringSubmatch(m[0], -1) {
			names = append(names, f[1])
		}
		slices.Sort(names)
		known, again := fields[m[1]]
		if !again {
			types = append(types, m[1])
		}
		if again && !slices.Equal(known, names) {
			s.complain("spec: messages %s of %v and of %v", m[1], known, names)
		}
		fields[m[1]] = names
	}
	return types, fields
}

// properties are the invariants and the action properties of RaftProperties: its
// operators without parameters.
func (s *specification) properties() (invariants, ofSteps []string) {
	for _, op := range s.of("RaftProperties") {
		switch {
		case op.params != nil:
		case strings.Contains(op.body, "[]["):
			ofSteps = append(ofSteps, op.name)
		default:
			invariants = append(invariants, op.name)
		}
	}
	return invariants, ofSteps
}
