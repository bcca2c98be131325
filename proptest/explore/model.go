package explore

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

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/spec/check/tlc"
)

// ErrModel is returned for a .cfg that the explorer can't mirror.
var ErrModel = errors.New("not a model for parity")

// Model is a .cfg of spec/models: the constants of the specification and of MCRaft under
// their own names.
type Model struct {
	Name   string // the file's name without .cfg
	Config string // its path
	Parity string // what its line "\* parity:" says: "yes", "fast" or nothing

	States int // how many its line "\* states:" says that it has

	Reaches []string // the moments that its line "\* reaches:" says that it comes to

	// For a model that is explored alone: how many states it must reach, and how soon.
	Explored int
	Limit    time.Duration

	Server       protocol.NodeSet
	Value        []protocol.Value
	WriteThrough bool
	KeepMessages bool

	MaxTerm     protocol.Term
	MaxLog      protocol.Index
	MaxPending  int
	MaxBatch    uint64
	MaxMessages int
	Budget      budget // MaxCrashes and the like

	Campaigns string // a name in campaigns
	Heartbeat string // a name in heartbeats
	Send      string // a name in networks
	First     string // a name in firsts
	Targets   string // a name in targets
	Begins    string // a name in beginnings

	constants []constant
}

// constant is one line of CONSTANTS: a value, or the operator that replaces the name.
type constant struct {
	name, sign, value string
}

// sections are the keywords of a .cfg that parity knows; the value tells how it is read.
var sections = map[string]string{
	"SPECIFICATION": "specification",
	"CONSTANT":      "constants", "CONSTANTS": "constants",
	"INVARIANT": "checks", "INVARIANTS": "checks",
	"PROPERTY": "checks", "PROPERTIES": "checks",
}

var (
	parityLine   = regexp.MustCompile(`(?m)^\\\*\s*parity:\s*(\w+)\s*$`)
	reachesLine  = regexp.MustCompile(`(?m)^\\\*\s*reaches:\s*(.*?)\s*$`)
	comment      = regexp.MustCompile(`(?s)\\\*[^\n]*|\(\*.*?\*\)`)
	keyword      = regexp.MustCompile(`^[A-Z_]{4,}$`)
	constantLine = regexp.MustCompile(`(?s)^(\w+)\s*(=|<-)\s*(\{[^}]*\}|"[^"]*"|\w+)\s*`)
)

// ParseModel reads a .cfg. It returns ErrModel where that has a section or a constant
// that is not known here: what the explorer does not mirror it must not compare.
func ParseModel(path string) (*Model, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m := &Model{Name: strings.TrimSuffix(filepath.Base(path), ".cfg"), Config: path,
		Heartbeat: "AnyHeartbeat", Send: "Send", First: "First", Targets: "NoTargets", Begins: "OnlyOthers"}
	if found := parityLine.FindStringSubmatch(string(content)); found != nil {
		m.Parity = found[1]
	}
	if found := reachesLine.FindStringSubmatch(string(content)); found != nil {
		m.Reaches = strings.Split(found[1], ", ")
	}
	for _, name := range m.Reaches {
		if _, known := moments[name]; !known {
			return nil, fmt.Errorf("%w: %s: reaches %q, which is no moment", ErrModel, path, name)
		}
	}
	if err := m.read(comment.ReplaceAllString(string(content), " ")); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrModel, path, err)
	}
	return m, nil
}

// FindModels returns the models of a folder that have a line "\* parity:", by name.
func FindModels(folder string) ([]*Model, error) {
	return find(folder, func(m *Model) bool { return m.Parity != "" })
}

// FindExplored returns the models of a folder that have a line "\* explored:": they are too
// large for TLC, and nothing is compared.
func FindExplored(folder string) ([]*Model, error) {
	return find(folder, func(m *Model) bool { return m.Explored > 0 })
}

// find returns the models of a folder that are wanted. Only those can be read: models that
// start from a script are TLC's alone.
func find(folder string, wanted func(*Model) bool) ([]*Model, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.cfg"))
	if err != nil {
		return nil, err
	}
	var models []*Model
	for _, path := range paths {
		declared, err := declaredBy(path)
		if err != nil {
			return nil, err
		}
		if !wanted(declared) {
			continue
		}
		m, err := ParseModel(path)
		if err != nil {
			return nil, err
		}
		m.Explored, m.Limit, m.States = declared.Explored, declared.Limit, declared.States
		models = append(models, m)
	}
	return models, nil
}

// declaredBy reads the head of a .cfg.
func declaredBy(path string) (*Model, error) {
	head, err := tlc.ParseModel(path)
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m := &Model{Explored: int(head.Explored), Limit: head.Timeout, States: int(head.States)}
	if found := parityLine.FindStringSubmatch(string(content)); found != nil {
		m.Parity = found[1]
	}
	if m.Parity != "" && m.Explored > 0 {
		return nil, fmt.Errorf("%w: %s: has lines parity: and explored:; what TLC searches too is compared", ErrModel, path)
	}
	return m, nil
}

// read takes the sections of a .cfg without comments.
func (m *Model) read(text string) error {
	parts := map[string]string{}
	section := ""
	for _, line := range strings.Split(text, "\n") {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if keyword.MatchString(word) {
			if section = sections[word]; section == "" {
				return fmt.Errorf("%s changes what is counted, or is not known here", word)
			}
			line = rest
		}
		parts[section] += line + "\n"
	}
	if spec := strings.TrimSpace(parts["specification"]); spec != "MCSpec" {
		return fmt.Errorf("SPECIFICATION is %q, expected MCSpec", spec)
	}
	return m.readConstants(strings.TrimSpace(parts["constants"]))
}

func (m *Model) readConstants(text string) error {
	for text != "" {
		found := constantLine.FindStringSubmatch(text)
		if found == nil {
			return fmt.Errorf("expected a constant at %.30q", text)
		}
		c := constant{found[1], found[2], strings.TrimSpace(found[3])}
		if err := m.set(c); err != nil {
			return fmt.Errorf("constant %s: %w", c.name, err)
		}
		m.constants = append(m.constants, c)
		text = text[len(found[0]):]
	}
	for _, name := range constantNames {
		if !slices.ContainsFunc(m.constants, func(c constant) bool { return c.name == name }) {
			return fmt.Errorf("constant %s is missing", name)
		}
	}
	return nil
}

// constantNames are the CONSTANTS of RaftNode and MCRaft; a .cfg must give them all. It may give
// a budget, too.
var constantNames = []string{
	"Server", "Value", "Nil", "WriteThrough", "KeepMessages",
	"MaxTerm", "MaxLog", "MaxPending", "MaxBatch", "MaxMessages", "Campaigns",
}

func (m *Model) set(c constant) error {
	if c.sign == "<-" {
		return m.replace(c)
	}
	number, notNumber := strconv.ParseUint(c.value, 10, 8)
	switch c.name {
	case "Server":
		return m.setServer(c.value)
	case "Value":
		return m.setValue(c.value)
	case "WriteThrough":
		return setBool(&m.WriteThrough, c.value)
	case "KeepMessages":
		return setBool(&m.KeepMessages, c.value)
	case "MaxTerm":
		m.MaxTerm = protocol.Term(number)
	case "MaxLog":
		m.MaxLog = protocol.Index(number)
	case "MaxPending":
		m.MaxPending = int(number)
	case "MaxBatch":
		m.MaxBatch = number
	case "MaxMessages":
		m.MaxMessages = int(number)
	case "Nil":
		if number != 0 {
			return errors.New("is not 0, as it is in the code")
		}
	default:
		c := slices.Index(budgetNames[:], c.name)
		if c < 0 {
			return errors.New("is not known here")
		}
		m.Budget[c] = uint8(number)
	}
	return notNumber
}

// replace takes a line `name <- operator`.
func (m *Model) replace(c constant) error {
	var known bool
	switch c.name {
	case "Campaigns":
		m.Campaigns = c.value
		_, known = campaigns[c.value]
	case "Heartbeat":
		m.Heartbeat = c.value
		_, known = heartbeats[c.value]
	case "Send":
		m.Send = c.value
		_, known = networks[c.value]
	case "First":
		m.First = c.value
		_, known = firsts[c.value]
	case "Targets":
		m.Targets = c.value
		_, known = targets[c.value]
	case "Begins":
		m.Begins = c.value
		_, known = beginnings[c.value]
	}
	if !known {
		return fmt.Errorf("replaced by %s, of which bounds.go has no twin", c.value)
	}
	return nil
}

func setBool(b *bool, text string) error {
	switch text {
	case "TRUE", "FALSE":
		*b = text == "TRUE"
		return nil
	}
	return fmt.Errorf("is %q, expected TRUE or FALSE", text)
}

func (m *Model) setServer(text string) error {
	for _, member := range members(text) {
		id, err := strconv.ParseUint(member, 10, 8)
		if err != nil {
			return err
		}
		m.Server = m.Server.With(protocol.NodeID(id))
	}
	n := m.Server.Len()
	if n == 0 || n > maxServers || m.Server != protocol.NodeSet(1<<(n+1)-2) {
		return fmt.Errorf("is %s, expected 1..n of at most %d nodes, so that functions print as tuples", text, maxServers)
	}
	return nil
}

func (m *Model) setValue(text string) error {
	for _, member := range members(text) {
		v, ok := valueNamed(strings.Trim(member, `"`))
		if !ok || v == protocol.Configured {
			return fmt.Errorf("has %s, which is no protocol.Value", member)
		}
		m.Value = append(m.Value, v)
	}
	slices.Sort(m.Value)
	return nil
}

func valueNamed(name string) (protocol.Value, bool) {
	for _, v := range []protocol.Value{protocol.Command, protocol.NoOp, protocol.Configured} {
		if v.String() == name {
			return v, true
		}
	}
	return 0, false
}

// hardState is that of a node at first.
func (m *Model) hardState() protocol.HardState {
	return protocol.HardState{Log: protocol.Log{}.Under(firsts[m.First])}
}

// members splits the text of a set of numbers or strings.
func members(text string) []string {
	var list []string
	for _, member := range strings.Split(strings.Trim(text, "{}"), ",") {
		if member = strings.TrimSpace(member); member != "" {
			list = append(list, member)
		}
	}
	return list
}

// config writes a .cfg of the same constants with other checks, each a line.
func (m *Model) config(lines ...string) string {
	var b strings.Builder
	b.WriteString("CONSTANTS\n")
	for _, c := range m.constants {
		fmt.Fprintf(&b, "  %s %s %s\n", c.name, c.sign, c.value)
	}
	return b.String() + strings.Join(lines, "\n") + "\n"
}
