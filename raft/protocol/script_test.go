// The language of the golden scripts in testdata; golden_test.go says what it is for.

package protocol

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cockroachdb/datadriven"
)

// script runs commands in a world and writes down what they do. A line of a command is
// one of
//
//	start nodes=3                       nodes with empty disks; or, by lines below it,
//	  1 term=6 vote=1 log=(1 1 4*)      with what stands there (* is a no-op)
//	  1 voters=(1 2)                    and who decides at first
//	Timeout 1 | BecomeLeader 1 | AdvanceCommitIndex 1 | Persist 1 2 | Restart 1 | Resign 1 | PreVote 1
//	Compact 1 k=2 | SendSnapshot 1 3 | TransferLeadership 1 2 | ReadRequest 1 | ConfirmTerm 1 2 | ConfirmRead 1
//	ClientRequest 1 [NoOp] | ChangeConfiguration 1 voters=(2 3) | LeaveJoint 1
//	AppendEntries 1 2 prev=0 n=1
//	deliver [1->2 [type]] [keep|last]   the first such message in flight, or the last;
//	                                    without a link each one; keep: it comes again
//	drop [1->2 [type]]
//	sync 1 2                            Persist until nothing is pending
//	elect 1 2 3                         a whole election: 2 and 3 answer at once, the
//	                                    others hear nothing
//	catchup 1 2                         1 sends, 2 persists and answers, until they agree
//	state [1 2]                         only tells
//	messages                            only tells
//	show states | messages              how much each action tells
type script struct {
	w     *world
	terse bool
	b     strings.Builder
}

// run runs a command and the lines below it.
func (s *script) run(d *datadriven.TestData) (string, error) {
	s.b.Reset()
	if d.Cmd == "start" {
		return s.start(d)
	}
	if err := s.line(d.Cmd, d.CmdArgs); err != nil {
		return "", err
	}
	for _, line := range strings.Split(d.Input, "\n") {
		name, args, err := datadriven.ParseLine(line)
		if err == nil && name != "" {
			err = s.line(name, args)
		}
		if err != nil {
			return "", fmt.Errorf("%q: %w", line, err)
		}
	}
	return s.b.String(), nil
}

func (s *script) start(d *datadriven.TestData) (string, error) {
	if _, _, values := sortArguments(d.CmdArgs); values["nodes"] > 0 {
		s.w = newWorld(int(values["nodes"]))
		return "", nil
	}
	var disks []HardState
	for _, line := range strings.Split(d.Input, "\n") {
		disk, err := parseDisk(line)
		if err != nil {
			return "", fmt.Errorf("%q: %w", line, err)
		}
		disks = append(disks, disk)
	}
	s.w = worldOf(disks)
	return "", nil
}

// parseDisk reads `1 term=6 vote=1 log=(1 1 4*)`.
func parseDisk(line string) (HardState, error) {
	_, args, err := datadriven.ParseLine(line)
	if err != nil {
		return HardState{}, err
	}
	var h HardState
	for _, a := range args {
		switch a.Key {
		case "term":
			h.Term = Term(number(a.Vals[0]))
		case "vote":
			h.Vote = NodeID(number(a.Vals[0]))
		case "log":
			h.Log = LogOf(parseEntries(a.Vals[0])...).Under(h.Log.baseConfiguration)
		case "voters":
			h.Log = h.Log.Under(Configuration{Voters: votersOf(args)})
		default:
			return h, fmt.Errorf("a disk has term, vote, log and voters, not %q", a.Key)
		}
	}
	return h, nil
}

func parseEntries(text string) []Entry {
	var entries []Entry
	for _, word := range strings.Fields(text) {
		term, isNoOp := strings.CutSuffix(word, "*")
		v := Command
		if isNoOp {
			v = NoOp
		}
		entries = append(entries, Entry{Term: Term(number(term)), Value: v})
	}
	return entries
}

// votersOf reads `voters=(2 3)`.
func votersOf(args []datadriven.CmdArg) (set NodeSet) {
	for _, a := range args {
		if a.Key != "voters" {
			continue
		}
		for _, word := range strings.Fields(a.Vals[0]) {
			set = set.With(NodeID(number(word)))
		}
	}
	return set
}

func number(text string) uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

// line runs one line.
func (s *script) line(name string, args []datadriven.CmdArg) error {
	ids, words, values := sortArguments(args)
	switch name {
	case "deliver", "drop":
		return s.network(name, words)
	case "state":
		s.state(ids)
	case "messages":
		s.messages()
	case "show":
		s.terse = words[0] == "messages"
	case "sync":
		s.sync(ids)
	case "elect":
		s.elect(ids[0], ids[1:])
	case "catchup":
		s.catchup(ids[0], ids[1])
	case "AppendEntries":
		s.tell(fmt.Sprintf("AppendEntries %d %d prev=%d n=%d", ids[0], ids[1], values["prev"], values["n"]), ids[0],
			s.w.appendEntries(ids[0], ids[1], Index(values["prev"]), values["n"]))
	case "TransferLeadership":
		s.tell(fmt.Sprintf("TransferLeadership %d %d", ids[0], ids[1]), ids[0], s.w.transferLeadership(ids[0], ids[1]))
	case "Compact":
		s.tell(fmt.Sprintf("Compact %d k=%d", ids[0], values["k"]), ids[0], s.w.compact(ids[0], Index(values["k"])))
	case "SendSnapshot":
		s.tell(fmt.Sprintf("SendSnapshot %d %d", ids[0], ids[1]), ids[0], s.w.sendSnapshot(ids[0], ids[1]))
	case "ConfirmTerm":
		s.tell(fmt.Sprintf("ConfirmTerm %d %d", ids[0], ids[1]), ids[0], s.w.confirmTerm(ids[0], ids[1]))
	case "ChangeConfiguration":
		voters := votersOf(args)
		s.tell(fmt.Sprintf("ChangeConfiguration %d %v", ids[0], voters), ids[0], s.w.changeConfiguration(ids[0], voters, 0))
	case "ClientRequest":
		v := Command
		if len(words) > 0 {
			v = NoOp
		}
		s.tell(fmt.Sprintf("ClientRequest %d %v", ids[0], v), ids[0], s.w.clientRequest(ids[0], v))
	default:
		return s.plain(name, ids)
	}
	return nil
}

// plain runs an action without parameters at each of ids.
func (s *script) plain(name string, ids []NodeID) error {
	action, known := map[string]func(NodeID) bool{
		"Timeout": s.w.timeout, "BecomeLeader": s.w.becomeLeader, "Persist": s.w.persist,
		"AdvanceCommitIndex": s.w.advanceCommitIndex, "Restart": s.w.restart, "Resign": s.w.resign, "PreVote": s.w.preVote,
		"ReadRequest": s.w.readRequest, "ConfirmRead": s.w.confirmRead, "LeaveJoint": s.w.leaveJoint,
	}[name]
	if !known || len(ids) == 0 {
		return fmt.Errorf("no command %q with %d nodes", name, len(ids))
	}
	for _, i := range ids {
		s.tell(fmt.Sprintf("%s %d", name, i), i, action(i))
	}
	return nil
}

// sortArguments tells node ids, other words and values apart.
func sortArguments(args []datadriven.CmdArg) (ids []NodeID, words []string, values map[string]uint64) {
	values = map[string]uint64{}
	for _, a := range args {
		n, err := strconv.ParseUint(a.Key, 10, 6)
		switch {
		case a.Key == "voters": // votersOf
		case len(a.Vals) > 0:
			values[a.Key] = number(a.Vals[0])
		case err == nil:
			ids = append(ids, NodeID(n))
		default:
			words = append(words, a.Key)
		}
	}
	return ids, words, values
}

// network delivers or drops the messages that words select.
func (s *script) network(name string, words []string) error {
	if len(words) == 0 {
		for range len(s.w.messages) {
			s.passOn(name, s.w.take(0))
		}
		return nil
	}
	k, keep := s.selected(words)
	switch {
	case k < 0 && s.w.broken == nil: // after a breach nothing is sent
		return fmt.Errorf("no message %v is in flight", words)
	case k >= 0 && keep:
		s.passOn(name, s.w.messages[k])
	case k >= 0:
		s.passOn(name, s.w.take(k))
	}
	return nil
}

// selected is the place of the message that words ask for, or -1.
func (s *script) selected(words []string) (place int, keep bool) {
	place, last := -1, false
	link, words := words[0], words[1:]
	for k, m := range s.w.messages {
		fits := link == fmt.Sprintf("%d->%d", m.From, m.To)
		for _, word := range words {
			keep, last = keep || word == "keep", last || word == "last"
			fits = fits && (word == "keep" || word == "last" || word == m.Type.String())
		}
		if fits && (place < 0 || last) {
			place = k
		}
	}
	return place, keep
}

func (s *script) passOn(name string, m Message) {
	if name == "drop" {
		fmt.Fprintf(&s.b, "lost %v\n", m)
		return
	}
	if action := s.w.deliver(m); action != "" {
		s.tell(fmt.Sprintf("%s %d of %v", action, m.To, m), m.To, true)
		return
	}
	fmt.Fprintf(&s.b, "nothing is enabled by %v\n", m)
}

// tell writes down an action, what it wants done and the state after it.
func (s *script) tell(action string, i NodeID, enabled bool) {
	if !enabled {
		fmt.Fprintf(&s.b, "%s: not enabled\n", action)
		return
	}
	fmt.Fprintln(&s.b, action)
	for _, m := range s.w.out.Messages {
		fmt.Fprintf(&s.b, "  sends %v\n", m)
	}
	if s.terse {
		return
	}
	for _, write := range s.w.out.Writes {
		fmt.Fprintf(&s.b, "  writes %v\n", write)
	}
	s.state([]NodeID{i})
}

func (s *script) state(ids []NodeID) {
	for _, n := range s.w.nodes {
		for _, i := range ids {
			if n.id == i {
				fmt.Fprintln(&s.b, indented(n.String()))
			}
		}
		if len(ids) == 0 {
			fmt.Fprintln(&s.b, indented(n.String()))
		}
	}
}

func indented(text string) string { return "  " + strings.ReplaceAll(text, "\n", "\n  ") }

func (s *script) messages() {
	for _, m := range s.w.messages {
		fmt.Fprintf(&s.b, "  in flight %v\n", m)
	}
}

func (s *script) sync(ids []NodeID) {
	for _, i := range ids {
		for s.w.broken == nil && s.w.node(i).pending.len() > 0 {
			s.tell(fmt.Sprintf("Persist %d", i), i, s.w.persist(i))
		}
	}
}

// quietly runs f without telling of it.
func (s *script) quietly(f func()) {
	told := s.b.String()
	f()
	s.b.Reset()
	s.b.WriteString(told)
}

// elect makes i leader by voters, who write and answer at once; the others hear nothing.
func (s *script) elect(i NodeID, voters []NodeID) {
	s.quietly(func() {
		s.w.timeout(i)
		s.sync([]NodeID{i})
		for _, j := range voters {
			s.exchange(RequestVote, i, j)
		}
		s.w.becomeLeader(i)
	})
	s.w.messages = slices.DeleteFunc(s.w.messages, func(m Message) bool {
		return m.Type == RequestVote && m.From == i
	})
	fmt.Fprintf(&s.b, "elect %d\n", i)
	s.state([]NodeID{i})
}

// exchange delivers the first message of type t from i to j, and the answer once it is
// durable.
func (s *script) exchange(t MessageType, i, j NodeID) {
	if s.deliverFirst(t, i, j) {
		s.sync([]NodeID{j})
		s.deliverFirst(t+1, j, i)
	}
}

func (s *script) deliverFirst(t MessageType, i, j NodeID) bool {
	for k, m := range s.w.messages {
		if m.Type == t && m.From == i && m.To == j {
			s.passOn("deliver", s.w.take(k))
			return true
		}
	}
	return false
}

// catchup: leader i sends j all behind nextIndex until it knows that they agree. A
// search that takes more refusals than both logs have terms is a breach: it may never end.
func (s *script) catchup(i, j NodeID) {
	leader, follower := s.w.node(i), s.w.node(j)
	if leader.role != Leader {
		fmt.Fprintf(&s.b, "catchup %d %d: not enabled\n", i, j)
		return
	}
	allowed := len(leader.log.spans) + len(follower.log.spans) + 2
	for rounds := 0; s.w.broken == nil && leader.matchIndex[j] < leader.LastIndex(); rounds++ {
		if rounds > allowed {
			s.w.broken = &breach{"SearchEnds", fmt.Sprintf("%d rounds and no agreement", rounds)}
			return
		}
		prev := leader.nextIndex[j] - 1
		n := uint64(leader.LastIndex() - prev)
		s.w.appendEntries(i, j, prev, n)
		s.exchange(AppendEntries, i, j)
	}
	s.state([]NodeID{j})
}
