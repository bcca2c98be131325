package tlc

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Modules is the text of a folder's TLA+ modules, enough of it to give what TLC
// reports by place the name that the specification has for it.
type Modules struct {
	lines map[string][]string // by module; comments and strings blanked, places kept
	defs  []definition
}

// definition is one operator at the left margin of a module; its body reaches to
// the next one.
type definition struct {
	name  string
	plain bool // it has no parameters
	at    span
}

// span is a piece of a module, as TLC counts: from 1, the last column included.
type span struct {
	module                   string
	line, col, toLine, toCol int
}

// eventually is <>, which the empty sequence <<>> is not.
const eventually = `(?:^|[^<])<>(?:[^>]|$)`

const spanPattern = `line (\d+), col (\d+) to line (\d+), col (\d+) of module (\w+)`

var (
	spanText     = regexp.MustCompile(spanPattern)
	opens        = regexp.MustCompile(`^(?:LOCAL\s+)?([A-Za-z_]\w*)\s*(\([^)]*\))?\s*==(?:[^=]|$)`)
	endsBody     = regexp.MustCompile(`^(----|====|VARIABLE|CONSTANT|ASSUME|THEOREM|INSTANCE|RECURSIVE)`)
	identifier   = regexp.MustCompile(`[A-Za-z_]\w*`)
	changesState = regexp.MustCompile(`'|\bUNCHANGED\b`)
	temporal     = regexp.MustCompile(eventually + `|~>|\b[WS]F_`)
)

// newSpan takes four numbers and a module, as the patterns find them.
func newSpan(f []string) span {
	n := func(i int) int { return int(number(f[i])) }
	return span{module: f[4], line: n(0), col: n(1), toLine: n(2), toCol: n(3)}
}

// LoadModules reads every .tla of a folder.
func LoadModules(dir string) (Modules, error) {
	m := Modules{lines: map[string][]string{}}
	paths, err := filepath.Glob(filepath.Join(dir, "*.tla"))
	if err != nil {
		return m, err
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return m, err
		}
		m.add(strings.TrimSuffix(filepath.Base(path), ".tla"), string(content))
	}
	return m, nil
}

// CopyModules copies every .tla of a folder to another one, where something may be written beside them.
func CopyModules(from, to string) error {
	paths, err := filepath.Glob(filepath.Join(from, "*.tla"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, filepath.Base(path)), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (m *Modules) add(module, text string) {
	lines := strings.Split(blank(text), "\n")
	m.lines[module] = lines
	open := false
	for n, line := range lines {
		head := opens.FindStringSubmatch(line)
		if open && (head != nil || endsBody.MatchString(line)) {
			last := &m.defs[len(m.defs)-1]
			last.at.toLine, last.at.toCol = n, len(lines[n-1])
			open = false
		}
		if head != nil {
			m.defs = append(m.defs, definition{head[1], head[2] == "", span{module, n + 1, 1, len(lines), len(line)}})
			open = true
		}
	}
}

var unread = regexp.MustCompile(`(?s)\(\*.*?\*\)|\\\*[^\n]*|"[^"\n]*"`)

// blank overwrites comments and strings with spaces.
func blank(text string) string {
	return unread.ReplaceAllStringFunc(text, func(s string) string {
		return strings.Map(func(r rune) rune {
			if r == '\n' {
				return r
			}
			return ' '
		}, s)
	})
}

// text returns what stands at s.
func (m Modules) text(s span) string {
	lines := m.lines[s.module]
	if s.line < 1 || s.toLine > len(lines) {
		return ""
	}
	piece := slices.Clone(lines[s.line-1 : s.toLine])
	last := len(piece) - 1
	piece[last] = piece[last][:min(s.toCol, len(piece[last]))]
	piece[0] = piece[0][min(s.col-1, len(piece[0])):]
	return strings.Join(piece, "\n")
}

// find returns the definition of that name, in whichever module.
func (m Modules) find(name string) (definition, bool) {
	i := slices.IndexFunc(m.defs, func(d definition) bool { return d.name == name })
	if i < 0 {
		return definition{}, false
	}
	return m.defs[i], true
}

// enclosing returns the definition that s stands in.
func (m Modules) enclosing(s span) (definition, bool) {
	i := slices.IndexFunc(m.defs, func(d definition) bool {
		return d.at.module == s.module && d.at.line <= s.line && s.toLine <= d.at.toLine
	})
	if i < 0 {
		return definition{}, false
	}
	return m.defs[i], true
}

// reaches reports whether text, or an operator that it names, directly or not,
// satisfies is.
func (m Modules) reaches(text string, is func(name, text string) bool) bool {
	seen := map[string]bool{}
	var visit func(name, text string) bool
	visit = func(name, text string) bool {
		if is(name, text) {
			return true
		}
		return slices.ContainsFunc(identifier.FindAllString(text, -1), func(next string) bool {
			def, ok := m.find(next)
			if !ok || seen[next] {
				return false
			}
			seen[next] = true
			return visit(next, m.text(def.at))
		})
	}
	return visit("", text)
}
