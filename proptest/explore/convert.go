package explore

import (
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// variables are what PrintState prints, in its order.
var variables = []string{
	"currentTerm", "votedFor", "log", "snapshotIndex", "disk", "pending", "role", "commitIndex",
	"votesGranted", "nextIndex", "matchIndex", "readID", "readIndex", "readAcked", "messages", "spent", "owed", "ever",
}

// perNode is how many of them are a node's: all that a node has, functions over the nodes.
const perNode = 14

// reader turns values of the specification into parts. It notes the first fault and then
// reads zeros.
type reader struct {
	parts *Parts
	err   error
}

// printedBefore remembers what texts were read as: of a variable's values there are far
// fewer than of states.
type printedBefore struct {
	values map[string]variable
	sets   map[string]setNumber
	nodes  map[string]nodeNumber // by all that was printed of a node
}

// variable is the value of one, and what is printed of it at each node, in one form.
type variable struct {
	value
	at []string
}

// State returns the state that TLC printed as line: the tuple of all variables, as it is
// or as a string. It returns ErrValue, wrapped, where line is something else.
func (p *Parts) State(line string) (State, error) {
	items, err := splitTuple(strings.Trim(line, `"`))
	if err != nil {
		return State{}, err
	}
	if len(items) != len(variables) {
		return State{}, fmt.Errorf("%w: expected a tuple of the %d variables, not of %d", ErrValue, len(variables), len(items))
	}
	vars := make([]variable, len(items))
	for k, item := range items {
		if vars[k], err = p.value(item); err != nil {
			return State{}, fmt.Errorf("%s: %w", variables[k], err)
		}
	}
	r := reader{parts: p}
	if mentionsSnapshots(items) {
		r.forget(vars)
		at := slices.Index(variables, "messages")
		items[at] = vars[at].String()
	}
	if r.err != nil {
		return State{}, r.err
	}
	st := r.state(vars, items)
	return st, r.err
}

// mentionsSnapshots reports whether there is one anywhere in the state: most models have none.
func mentionsSnapshots(items []string) bool {
	return strings.ContainsAny(items[slices.Index(variables, "snapshotIndex")], "123456789") || strings.Contains(items[slices.Index(variables, "messages")], "InstallSnapshot") ||
		aSnapshot.MatchString(items[slices.Index(variables, "disk")]) || aSnapshot.MatchString(items[slices.Index(variables, "pending")])
}

var aSnapshot = regexp.MustCompile(`snapshot \|-> [1-9]`)

// value reads the text of a variable's value.
func (p *Parts) value(text string) (variable, error) {
	if v, ok := p.before.values[text]; ok {
		return v, nil
	}
	parsed, err := parseValue(text)
	v := variable{value: parsed}
	if parsed.kind == tuple || parsed.kind == function {
		for _, item := range parsed.sorted().items {
			v.at = append(v.at, item.String())
		}
	}
	if err == nil {
		p.before.values[strings.Clone(text)] = v
	}
	return v, err
}

func (r *reader) state(vars []variable, texts []string) State {
	var st State
	n := len(r.members(vars[0].value, tuple))
	if n > maxServers {
		r.fail("at most %d nodes", maxServers)
		return st
	}
	for id := range n {
		st.nodes[id] = r.node(protocol.NodeID(id+1), n, vars)
	}
	at := slices.Index(variables, "messages")
	inFlight, ok := r.parts.before.sets[texts[at]]
	if !ok {
		inFlight = r.network(vars[at].value)
	}
	if !ok && r.err == nil {
		r.parts.before.sets[strings.Clone(texts[at])] = inFlight
	}
	st.messages = inFlight
	st.spent = r.spent(vars[slices.Index(variables, "spent")].value)
	st.owed = r.owed(vars[slices.Index(variables, "owed")].value, n)
	st.ever = r.ever(vars[slices.Index(variables, "ever")].value)
	return st
}

// ever numbers a sequence of committed entries.
func (r *reader) ever(v value) everNumber {
	var list []committed
	for _, item := range r.members(v, tuple) {
		list = append(list, committed{r.entry(r.field(item, "entry")), protocol.Term(r.number(r.field(item, "at")))})
	}
	if r.err != nil {
		return 0
	}
	number := r.parts.ever(list)
	r.sameAsPrinted(r.parts.everValue(number), v)
	return number
}

// sameAsPrinted requires that what was read says all that was printed.
func (r *reader) sameAsPrinted(again, printed value) {
	if read, was := again.sorted().String(), printed.sorted().String(); read != was {
		r.fail("that all of it is in its encoding, which says\n%s\nof what was printed as\n%s", read, was)
	}
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: expected %s", ErrValue, fmt.Sprintf(format, args...))
	}
}

// node numbers the variables at one index. What it reads for the first time it writes again,
// and that must be what was printed: then the encoding has all of it.
func (r *reader) node(id protocol.NodeID, n int, vars []variable) nodeNumber {
	printed := r.printedAt(int(id)-1, vars)
	key := fmt.Sprint(id, " of ", n, r.parts.first, "\n", printed)
	number, ok := r.parts.before.nodes[key]
	if ok || r.err != nil {
		return number
	}
	number = r.read(id, n, vars)
	if r.err != nil {
		return 0
	}
	w := writer{rest: r.parts.nodes.values[number].AppendState(nil)}
	if again := joined(w.node()); again != printed {
		r.fail("that all of a node is in its encoding, which says\n%s\nof what was printed as\n%s", again, printed)
	}
	r.parts.before.nodes[key] = number
	return number
}

// printedAt is all that was printed of the node at k, from 0.
func (r *reader) printedAt(k int, vars []variable) string {
	var texts []string
	for _, v := range vars[:perNode] {
		if k >= len(v.at) {
			r.fail("a function over the nodes, not %v", v.value)
			return ""
		}
		texts = append(texts, v.at[k])
	}
	return strings.Join(texts, "\n")
}

// joined writes values as printedAt does.
func joined(values []value) string {
	var texts []string
	for _, v := range values {
		texts = append(texts, v.sorted().String())
	}
	return strings.Join(texts, "\n")
}

// read builds the encoding of AppendState from the variables at one index.
func (r *reader) read(id protocol.NodeID, n int, vars []variable) nodeNumber {
	at := func(variable string) value {
		return r.item(vars[slices.Index(variables, variable)].value, int(id)-1)
	}
	server := protocol.NodeSet(1<<(n+1) - 2)
	b := append(make([]byte, 0, 64), byte(id))
	b = binary.AppendUvarint(b, uint64(server))
	b = r.appendNumbers(b, at("currentTerm"), at("votedFor"))
	b = r.appendLog(b, at("log"))
	b = r.appendNumbers(b, at("commitIndex"))
	b = r.appendImage(b, at("disk"))
	b = r.appendPending(b, at("pending"))
	b = append(b, r.role(at("role")))
	b = binary.AppendUvarint(b, uint64(r.nodes(at("votesGranted"))))
	for j := range n {
		b = r.appendNumbers(b, r.item(at("nextIndex"), j), r.item(at("matchIndex"), j))
	}
	b = r.appendNumbers(b, at("readID"), at("readIndex"))
	for j := range n {
		b = r.appendNumbers(b, r.item(at("readAcked"), j))
	}
	if r.err != nil {
		return 0
	}
	number, err := r.parts.node(b)
	r.err = err
	return number
}

func (r *reader) appendPending(b []byte, v value) []byte {
	writes := r.members(v, tuple)
	b = binary.AppendUvarint(b, uint64(len(writes)))
	for _, w := range writes {
		b = r.appendImage(b, r.field(w, "state"))
		var held [][]byte
		for _, m := range r.members(r.field(w, "out"), set) {
			message := r.message(m)
			held = append(held, protocol.AppendMessage(nil, &message))
		}
		slices.SortFunc(held, slices.Compare)
		b = binary.AppendUvarint(b, uint64(len(held)))
		b = append(b, slices.Concat(held...)...)
	}
	return b
}

func (r *reader) appendImage(b []byte, v value) []byte {
	b = r.appendNumbers(b, r.field(v, "term"), r.field(v, "vote"))
	b = r.appendLog(b, r.field(v, "log"))
	return r.appendNumbers(b, r.field(v, "commit"))
}

func (r *reader) appendNumbers(b []byte, numbers ...value) []byte {
	for _, v := range numbers {
		b = binary.AppendUvarint(b, r.number(v))
	}
	return b
}

// appendLog encodes a log as kept returns it.
func (r *reader) appendLog(b []byte, v value) []byte {
	if v.kind != record {
		return r.appendEntries(appendConfiguration(append(b, 0, 0), r.parts.first), v)
	}
	b = r.appendNumbers(b, r.field(v, "base"), r.field(v, "term"))
	b = appendConfiguration(b, r.configuration(r.field(v, "configuration")))
	return r.appendEntries(b, r.field(v, "entries"))
}

func appendConfiguration(b []byte, c protocol.Configuration) []byte {
	b = binary.AppendUvarint(b, uint64(c.Voters))
	if c.Voters == 0 {
		return b
	}
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(c.Next)), uint64(c.Learners))
}

// appendEntries encodes a sequence of entries as its runs.
func (r *reader) appendEntries(b []byte, v value) []byte {
	e := r.entries(v)
	b = binary.AppendUvarint(b, uint64(e.Runs()))
	for k := range e.Runs() {
		run := e.Run(k)
		b = binary.AppendUvarint(b, uint64(run.Term))
		b = binary.AppendUvarint(b, uint64(run.Value))
		b = binary.AppendUvarint(b, run.Count)
		if run.Value == protocol.Configured {
			b = appendConfiguration(b, run.Configuration)
		}
	}
	return b
}

func (r *reader) entries(v value) protocol.Entries {
	var list []protocol.Entry
	for _, item := range r.members(v, tuple) {
		list = append(list, r.entry(item))
	}
	return protocol.EntriesOf(list...)
}

func (r *reader) entry(v value) protocol.Entry {
	name := r.field(v, "value").text
	kind, ok := valueNamed(name)
	if !ok {
		r.fail("an entry's value, not %q", name)
	}
	e := protocol.Entry{Term: protocol.Term(r.number(r.field(v, "term"))), Value: kind}
	if kind == protocol.Configured {
		e.Configuration = r.configuration(v)
	}
	return e
}

func (r *reader) role(v value) byte {
	for _, role := range []protocol.Role{protocol.Follower, protocol.Candidate, protocol.Leader} {
		if role.String() == v.text {
			return byte(role)
		}
	}
	r.fail("a role, not %v", v)
	return 0
}

func (r *reader) nodes(v value) protocol.NodeSet {
	var s protocol.NodeSet
	for _, member := range r.members(v, set) {
		s = s.With(protocol.NodeID(r.number(member)))
	}
	return s
}

// network numbers a set of messages, and requires that the messages say all of it.
func (r *reader) network(v value) setNumber {
	var messages []protocol.Message
	for _, m := range r.members(v, set) {
		messages = append(messages, r.message(m))
	}
	if r.err != nil {
		return 0
	}
	number, err := r.parts.messagesOf(messages)
	if r.err = err; err != nil {
		return 0
	}
	again := value{kind: set}
	for _, m := range r.parts.sets.values[number] {
		again.items = append(again.items, messageValue(&r.parts.messages.values[m]))
	}
	r.sameAsPrinted(again, v)
	return number
}

// message converts a record of RaftMessage. A field that its type has not is a fault.
func (r *reader) message(v value) protocol.Message {
	var m protocol.Message
	m.Type = r.messageType(r.field(v, "type"))
	for k, name := range v.names {
		if name != "type" {
			r.setField(&m, name, v.items[k])
		}
	}
	if want := fieldCount[m.Type]; len(v.names) != want {
		r.fail("%d fields of %v, not %v", want, m.Type, v)
	}
	return m
}

// fieldCount is how many fields a message has in the specification, by type.
var fieldCount = [...]int{
	protocol.RequestVote:            7,
	protocol.RequestVoteResponse:    5,
	protocol.AppendEntries:          8,
	protocol.AppendEntriesResponse:  8,
	protocol.RequestPreVote:         6,
	protocol.RequestPreVoteResponse: 5,
	protocol.TimeoutNow:             4,
	protocol.ConfirmTerm:            5,
	protocol.ConfirmTermResponse:    5,
	protocol.InstallSnapshot:        7,
}

func (r *reader) messageType(v value) protocol.MessageType {
	for t := protocol.RequestVote; t <= protocol.InstallSnapshot; t++ {
		if t.String() == v.text {
			return t
		}
	}
	r.fail("a message's type, not %v", v)
	return protocol.RequestVote
}

func (r *reader) setField(m *protocol.Message, name string, v value) {
	if name == "entries" {
		m.Entries = r.entries(v)
		return
	}
	if name == "configuration" {
		m.Configuration = r.configuration(v)
		return
	}
	n := r.number(v)
	switch name {
	case "from":
		m.From = protocol.NodeID(n)
	case "to":
		m.To = protocol.NodeID(n)
	case "term":
		m.Term = protocol.Term(n)
	case "lastIndex":
		m.LastIndex = protocol.Index(n)
	case "lastTerm":
		m.LastTerm = protocol.Term(n)
	case "transfer":
		m.Transfer = n == 1
	case "granted":
		m.Granted = n == 1
	case "prev":
		m.Prev = protocol.Index(n)
	case "prevTerm":
		m.PrevTerm = protocol.Term(n)
	case "commit":
		m.Commit = protocol.Index(n)
	default:
		r.setAnswer(m, name, n)
	}
}

func (r *reader) setAnswer(m *protocol.Message, name string, n uint64) {
	switch name {
	case "success":
		m.Success = n == 1
	case "match":
		m.Match = protocol.Index(n)
	case "hint":
		m.Hint = protocol.Index(n)
	case "hintTerm":
		m.HintTerm = protocol.Term(n)
	case "read":
		m.Read = protocol.ReadID(n)
	default:
		r.fail("a field of a message, not %q", name)
	}
}

// number returns a number or a boolean.
func (r *reader) number(v value) uint64 {
	if v.kind != number && v.kind != boolean {
		r.fail("a number, not %v", v)
	}
	return v.n
}

// field returns a record's field.
func (r *reader) field(v value, name string) value {
	k := slices.Index(v.names, name)
	if v.kind != record || k < 0 {
		r.fail("a record with %s, not %v", name, v)
		return value{}
	}
	return v.items[k]
}

// members returns the items of a tuple or set.
func (r *reader) members(v value, k kind) []value {
	if v.kind != k && r.err == nil {
		r.fail("a tuple or a set, not %v", v)
	}
	return v.items
}

// item returns item k, from 0, of a tuple, or of a function over 1..n.
func (r *reader) item(v value, k int) value {
	for n, key := range v.keys {
		if key.n == uint64(k)+1 {
			return v.items[n]
		}
	}
	if v.kind != tuple || k >= len(v.items) {
		r.fail("a function over the nodes, not %v", v)
		return value{}
	}
	return v.items[k]
}
