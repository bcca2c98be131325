// Goal: specification and Go say the same by the same names: actions and their
// parameters, variables, guards, messages and their fields, invariants and properties.
// Method: read both sources, take the world's block of the specification away, compare.
// What only one side has stands in the exceptions below, each with its reason; one that
// is no longer needed fails too. Altered sources show that each comparison can fail.

package protocol_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Exported methods of Node that are no action.
var noActions = []string{
	// What a reader may see of a node.
	"ID", "Server", "CurrentTerm", "VotedFor", "Role", "CommitIndex", "LastIndex", "At",
	"TermAt", "SnapshotIndex", "CompactBound", "NextIndex", "MatchIndex", "Pending", "DurableIndex", "ReadID", "ReadAcked", "IsQuorum", "InForce", "ConfigurationAt", "VotesGranted", "String",
	// What no correct node says; not handled.
	"CheckMessage",
	// The codec.
	"AppendState",
}

// Exported functions: none is an action.
var plainFunctions = []string{"New", "AppendMessage", "LoadMessage", "LoadState", "AppendStoredConfiguration", "ParseStoredConfiguration",
	"Nodes", "EntriesOf", "LogOf", "LogBehind", "Invariants", "StepProperties"}

// Fields of Node that are no variable: the index i, and the constant Server.
var noVariables = []string{"id", "server"}

// Variables that are no field of Node, and fields of the hard state that are none in Go: the log knows where it begins.
var inTheLog = []string{"snapshotIndex", "snapshot"}

// Fields of a message that no node sees: what a snapshot stands for is the host's.
var hostsFields = []string{"covers"}

// Operators of RaftProperties that are no check in Go: a condition on types, which is Go's
// type system; and one on messages, which Go asks of each that arrives (Step.OnlyPossible).
var noInvariants = []string{"TypeOK", "OnlyPossible"}

// Fields of a message that only Go has: in the specification what a snapshot stands for says which configuration is in force.
var coresFields = []string{"configuration"}

// Guards that only Go has: what it remembers of a log is a function of the log in the specification.
var noGuards = []string{"ConfigurationsKept"}

// Functions of message.go that are no operator: numbers of a comparison.
var noMessages = []string{"bit"}

// Guards whose parameters differ, as specification: Go.
var otherParameters = map[string]string{
	"Quorum":  "i: i set",           // Go asks of one set whether it is in Quorum(i)
	"RidesOn": "queue: q",           // queue is the type's name
	"Writes":  "i old new: i w out", // Go's write is the difference of old and new
}

func TestNamesAreTheSpecifications(t *testing.T) {
	spec, goSource := readSources(t)
	require.Empty(t, compareNames(spec, goSource))
}

func TestNamesComparisonFindsEachDifference(t *testing.T) {
	spec, goSource := readSources(t)
	for _, c := range []struct{ file, old, new, found string }{
		// Actions, their parameters and their rooms.
		{"Raft", ": Persist(i)", ": Flush(i)", "spec: Flush is defined nowhere"},
		{"Raft", `\/ \E i \in Server : Persist(i)`, "", "action Persist: only in Go"},
		{"Raft", `\* The world: the network`, `\* The network`, "action Lose: only in the specification"},
		{"RaftReplication", "AppendEntries(i, j, prev, n) ==", "AppendEntries(i, j, n, prev) ==", "AppendEntries has parameters"},
		{"RaftElection", "StepDown(i, m) ==", "StepDown(i, msg) ==", "StepDown has parameters"},
		{"election.go", ") Timeout(out", ") Campaign(out", "action Timeout: only in the specification"},
		{"election.go", ") Timeout(out", ") timeout(out", "action Timeout: only in the specification"},
		{"replication.go", "(j NodeID, prev Index, n uint64, out", "(j NodeID, n uint64, prev Index, out", "AppendEntries has parameters"},
		{"replication.go", "ClientRequest(v Value, out *Output)", "ClientRequest(v Value)", "ClientRequest"},
		{"node.go", ") ID() NodeID", ") Campaign(out *Output) NodeID", "action Campaign: only in Go"},
		{"node.go", ") ID() NodeID", ") SetTerm(t Term) NodeID", "method SetTerm"},
		{"node.go", ") ID() NodeID", ") id2() NodeID", "exception ID is not needed"},
		{"node.go", "func New(", "func Make(", "function Make"},
		{"RaftElection", "raft/protocol/election.go", "raft/protocol/durability.go", "Timeout stands in election.go"},
		// Variables.
		{"RaftNode", "role,          \\*", "state,         \\*", "variables"},
		{"RaftNode", "  readAcked      \\*", "  readAcked, applied \\*", "variables"},
		{"node.go", "commitIndex  Index", "lastApplied, commitIndex Index", "variables"},
		{"node.go", "	pending queue ", "	queued queue ", "variables"},
		{"RaftNode", "vote |-> votedFor[i]", "votedFor |-> votedFor[i]", "hard state"},
		// Guards.
		{"RaftGuards", "VoteFree(vote, m) ==", "VoteOpen(vote, m) ==", "guard VoteOpen: only in the specification"},
		{"RaftGuards", "VoteFree(vote, m) ==", "VoteFree(m, vote) ==", "VoteFree has parameters"},
		{"RaftGuards", "RidesOn(queue) ==", "RidesOn(q) ==", "exception RidesOn"},
		{"guards.go", "func ackWaits() bool", "func ackWaits(i *Node) bool", "AckWaits has parameters"},
		{"guards.go", "func ackWaits() bool", "func ackSleeps() bool", "guard AckWaits: only in the specification"},
		{"guards.go", "func newMatch(", "func extra() {}\nfunc newMatch(", "guard Extra: only in Go"},
		// Messages.
		{"RaftMessage", `"RequestVote", from`, `"Ballot", from`, "message types"},
		{"RaftMessage", "lastIndex |->", "lastLogIndex |->", "fields of RequestVote"},
		{"RaftMessage", "match |-> 0, hint |-> hint", "hint |-> hint", "messages AppendEntriesResponse of"},
		{"RaftMessage", "Refusal(i, m, term,", "Refusal(i, m, later,", "Refusal has parameters"},
		{"message.go", "// RequestVote and RequestPreVote and InstallSnapshot: and its term", "// RequestVoteResponse: and its term", "fields of RequestVote"},
		{"message.go", "	Granted bool", "	Given bool", "fields of RequestVoteResponse"},
		{"message.go", "MessageType = 4", "MessageType = 4\n	Forward MessageType = 11", "message types"},
		{"codec.go", "uint64(m.Prev), ", "", "AppendMessage: fields of AppendEntries"},
		{"codec.go", "m.Granted = d.bool()", "_ = d.bool()", "message: fields of RequestVoteResponse"},
		// Invariants and properties.
		{"RaftProperties", "LogMatching ==", "LogsMatch ==", "invariant LogsMatch: only in the specification"},
		{"RaftProperties", "MonotonicTerm ==", "TermGrows ==", "property TermGrows: only in the specification"},
		{"RaftProperties", "TypeOK ==", "Types(x) ==", "exception TypeOK is not needed"},
		{"properties.go", `{"LogMatching", Cluster.LogMatching},`, "", "invariant LogMatching: only in the specification"},
		{"properties.go", "Cluster.LogMatching}", "Cluster.ElectionSafety}", `lists Cluster.ElectionSafety as "LogMatching"`},
		{"steps.go", `{"CommitOwnTerm", Step.CommitOwnTerm},`, "", "property CommitOwnTerm: only in the specification"},
	} {
		t.Run(c.file+" "+c.old, func(t *testing.T) {
			found := compareNames(altered(t, spec, goSource, c.file, c.old, c.new))
			require.Contains(t, strings.Join(found, "\n"), c.found)
		})
	}
}

// altered returns the sources with old replaced by new where it first stands in a file.
func altered(t *testing.T, spec, goSource map[string]string, file, old, new string) (map[string]string, map[string]string) {
	t.Helper()
	spec, goSource = maps.Clone(spec), maps.Clone(goSource)
	side := spec
	if strings.HasSuffix(file, ".go") {
		side = goSource
	}
	require.Contains(t, strings.Join(strings.Fields(side[file]), " "), strings.Join(strings.Fields(old), " "))
	changed := strings.Replace(side[file], old, new, 1)
	require.NotEqual(t, side[file], changed, "spaces differ")
	side[file] = changed
	return spec, goSource
}

// readSources returns the modules by name, and the Go files that ship by file name.
func readSources(t *testing.T) (spec, goSource map[string]string) {
	t.Helper()
	spec, goSource = map[string]string{}, map[string]string{}
	modules, err := filepath.Glob("../../spec/*.tla")
	require.NoError(t, err)
	for _, path := range modules {
		spec[strings.TrimSuffix(filepath.Base(path), ".tla")] = sourceOf(t, path)
	}
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	for _, f := range files {
		ships := strings.HasSuffix(f.Name(), ".go") && !strings.HasSuffix(f.Name(), "_test.go")
		if ships && f.Name() != "guards_mutants.go" { // which guards_test.go compares
			goSource[f.Name()] = sourceOf(t, f.Name())
		}
	}
	return spec, goSource
}

// compareNames returns in what the two sides differ; nothing where they agree.
func compareNames(specSource, goSource map[string]string) []string {
	c := &comparison{spec: readSpecification(specSource, "RaftProperties"), code: readCode(goSource)}
	c.actions()
	c.methods()
	c.variables()
	c.operators("guard", "RaftGuards", "guards.go", noGuards, otherParameters)
	c.operators("message", "RaftMessage", "message.go", noMessages, nil)
	c.messages()
	c.properties()
	return slices.Concat(c.found, c.spec.complaint, c.code.complaint)
}

type comparison struct {
	spec  *specification
	code  *code
	found []string
}

func (c *comparison) report(format string, args ...any) {
	c.found = append(c.found, fmt.Sprintf(format, args...))
}

// actions: Next's disjuncts are Node's methods with an output, in the twin files.
func (c *comparison) actions() {
	methods := map[string]function{}
	for _, fn := range c.code.functions("") {
		if fn.receiver == "*Node" && exported(fn.name) && fn.output {
			methods[fn.name] = fn
		}
	}
	var names []string
	for _, op := range c.spec.actions() {
		names = append(names, op.name)
		if fn, both := methods[op.name]; both {
			c.sameParameters(op, fn, nil)
			c.sameRoom(op, fn)
		}
	}
	c.sameSet("action", names, slices.Collect(maps.Keys(methods)), nil)
}

// sameRoom: the module of an action names the file of its method.
func (c *comparison) sameRoom(op operator, fn function) {
	if !strings.Contains(c.spec.modules[op.module], "Twin: raft/protocol/"+fn.file+".") {
		c.report("%s stands in %s, which module %s does not name as its twin", op.name, fn.file, op.module)
	}
}

// methods: what else is exported is known to be no action.
func (c *comparison) methods() {
	var methods, functions []string
	for _, fn := range c.code.functions("") {
		switch {
		case !exported(fn.name) || fn.output:
		case fn.receiver == "*Node":
			methods = append(methods, fn.name)
		case fn.receiver == "":
			functions = append(functions, fn.name)
		}
	}
	c.sameSet("method", nil, methods, noActions)
	c.sameSet("function", nil, functions, plainFunctions)
}

// variables: those of a node are Node's fields, in order.
func (c *comparison) variables() {
	fields, _ := c.code.structFields("Node")
	c.needed("Node", noVariables, fields)
	fields = slices.DeleteFunc(fields, func(f string) bool { return slices.Contains(noVariables, f) })
	declared, record := c.spec.declared("RaftNode", "VARIABLES"), c.spec.record("HardState")
	c.needed("the log", inTheLog, slices.Concat(declared, record))
	known := func(name string) bool { return slices.Contains(inTheLog, name) }
	declared, record = slices.DeleteFunc(declared, known), slices.DeleteFunc(record, known)
	if !slices.Equal(declared, fields) {
		c.report("variables are %v, fields of Node %v", declared, fields)
	}
	image, _ := c.code.structFields("HardState")
	for k := range image {
		image[k] = lower(image[k])
	}
	if !slices.Equal(record, image) {
		c.report("the hard state is %v, in Go %v", record, image)
	}
}

// operators: those of a module are the functions of its twin file.
func (c *comparison) operators(kind, module, file string, onlyGo []string, parameters map[string]string) {
	functions := map[string]function{}
	var inGo []string
	for _, fn := range c.code.functions(file) {
		if fn.receiver == "" {
			name := strings.ToUpper(fn.name[:1]) + fn.name[1:]
			functions[name] = fn
			inGo = append(inGo, name)
		}
	}
	var names []string
	for _, op := range c.spec.of(module) {
		names = append(names, op.name)
		if fn, both := functions[op.name]; both {
			c.sameParameters(op, fn, parameters)
		}
	}
	for k := range onlyGo {
		inGo = slices.DeleteFunc(inGo, func(name string) bool { return name == onlyGo[k] || lower(name) == onlyGo[k] })
	}
	c.sameSet(kind, names, inGo, nil)
}

// sameParameters: the same names in the same order, or as the exceptions say.
func (c *comparison) sameParameters(op operator, fn function, exceptions map[string]string) {
	params := fn.params
	if fn.output && fn.receiver == "" {
		params = append(slices.Clone(params), "out")
	}
	same := strings.Join(op.params, " ") == strings.Join(params, " ")
	both := strings.Join(op.params, " ") + ": " + strings.Join(params, " ")
	exception, excepted := exceptions[op.name]
	switch {
	case excepted && (same || exception != both):
		c.report("exception %s says %q, it is %q", op.name, exception, both)
	case !excepted && !same:
		c.report("%s has parameters %v, in Go %v", op.name, op.params, params)
	}
}

// messages: the same types, with the same fields in the remarks and in the codec.
func (c *comparison) messages() {
	types, fields := c.spec.messages()
	if constants := c.code.constants("MessageType"); !slices.Equal(types, constants) {
		c.report("message types are %v, in Go %v", types, constants)
	}
	documented := c.code.documented(types)
	var all []string
	for _, t := range types {
		all = append(all, fields[t]...)
		fields[t] = slices.DeleteFunc(fields[t], func(name string) bool { return slices.Contains(hostsFields, name) })
		if t == "InstallSnapshot" {
			fields[t] = append(slices.Clone(coresFields), fields[t]...)
		}
		if !slices.Equal(fields[t], documented[t]) {
			c.report("fields of %s are %v, on Message %v", t, fields[t], documented[t])
		}
		for _, function := range []string{"AppendMessage", "message"} {
			if encoded := c.code.encoded(function, types); !slices.Equal(fields[t], encoded[t]) {
				c.report("%s: fields of %s are %v, in Go %v", function, t, fields[t], encoded[t])
			}
		}
	}
	c.needed("message", hostsFields, all)
}

func (c *comparison) properties() {
	invariants, ofSteps := c.spec.properties()
	c.needed("RaftProperties", noInvariants, invariants)
	invariants = slices.DeleteFunc(invariants, func(name string) bool { return slices.Contains(noInvariants, name) })
	c.sameSet("invariant", invariants, c.code.listed("Invariants"), nil)
	c.sameSet("property", ofSteps, c.code.listed("StepProperties"), nil)
}

// sameSet: both sides have the same names, but for those known to be Go's alone.
func (c *comparison) sameSet(kind string, inSpec, inGo, onlyGo []string) {
	for _, name := range inSpec {
		if !slices.Contains(inGo, name) {
			c.report("%s %s: only in the specification", kind, name)
		}
	}
	for _, name := range inGo {
		if !slices.Contains(inSpec, name) && !slices.Contains(onlyGo, name) {
			c.report("%s %s: only in Go", kind, name)
		}
	}
	c.needed(kind, onlyGo, inGo)
}

// needed: an exception stands for something that is there.
func (c *comparison) needed(kind string, exceptions, there []string) {
	for _, name := range exceptions {
		if !slices.Contains(there, name) {
			c.report("%s: exception %s is not needed", kind, name)
		}
	}
}
