package trace

import (
	"github.com/eventstreamcore/semel/proptest/specvalues"
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

// fields are a record's, names and values in turn.
func fields(pairs ...any) ground.Value {
	list := make([]ground.Pair, 0, len(pairs)/2)
	for k := 0; k < len(pairs); k += 2 {
		list = append(list, ground.Pair{Name: pairs[k].(string), Value: pairs[k+1].(ground.Value)})
	}
	return ground.RecordOf(list...)
}

// logValue is a log, kept.
func logValue(l *Log) ground.Value {
	return specvalues.LogOf(number(l.Base), number(l.BaseTerm), specvalues.Configuration(l.BaseConfiguration), specvalues.Entries(&l.Entries))
}

func imageValue(i *Image) ground.Value {
	return fields("term", number(i.Term), "vote", number(i.Vote), "log", logValue(&i.Log), "snapshot", number(i.Log.Base), "commit", number(i.Commit))
}

// nodeValues are a node's variables by their names, kept.
func nodeValues(s *State) map[string]ground.Value {
	pending := make([]ground.Value, len(s.Pending))
	for k := range s.Pending {
		pending[k] = fields("state", imageValue(&s.Pending[k].State), "out", specvalues.Messages(s.Pending[k].Out))
	}
	all := smallValues(s)
	all["log"], all["disk"], all["pending"] = logValue(&s.Hard.Log), imageValue(&s.Disk), ground.Seq(pending...)
	return all
}

// smallValues are those of a node's variables that have no log in them.
func smallValues(s *State) map[string]ground.Value {
	return map[string]ground.Value{
		"currentTerm": number(s.Hard.Term), "votedFor": number(s.Hard.Vote), "snapshotIndex": number(s.Hard.Log.Base), "commitIndex": number(s.Hard.Commit),
		"role": ground.Text(s.Role.String()), "votesGranted": specvalues.Servers(s.VotesGranted),
		"nextIndex": numbers(s.NextIndex), "matchIndex": numbers(s.MatchIndex),
		"readID": number(s.ReadID), "readIndex": number(s.ReadIndex), "readAcked": numbers(s.ReadAcked),
	}
}
