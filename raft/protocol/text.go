package protocol

import (
	"fmt"
	"strings"
)

// The text of things is for people: golden scripts, traces, counter-examples. The words
// are the specification's.

func (r Role) String() string {
	return [...]string{"none", "follower", "candidate", "leader"}[r&3]
}

func (v Value) String() string {
	switch v {
	case Command:
		return "Command"
	case NoOp:
		return "NoOp"
	case Configured:
		return "Configuration"
	}
	return fmt.Sprintf("Value(%d)", uint8(v))
}

func (t MessageType) String() string {
	switch t {
	case RequestVote:
		return "RequestVote"
	case RequestVoteResponse:
		return "RequestVoteResponse"
	case AppendEntries:
		return "AppendEntries"
	case AppendEntriesResponse:
		return "AppendEntriesResponse"
	case RequestPreVote:
		return "RequestPreVote"
	case RequestPreVoteResponse:
		return "RequestPreVoteResponse"
	case TimeoutNow:
		return "TimeoutNow"
	case ConfirmTerm:
		return "ConfirmTerm"
	case ConfirmTermResponse:
		return "ConfirmTermResponse"
	case InstallSnapshot:
		return "InstallSnapshot"
	}
	return fmt.Sprintf("MessageType(%d)", uint8(t))
}

func (s NodeSet) String() string {
	var ids []string
	for j := s.Next(Nil); j != Nil; j = s.Next(j) {
		ids = append(ids, fmt.Sprint(j))
	}
	return "{" + strings.Join(ids, " ") + "}"
}

// String writes the voters, old and new, and the learners: "{1 2}>{2 3}+{4}".
func (c Configuration) String() string {
	words := c.Voters.String()
	if c.IsJoint() {
		words += ">" + c.Next.String()
	}
	if c.Learners != 0 {
		words += "+" + c.Learners.String()
	}
	return words
}

// String writes entries by term, a no-op with a star: "1 1 2* 2"; long runs as "3x256"; a configuration behind its term.
func (e Entries) String() string {
	var words []string
	for k := range e.Runs() {
		r := e.Run(k)
		word := fmt.Sprint(uint64(r.Term))
		switch r.Value {
		case Command:
		case Configured:
			word += r.Configuration.String()
		default:
			word += "*"
		}
		if r.Count > 3 {
			words = append(words, fmt.Sprintf("%sx%d", word, r.Count))
			continue
		}
		for range r.Count {
			words = append(words, word)
		}
	}
	return "[" + strings.Join(words, " ") + "]"
}

// String writes a log behind a base with that in front: "(5@2) [2 3]".
func (l Log) String() string {
	entries := l.Slice(l.base, l.last).String()
	if l.baseConfiguration != (Configuration{}) {
		entries = l.baseConfiguration.String() + " " + entries
	}
	if l.base == 0 {
		return entries
	}
	return fmt.Sprintf("(%d@%d) %s", l.base, l.baseTerm, entries)
}

func (h HardState) String() string {
	return fmt.Sprintf("term=%d vote=%d log=%v%s", h.Term, h.Vote, h.Log, known(h.Commit))
}

func (w Write) String() string {
	base := ""
	if w.Base > 0 {
		base = fmt.Sprintf(" base=%d@%d", w.Base, w.BaseTerm)
		if w.BaseConfiguration != (Configuration{}) {
			base += w.BaseConfiguration.String()
		}
	}
	return fmt.Sprintf("term=%d vote=%d%s keep=%d then=%v%s", w.Term, w.Vote, base, w.Prev, w.Entries, known(w.Commit))
}

// known tells a commit hint, where there is one.
func known(commit Index) string {
	if commit == 0 {
		return ""
	}
	return fmt.Sprintf(" commit=%d", commit)
}

func (m Message) String() string {
	head := fmt.Sprintf("%d->%d %v term=%d", m.From, m.To, m.Type, m.Term)
	switch m.Type {
	case RequestVote, RequestPreVote, InstallSnapshot:
		if m.Transfer {
			head += " transfer"
		}
		head = fmt.Sprintf("%s last=%d@%d", head, m.LastIndex, m.LastTerm)
		if m.Configuration != (Configuration{}) {
			head += " configuration=" + m.Configuration.String()
		}
		return head
	case RequestVoteResponse, RequestPreVoteResponse:
		return fmt.Sprintf("%s granted=%t", head, m.Granted)
	case AppendEntries:
		return fmt.Sprintf("%s prev=%d@%d entries=%v commit=%d", head, m.Prev, m.PrevTerm, m.Entries, m.Commit)
	case AppendEntriesResponse:
		if m.Success {
			return fmt.Sprintf("%s success match=%d", head, m.Match)
		}
		return fmt.Sprintf("%s refused hint=%d@%d", head, m.Hint, m.HintTerm)
	case ConfirmTerm, ConfirmTermResponse:
		return fmt.Sprintf("%s read=%d", head, m.Read)
	}
	return head
}

// String tells the node's whole state, a line a part.
func (i *Node) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %v term=%d vote=%d log=%v commit=%d", i.id, i.role, i.currentTerm, i.votedFor, i.log, i.commitIndex)
	if i.role == Candidate {
		fmt.Fprintf(&b, " votes=%v", i.votesGranted)
	}
	if i.role == Leader {
		for j := i.server.Next(Nil); j != Nil; j = i.server.Next(j) {
			if j != i.id {
				fmt.Fprintf(&b, " %d:next=%d,match=%d", j, i.nextIndex[j], i.matchIndex[j])
				if i.readID > 0 {
					fmt.Fprintf(&b, ",read=%d", i.readAcked[j])
				}
			}
		}
	}
	if i.readID > 0 {
		fmt.Fprintf(&b, " read=%d@%d", i.readID, i.readIndex)
	}
	fmt.Fprintf(&b, "\n  disk %v", *i.disk)
	for k := range i.pending.len() {
		w := i.pending.at(k)
		fmt.Fprintf(&b, "\n  pending %v", w.Write)
		for _, m := range w.out {
			fmt.Fprintf(&b, "\n    holds %v", m)
		}
	}
	return b.String()
}
