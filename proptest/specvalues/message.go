package specvalues

import (
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/spec/ground"
)

// The records that messages are.
var (
	requestVote    = message("lastIndex", "lastTerm", "transfer")
	requestPreVote = message("lastIndex", "lastTerm")
	voteResponse   = message("granted")
	appendEntries  = message("prev", "prevTerm", "entries", "commit")
	appendResponse = message("success", "match", "hint", "hintTerm")
	timeoutNow     = message()
	confirmation   = message("read")
)

func message(names ...string) func(values ...ground.Value) ground.Value {
	return ground.Fields(append([]string{"type", "from", "to", "term"}, names...)...)
}

// Message returns a message as the specification has it: with the fields of its type, kept.
func Message(m *protocol.Message) ground.Value {
	kind, from, to, term := ground.Text(m.Type.String()), number(m.From), number(m.To), number(m.Term)
	switch m.Type {
	case protocol.RequestVote:
		return requestVote(kind, from, to, term, number(m.LastIndex), number(m.LastTerm), ground.Bool(m.Transfer))
	case protocol.RequestPreVote:
		return requestPreVote(kind, from, to, term, number(m.LastIndex), number(m.LastTerm))
	case protocol.RequestVoteResponse, protocol.RequestPreVoteResponse:
		return voteResponse(kind, from, to, term, ground.Bool(m.Granted))
	case protocol.AppendEntries:
		return appendEntries(kind, from, to, term, number(m.Prev), number(m.PrevTerm), Entries(&m.Entries), number(m.Commit))
	case protocol.AppendEntriesResponse:
		return appendResponse(kind, from, to, term, ground.Bool(m.Success), number(m.Match), number(m.Hint), number(m.HintTerm))
	case protocol.InstallSnapshot:
		return snapshotOf(kind, from, to, term, number(m.LastIndex), number(m.LastTerm), Configuration(m.Configuration))
	case protocol.ConfirmTerm, protocol.ConfirmTermResponse:
		return confirmation(kind, from, to, term, number(m.Read))
	}
	return timeoutNow(kind, from, to, term)
}

// Entries returns the entries of an append, or of a log.
func Entries(e *protocol.Entries) ground.Value {
	var entries []ground.Value
	for k := range e.Runs() {
		run := e.Run(k)
		same := Entry(protocol.Entry{Term: run.Term, Value: run.Value, Configuration: run.Configuration})
		for range run.Count {
			entries = append(entries, same)
		}
	}
	return ground.Seq(entries...)
}

func number[T ~uint8 | ~uint64](n T) ground.Value { return ground.Int(int(n)) }
