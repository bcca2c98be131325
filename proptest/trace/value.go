package trace

import (
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/spec/ground"
)

// Values of the specification, as spec/ground has them.

func number[T ~uint64 | ~uint8 | ~int](n T) ground.Value { return ground.Int(int(n)) }

func numbers[T ~uint64 | ~uint8](all []T) ground.Value {
	items := make([]ground.Value, len(all))
	for k, n := range all {
		items[k] = number(n)
	}
	return ground.Seq(items...)
}

func serversValue(set protocol.NodeSet) ground.Value {
	var items []ground.Value
	for _, id := range members(set) {
		items = append(items, number(id))
	}
	return ground.SetOf(items...)
}

// fields are a record's, names and values in turn.
func fields(pairs ...any) ground.Value {
	list := make([]ground.Pair, 0, len(pairs)/2)
	for k := 0; k < len(pairs); k += 2 {
		list = append(list, ground.Pair{Name: pairs[k].(string), Value: pairs[k+1].(ground.Value)})
	}
	return ground.RecordOf(list...)
}

func entryValue(r protocol.Run) ground.Value {
	return fields("term", number(r.Term), "value", ground.Text(r.Value.String()))
}

func messagesValue(all []protocol.Message) ground.Value {
	items := make([]ground.Value, len(all))
	for k := range all {
		items[k] = messageValue(&all[k])
	}
	return ground.SetOf(items...)
}

func entriesValue(e *protocol.Entries) ground.Value {
	items := make([]ground.Value, 0, e.Len())
	for k := range e.Runs() {
		r := e.Run(k)
		entry := entryValue(r)
		for range r.Count {
			items = append(items, entry)
		}
	}
	return ground.Seq(items...)
}

func imageValue(i *Image) ground.Value {
	return fields("term", number(i.Term), "vote", number(i.Vote), "log", entriesValue(&i.Log), "commit", number(i.Commit))
}

func messageValue(m *protocol.Message) ground.Value {
	head := []any{"type", ground.Text(m.Type.String()), "from", number(m.From), "to", number(m.To), "term", number(m.Term)}
	var rest []any
	switch m.Type {
	case protocol.RequestVote:
		rest = []any{"lastIndex", number(m.LastIndex), "lastTerm", number(m.LastTerm), "transfer", ground.Bool(m.Transfer)}
	case protocol.RequestPreVote:
		rest = []any{"lastIndex", number(m.LastIndex), "lastTerm", number(m.LastTerm)}
	case protocol.RequestVoteResponse, protocol.RequestPreVoteResponse:
		rest = []any{"granted", ground.Bool(m.Granted)}
	case protocol.AppendEntries:
		rest = []any{"prev", number(m.Prev), "prevTerm", number(m.PrevTerm), "entries", entriesValue(&m.Entries), "commit", number(m.Commit)}
	case protocol.AppendEntriesResponse:
		rest = []any{"success", ground.Bool(m.Success), "match", number(m.Match), "hint", number(m.Hint), "hintTerm", number(m.HintTerm)}
	case protocol.ConfirmTerm, protocol.ConfirmTermResponse:
		rest = []any{"read", number(m.Read)}
	}
	return fields(append(head, rest...)...)
}

// nodeValues are a node's variables by their names.
func nodeValues(s *State) map[string]ground.Value {
	pending := make([]ground.Value, len(s.Pending))
	for k := range s.Pending {
		pending[k] = fields("state", imageValue(&s.Pending[k].State), "out", messagesValue(s.Pending[k].Out))
	}
	all := smallValues(s)
	all["log"], all["disk"], all["pending"] = entriesValue(&s.Hard.Log), imageValue(&s.Disk), ground.Seq(pending...)
	return all
}

// smallValues are those of a node's variables that have no log in them.
func smallValues(s *State) map[string]ground.Value {
	return map[string]ground.Value{
		"currentTerm": number(s.Hard.Term), "votedFor": number(s.Hard.Vote), "commitIndex": number(s.Hard.Commit),
		"role": ground.Text(s.Role.String()), "votesGranted": serversValue(s.VotesGranted),
		"nextIndex": numbers(s.NextIndex), "matchIndex": numbers(s.MatchIndex),
		"readID": number(s.ReadID), "readIndex": number(s.ReadIndex), "readAcked": numbers(s.ReadAcked),
	}
}
