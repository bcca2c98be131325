package tlc

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Pass is the expectation of a model that must hold.
const Pass = "pass"

// DefaultTimeout ends a model that declares no time of its own: four times what the longest takes on a machine that does nothing else.
const DefaultTimeout = 300 * time.Second

// ErrModel is returned for a .cfg whose declaration is missing or wrong.
var ErrModel = errors.New("model declaration")

// Model is what a .cfg declares: the comment lines at its head, and the properties
// it has TLC check.
type Model struct {
	Name    string        // the file's name without .cfg
	Config  string        // path of the .cfg
	Module  string        // the TLA+ module to run
	Shows   string        // one line: what the model is for
	Bounds  string        // for the reader; the constants say the same to TLC
	Expect  string        // Pass, or the one property that must be violated
	Mutant  string        // the id of the seeded bug, for a model that must fail
	Never   []string      // actions that these bounds switch off
	Spends  []string      // constants Max… that the file sets above 0
	Fast    bool          // belongs to the set that runs in seconds
	Timeout time.Duration // after which TLC is ended

	// Parity says that the states are compared with the Go core's (proptest/explore): "yes", "fast", or nothing.
	Parity string

	// Reaches are moments that must come in the model: proptest/explore knows them and looks.
	Reaches []string

	// States is how many distinct states a model that must hold has; 0 where it does not say.
	States int64

	// Explored is for a model that is too large for TLC: proptest/explore alone searches it,
	// and must reach that many states. Zero for others.
	Explored int64

	ChecksAll bool     // TLC is to check all that there is, but for LeftOut; else what the file lists
	LeftOut   []string // by name, sorted

	Invariants []string // in the order of the file; of a model with ChecksAll: once Complete was called
	Properties []string
}

// MustFail reports whether a violation is expected.
func (m Model) MustFail() bool { return m.Expect != Pass }

// Checks reports whether TLC is told to check the property of that name.
func (m Model) Checks(property string) bool {
	return slices.Contains(m.Invariants, property) || slices.Contains(m.Properties, property)
}

// ParseModel reads a .cfg. It returns ErrModel if the declaration lacks a line, has
// one twice or one it does not know, or expects a property that is not checked.
func ParseModel(cfgPath string) (Model, error) {
	content, err := os.ReadFile(cfgPath)
	if err != nil {
		return Model{}, err
	}
	m := Model{
		Name:    strings.TrimSuffix(filepath.Base(cfgPath), ".cfg"),
		Config:  cfgPath,
		Timeout: DefaultTimeout,
	}
	if err := m.readHeader(string(content)); err != nil {
		return Model{}, fmt.Errorf("%w: %s: %w", ErrModel, cfgPath, err)
	}
	m.readProperties(string(content))
	for _, set := range positive.FindAllStringSubmatch(string(content), -1) {
		m.Spends = append(m.Spends, set[1])
	}
	if m.ChecksAll && len(m.Invariants)+len(m.Properties) > 0 {
		return Model{}, fmt.Errorf("%w: %s: has a line checks: and a list of its own; remove the list", ErrModel, cfgPath)
	}
	if m.MustFail() && !m.ChecksAll && !m.Checks(m.Expect) {
		return Model{}, fmt.Errorf("%w: %s: expects %s to be violated, but checks no such invariant or property",
			ErrModel, cfgPath, m.Expect)
	}
	return m, nil
}

var positive = regexp.MustCompile(`(?m)^\s*(Max\w+) = [1-9]`)

var headerLine = regexp.MustCompile(`^\\\*\s*([a-z]+):\s*(.*?)\s*$`)

// readHeader takes the lines `\* key: value` up to the first that is no comment.
// Comments of other shapes are the reader's.
func (m *Model) readHeader(text string) error {
	seen := map[string]bool{}
	for _, line := range strings.Split(text, "\n") {
		if !strings.HasPrefix(line, `\*`) {
			break
		}
		pair := headerLine.FindStringSubmatch(line)
		if pair == nil {
			continue
		}
		if seen[pair[1]] {
			return fmt.Errorf("%q is declared twice", pair[1])
		}
		seen[pair[1]] = true
		if err := m.declare(pair[1], pair[2]); err != nil {
			return err
		}
	}
	for _, key := range []string{"module", "shows", "bounds", "expect"} {
		if !seen[key] {
			return fmt.Errorf(`no line "\* %s: …" at its head`, key)
		}
	}
	return nil
}

func (m *Model) declare(key, value string) error {
	if value == "" {
		return fmt.Errorf("%q is empty", key)
	}
	switch key {
	case "module":
		m.Module = value
	case "shows":
		m.Shows = value
	case "bounds":
		m.Bounds = value
	case "expect":
		m.Expect = value
	case "mutant":
		m.Mutant = value
	case "never":
		m.Never = strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
	case "fast":
		m.Fast = value == "yes"
	case "timeout":
		seconds, err := strconv.Atoi(value)
		if err != nil || seconds <= 0 {
			return fmt.Errorf("timeout is %q, expected seconds", value)
		}
		m.Timeout = time.Duration(seconds) * time.Second
	case "checks":
		return m.declareChecks(value)
	case "states":
		return readStates(&m.States, key, value)
	case "explored":
		return readStates(&m.Explored, key, value)
	case "parity":
		m.Parity = value
	case "reaches":
		m.Reaches = strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
	default:
		return fmt.Errorf("%q is no key; known: module shows bounds expect mutant never checks fast timeout parity states explored reaches", key)
	}
	return nil
}

// declareChecks takes "all", or "all but" and names.
func (m *Model) declareChecks(value string) error {
	rest, all := strings.CutPrefix(value, "all")
	names, some := strings.CutPrefix(rest, " but ")
	if !all || some == (rest == "") {
		return fmt.Errorf(`checks is %q, expected "all", or "all but" and names`, value)
	}
	m.ChecksAll = true
	m.LeftOut = strings.FieldsFunc(names, func(r rune) bool { return r == ',' || r == ' ' })
	slices.Sort(m.LeftOut)
	return nil
}

func readStates(states *int64, key, value string) (err error) {
	if *states, err = strconv.ParseInt(strings.ReplaceAll(value, ",", ""), 10, 64); err != nil || *states <= 0 {
		return fmt.Errorf("%s is %q, expected the number of states", key, value)
	}
	return nil
}

var (
	cfgComment = regexp.MustCompile(`(?s)\\\*[^\n]*|\(\*.*?\*\)`)
	cfgKeyword = regexp.MustCompile(`^(SPECIFICATION|INIT|NEXT|VIEW|SYMMETRY|ALIAS|POSTCONDITION|CHECK_DEADLOCK|CONSTANTS?|CONSTRAINTS?|ACTION_CONSTRAINTS?)$`)
)

// checkedBy returns a Model with the properties that a .cfg, which needs no
// declaration, has TLC check.
func checkedBy(cfgPath string) (m Model, err error) {
	content, err := os.ReadFile(cfgPath)
	m.readProperties(string(content))
	return m, err
}

// readProperties takes the names under INVARIANT(S) and PROPERTY, PROPERTIES.
func (m *Model) readProperties(text string) {
	var section *[]string
	for _, word := range strings.Fields(cfgComment.ReplaceAllString(text, " ")) {
		switch {
		case word == "INVARIANT" || word == "INVARIANTS":
			section = &m.Invariants
		case word == "PROPERTY" || word == "PROPERTIES":
			section = &m.Properties
		case cfgKeyword.MatchString(word):
			section = nil
		case section != nil:
			*section = append(*section, word)
		}
	}
}
