package trace

import (
	"fmt"
	"strings"

	"github.com/eventstreamcore/semel/proptest/specvalues"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/spec/ground"
)

// difference is a variable of the acting node that was recorded with another value than the specification gives it.
type difference struct {
	variable            string
	recorded, specified ground.Value // as far as it was recorded: of a log its last index or term
	what                string
	whole               ground.Value // what the variable would be
}

// differences are where a step's record and the state after it part.
func (v *Validator) differences(s Step, next ground.State) (found []difference) {
	if s.Found {
		return nil
	}
	of := func(name string) ground.Value { return v.of(next, name, s.Node) }
	a := &s.After
	scalar := func(name string, recorded ground.Value) {
		if is := of(name); !ground.Equal(is, recorded) {
			found = append(found, difference{name, recorded, is, name, recorded})
		}
	}
	scalar("currentTerm", number(a.CurrentTerm))
	scalar("votedFor", number(a.VotedFor))
	scalar("role", ground.Text(a.Role.String()))
	scalar("snapshotIndex", number(a.SnapshotIndex))
	scalar("commitIndex", number(a.CommitIndex))
	scalar("votesGranted", specvalues.Servers(a.VotesGranted))
	scalar("readID", number(a.ReadID))
	scalar("readIndex", number(a.ReadIndex))
	log, disk, pending := of("log"), of("disk"), of("pending")
	if n := log.Len(); n != int(a.LastIndex) || lastTerm(log) != a.LastTerm {
		is, recorded := fields("index", ground.Int(n), "term", number(lastTerm(log))), fields("index", number(a.LastIndex), "term", number(a.LastTerm))
		found = append(found, difference{"log", recorded, is, "the last entry of log", resized(log, int(a.LastIndex), a.LastTerm)})
	}
	if n := disk.Field("log").Len(); n != int(a.DurableIndex) {
		durable := resized(disk.Field("log"), int(a.DurableIndex), a.LastTerm)
		whole := fields("term", disk.Field("term"), "vote", disk.Field("vote"), "log", durable, "snapshot", disk.Field("snapshot"), "commit", disk.Field("commit"))
		found = append(found, difference{"disk", number(a.DurableIndex), ground.Int(n), "the last index on disk", whole})
	}
	if n := pending.Len(); n != a.Pending {
		found = append(found, difference{"pending", ground.Int(a.Pending), ground.Int(n), "how many writes are pending", repeated(pending, a.Pending)})
	}
	if a.Peer != protocol.Nil {
		found = append(found, v.ofPeer(s, next)...)
	}
	if s.Whole != nil && len(found) == 0 {
		found = v.inWhole(s, next)
	}
	if len(found) == 0 {
		found = v.inSent(s, next)
	}
	return found
}

// inSent compares what left the node in this step, whether somebody had sent the like before or not: who keeps silent, or sends it to
// another, is noticed.
func (v *Validator) inSent(s Step, next ground.State) []difference {
	recorded, specified := specvalues.Messages(s.Sent), v.beginning().KeptMessages(next[v.at["messages"]]) // see package ground: exactly what this step sent
	if ground.Equal(recorded, specified) {
		return nil
	}
	return []difference{{"messages", recorded, specified, "what was sent", recorded}}
}

// ofPeer compares what a leader knows of one peer.
func (v *Validator) ofPeer(s Step, next ground.State) (found []difference) {
	a := &s.After
	for _, x := range []struct {
		name     string
		recorded ground.Value
	}{{"nextIndex", number(a.NextIndex)}, {"matchIndex", number(a.MatchIndex)}, {"readAcked", number(a.ReadAcked)}} {
		all := v.of(next, x.name, s.Node)
		if is := all.Apply(number(a.Peer)); !ground.Equal(is, x.recorded) {
			found = append(found, difference{x.name, x.recorded, is, fmt.Sprintf("%s of node %d", x.name, a.Peer), replaced(all, number(a.Peer), x.recorded)})
		}
	}
	return found
}

// inWhole compares all of a node.
func (v *Validator) inWhole(s Step, next ground.State) (found []difference) {
	if v.sameWhole(s.Whole, next) {
		return nil
	}
	recorded, kept := nodeValues(s.Whole), v.kept(next, s.Node)
	for _, name := range v.spec.Variables() {
		if name == "messages" {
			continue
		}
		is, specified := recorded[name], kept[name]
		if !ground.Equal(is, specified) {
			found = append(found, difference{name, is, specified, name, is})
		}
	}
	if len(found) == 0 { // of logs that begin with nothing a value has not what is in force then
		began, first := specvalues.Configuration(s.Whole.Hard.Log.BaseConfiguration), specvalues.Configuration(v.members.First)
		found = append(found, difference{"log", began, first, "what is in force where a log begins", recorded["log"]})
	}
	return found
}

// kept is what a node knows of its variables.
func (v *Validator) kept(state ground.State, node protocol.NodeID) map[string]ground.Value {
	var whole []ground.Value
	for _, name := range specvalues.Variables {
		whole = append(whole, v.of(state, name, node))
	}
	all := map[string]ground.Value{}
	for k, value := range v.beginning().Kept(whole) {
		all[specvalues.Variables[k]] = value
	}
	return all
}

func lastTerm(log ground.Value) protocol.Term {
	if log.Len() == 0 {
		return 0
	}
	return protocol.Term(log.At(log.Len() - 1).Field("term").AsInt())
}

// resized is a log of another length, whose last entry is of a term: what was recorded, as far as it was.
func resized(log ground.Value, length int, term protocol.Term) ground.Value {
	last := fields("term", number(term), "value", ground.Text(protocol.Command.String()))
	if length == 0 {
		return ground.Seq()
	}
	kept := log.SubSeq(1, min(length-1, log.Len()))
	for kept.Len() < length {
		kept = kept.Append(last)
	}
	return kept
}

// repeated has so many items: the first ones, or the last one again and again.
func repeated(items ground.Value, length int) ground.Value {
	kept := items.SubSeq(1, min(length, items.Len()))
	for kept.Len() < length {
		more := ground.Int(0)
		if n := items.Len(); n > 0 {
			more = items.At(n - 1)
		}
		kept = kept.Append(more)
	}
	return kept
}

// replaced is a sequence with another item at one place.
func replaced(all, at, item ground.Value) ground.Value {
	items := make([]ground.Value, all.Len())
	for k := range items {
		if items[k] = all.At(k); k+1 == at.AsInt() {
			items[k] = item
		}
	}
	return ground.Seq(items...)
}

// Rejection says which record is no step of the specification, and why. It wraps ErrRejected.
type Rejection struct {
	Step Step
	Why  []string // what is false: first of all a conjunct of the action
	Last string   // the acting node in the last state that matched
}

// Unwrap returns ErrRejected.
func (r *Rejection) Unwrap() error { return ErrRejected }

// Error tells all.
func (r *Rejection) Error() string {
	what := ""
	if r.Step.Found {
		what = "of the writes that were found, a Persist before "
	}
	return fmt.Sprintf("%s%v is %v:\n  %s\nnode %d was\n%s", what, r.Step.Record, ErrRejected, strings.Join(r.Why, "\n  "), r.Step.Node, r.Last)
}

func (v *Validator) reject(s Step, why string, err error) error {
	if err != nil {
		why = fmt.Sprintf("%s (%v)", why, err)
	}
	return &Rejection{Step: s, Why: []string{why}, Last: v.describe(s.Node)}
}

// differs rejects a step for what it left: by the conjunct that says otherwise of the first variable, and all that differs.
func (v *Validator) differs(s Step, action *ground.Action, args []ground.Value, next ground.State, found []difference) error {
	recorded := append(ground.State(nil), next...)
	k := v.at[found[0].variable]
	if recorded[k] = found[0].whole; found[0].variable != "messages" {
		recorded[k] = replaced(next[k], number(s.Node), found[0].whole)
	}
	why, err := action.Why(v.state, recorded, args...)
	var words []string
	if err != nil {
		words = append(words, err.Error())
	} else {
		words = append(words, reason(why))
	}
	for _, d := range found {
		words = append(words, fmt.Sprintf("%s was recorded as %s, and is %s", d.what, compact(d.recorded.String()), compact(d.specified.String())))
	}
	return &Rejection{Step: s, Why: words, Last: v.describe(s.Node)}
}

func reason(why *ground.Failure) string {
	if why == nil {
		return "the action has no step here"
	}
	return compact(why.Error())
}

// describe tells a node's variables in the present state.
func (v *Validator) describe(node protocol.NodeID) string {
	var b strings.Builder
	for _, name := range v.spec.Variables() {
		if name != "messages" {
			fmt.Fprintf(&b, "  %s = %s\n", name, compact(v.of(v.state, name, node).String()))
		}
	}
	return b.String()
}
