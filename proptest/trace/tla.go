package trace

import (
	"fmt"
	"strings"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Values of TLA+, as module Trace reads them.

func setOf[T any](items []T, text func(T) string) string {
	words := make([]string, len(items))
	for k, item := range items {
		words[k] = text(item)
	}
	return "{" + strings.Join(words, ", ") + "}"
}

func tupleOf[T any](items []T, text func(T) string) string {
	s := setOf(items, text)
	return "<<" + s[1:len(s)-1] + ">>"
}

func decimal[T ~uint64 | ~uint8 | ~int](n T) string { return fmt.Sprint(uint64(n)) }

func truth(b bool) string { return strings.ToUpper(fmt.Sprint(b)) }

func quoted(word fmt.Stringer) string { return `"` + word.String() + `"` }

// entriesText has a long stretch of one kind as one word, see Run in module Trace.
func entriesText(e *protocol.Entries) string {
	var words []string
	for k := range e.Runs() {
		r := e.Run(k)
		if r.Value == protocol.Configured {
			words = append(words, fmt.Sprintf("<<[term |-> %d, value |-> %s, %s]>>", r.Term, quoted(r.Value), decidingText(r.Configuration)))
			continue
		}
		words = append(words, fmt.Sprintf("Run(%d, %s, %d)", r.Term, quoted(r.Value), r.Count))
	}
	if len(words) == 0 {
		return "<<>>"
	}
	return strings.Join(words, " \\o ")
}

// logText is a log as operator Kept of module Trace has it.
func logText(l *Log) string {
	if l.Base == 0 {
		return entriesText(&l.Entries)
	}
	return fmt.Sprintf("[base |-> %d, term |-> %d, configuration |-> %s, entries |-> %s]", l.Base, l.BaseTerm, configurationText(l.BaseConfiguration), entriesText(&l.Entries))
}

func setText(set protocol.NodeSet) string { return setOf(members(set), decimal) }

// decidingText are the fields of a configuration.
func decidingText(c protocol.Configuration) string {
	voters := setText(c.Voters)
	if c.IsJoint() {
		voters += ", " + setText(c.Next)
	}
	return fmt.Sprintf("voters |-> <<%s>>, learners |-> %s", voters, setText(c.Learners))
}

// configurationText is a configuration; the zero one is that of a log in which none stands.
func configurationText(c protocol.Configuration) string {
	if c == (protocol.Configuration{}) {
		return "First"
	}
	return "[" + decidingText(c) + "]"
}

func imageText(i *Image) string {
	return fmt.Sprintf("[term |-> %d, vote |-> %d, log |-> %s, snapshot |-> %d, commit |-> %d]", i.Term, i.Vote, logText(&i.Log), i.Log.Base, i.Commit)
}

func messageText(m protocol.Message) string {
	text := fmt.Sprintf("[type |-> %s, from |-> %d, to |-> %d, term |-> %d", quoted(m.Type), m.From, m.To, m.Term)
	switch m.Type {
	case protocol.RequestVote:
		text += fmt.Sprintf(", lastIndex |-> %d, lastTerm |-> %d, transfer |-> %s", m.LastIndex, m.LastTerm, truth(m.Transfer))
	case protocol.InstallSnapshot:
		text += fmt.Sprintf(", lastIndex |-> %d, lastTerm |-> %d, configuration |-> %s", m.LastIndex, m.LastTerm, configurationText(m.Configuration))
	case protocol.RequestPreVote:
		text += fmt.Sprintf(", lastIndex |-> %d, lastTerm |-> %d", m.LastIndex, m.LastTerm)
	case protocol.RequestVoteResponse, protocol.RequestPreVoteResponse:
		text += ", granted |-> " + truth(m.Granted)
	case protocol.AppendEntries:
		text += fmt.Sprintf(", prev |-> %d, prevTerm |-> %d, entries |-> %s, commit |-> %d", m.Prev, m.PrevTerm, entriesText(&m.Entries), m.Commit)
	case protocol.AppendEntriesResponse:
		text += fmt.Sprintf(", success |-> %s, match |-> %d, hint |-> %d, hintTerm |-> %d", truth(m.Success), m.Match, m.Hint, m.HintTerm)
	case protocol.ConfirmTerm, protocol.ConfirmTermResponse:
		text += fmt.Sprintf(", read |-> %d", m.Read)
	}
	return text + "]"
}

func stateText(s *State) string {
	pending := tupleOf(s.Pending, func(p Pending) string {
		return fmt.Sprintf("[state |-> %s, out |-> %s]", imageText(&p.State), setOf(p.Out, messageText))
	})
	return fmt.Sprintf("[currentTerm |-> %d, votedFor |-> %d, log |-> %s, snapshotIndex |-> %d, disk |-> %s, pending |-> %s, role |-> %s, commitIndex |-> %d, "+
		"votesGranted |-> %s, nextIndex |-> %s, matchIndex |-> %s, readID |-> %d, readIndex |-> %d, readAcked |-> %s]",
		s.Hard.Term, s.Hard.Vote, logText(&s.Hard.Log), s.Hard.Log.Base, imageText(&s.Disk), pending, quoted(s.Role), s.Hard.Commit,
		setText(s.VotesGranted), tupleOf(s.NextIndex, decimal), tupleOf(s.MatchIndex, decimal), s.ReadID, s.ReadIndex,
		tupleOf(s.ReadAcked, decimal))
}

func afterText(a *After) string {
	peer := "{}"
	if a.Peer != protocol.Nil {
		peer = fmt.Sprintf("{[id |-> %d, next |-> %d, match |-> %d, acked |-> %d]}", a.Peer, a.NextIndex, a.MatchIndex, a.ReadAcked)
	}
	return fmt.Sprintf("[currentTerm |-> %d, votedFor |-> %d, role |-> %s, lastIndex |-> %d, lastTerm |-> %d, commitIndex |-> %d, "+
		"durableIndex |-> %d, pending |-> %d, votesGranted |-> %s, readID |-> %d, readIndex |-> %d, snapshotIndex |-> %d, peer |-> %s]",
		a.CurrentTerm, a.VotedFor, quoted(a.Role), a.LastIndex, a.LastTerm, a.CommitIndex,
		a.DurableIndex, a.Pending, setOf(members(a.VotesGranted), decimal), a.ReadID, a.ReadIndex, a.SnapshotIndex, peer)
}

// stepText is a step as module Trace takes it.
func stepText(s Step) string {
	text := fmt.Sprintf("[op |-> %q, n |-> %d", s.Action(), s.Node)
	if s.Found {
		return text + ", after |-> {}, sent |-> {}, whole |-> {}]"
	}
	switch {
	case s.Message != nil:
		text += ", m |-> " + messageText(*s.Message)
	case s.Name == "ClientRequest":
		text += ", v |-> " + quoted(s.Value)
	case s.Name == "AppendEntries":
		text += fmt.Sprintf(", j |-> %d, prev |-> %d, count |-> %d", s.Peer, s.Prev, s.Count)
	case s.Name == "Compact":
		text += fmt.Sprintf(", k |-> %d", s.Prev)
	case s.Name == "ChangeConfiguration":
		text += fmt.Sprintf(", voters |-> %s, learners |-> %s", setText(s.Voters), setText(s.Learners))
	case s.Peer != protocol.Nil:
		text += fmt.Sprintf(", j |-> %d", s.Peer)
	}
	whole := "{}"
	if s.Whole != nil {
		whole = "{" + stateText(s.Whole) + "}"
	}
	return text + fmt.Sprintf(", after |-> {%s}, sent |-> {%s}, whole |-> %s]", afterText(&s.After), setOf(s.Sent, messageText), whole)
}
