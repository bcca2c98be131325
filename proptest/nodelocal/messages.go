package main

import (
	"slices"

	"github.com/eventstreamcore/semel/proptest/explore"
	"github.com/eventstreamcore/semel/proptest/specvalues"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/spec/ground"
)

// scope bounds the messages and parameters that are listed: all up to these.
type scope struct {
	id      protocol.NodeID // who acts
	servers int
	term    protocol.Term  // of a message, and of entries and ends of logs in it, from 0
	index   protocol.Index // of prev, lastIndex, match, hint, commit
	batch   int            // entries in a message
	read    protocol.ReadID
	values  []protocol.Value

	configurations []protocol.Configuration // in messages
	changes        []change
}

// change is what ChangeConfiguration is asked for.
type change struct{ voters, learners protocol.NodeSet }

// kinds are the entries in messages, but for their terms.
func (s scope) kinds() []protocol.Entry { return append(plain(s.values), saying(s.configurations)...) }

// plain are entries of the values, saying such as say who decides.
func plain(values []protocol.Value) (kinds []protocol.Entry) {
	for _, v := range values {
		kinds = append(kinds, protocol.Entry{Value: v})
	}
	return kinds
}

func saying(configurations []protocol.Configuration) (kinds []protocol.Entry) {
	for _, c := range configurations {
		kinds = append(kinds, protocol.Entry{Value: protocol.Configured, Configuration: c})
	}
	return kinds
}

// handlers are the actions that look at a type of message.
var handlers = map[protocol.MessageType][]string{
	protocol.RequestVote:            {"HandleRequestVote"},
	protocol.RequestVoteResponse:    {"HandleRequestVoteResponse", "StepDown"},
	protocol.AppendEntries:          {"HandleAppendEntries"},
	protocol.AppendEntriesResponse:  {"HandleAppendEntriesResponse", "StepDown"},
	protocol.RequestPreVote:         {"HandleRequestPreVote"},
	protocol.RequestPreVoteResponse: {"StepDown"},
	protocol.TimeoutNow:             {"HandleTimeoutNow"},
	protocol.ConfirmTerm:            {"HandleConfirmTerm"},
	protocol.ConfirmTermResponse:    {"HandleConfirmTermResponse", "StepDown"},
	protocol.InstallSnapshot:        {"HandleInstallSnapshot"},
}

// peers are the other nodes.
func (s scope) peers() (list []protocol.NodeID) {
	for id := range protocol.NodeID(s.servers) {
		if id+1 != s.id {
			list = append(list, id+1)
		}
	}
	return list
}

// messages are all of the types, from every peer and to the node, within the scope.
func (s scope) messages(types ...protocol.MessageType) (list []protocol.Message) {
	for _, kind := range types {
		for _, from := range s.peers() {
			for term := range s.term + 1 {
				s.bodies(protocol.Message{Type: kind, From: from, To: s.id, Term: term}, func(m protocol.Message) { list = append(list, m) })
			}
		}
	}
	return list
}

// bodies gives the message every content that its type has room for.
func (s scope) bodies(m protocol.Message, yield func(protocol.Message)) {
	switch m.Type {
	case protocol.RequestVote, protocol.RequestPreVote:
		for n := range 2 * int(s.index+1) * int(s.term+1) {
			m.Transfer = n%2 == 1
			m.LastIndex = protocol.Index(n / 2 % int(s.index+1))
			m.LastTerm = protocol.Term(n / 2 / int(s.index+1))
			if !m.Transfer || m.Type == protocol.RequestVote {
				yield(m)
			}
		}
	case protocol.RequestVoteResponse, protocol.RequestPreVoteResponse:
		for _, m.Granted = range []bool{false, true} {
			yield(m)
		}
	case protocol.AppendEntries:
		s.appends(m, yield)
	case protocol.AppendEntriesResponse:
		for n := range 2 * int(s.index+1) * int(s.index+1) * int(s.term+1) {
			m.Success = n%2 == 1
			m.Match = protocol.Index(n / 2 % int(s.index+1))
			m.Hint = protocol.Index(n / 2 / int(s.index+1) % int(s.index+1))
			m.HintTerm = protocol.Term(n / 2 / int(s.index+1) / int(s.index+1))
			yield(m)
		}
	case protocol.TimeoutNow:
		yield(m)
	case protocol.InstallSnapshot:
		for n := range int(s.index+1) * int(s.term+1) {
			m.LastIndex, m.LastTerm = protocol.Index(n%int(s.index+1)), protocol.Term(n/int(s.index+1))
			m.Configuration = protocol.Configuration{}
			yield(m)
			for _, c := range s.configurations {
				if m.Configuration = c; m.LastIndex > 0 {
					yield(m)
				}
			}
		}
	case protocol.ConfirmTerm, protocol.ConfirmTermResponse:
		for m.Read = range s.read + 1 {
			yield(m)
		}
	}
}

func (s scope) appends(m protocol.Message, yield func(protocol.Message)) {
	for _, entries := range logs(s.batch, 0, s.term, s.kinds()) {
		m.Entries = protocol.EntriesOf(entries...)
		for n := range int(s.index+1) * int(s.index+1) * int(s.term+1) {
			m.Prev = protocol.Index(n % int(s.index+1))
			m.Commit = protocol.Index(n / int(s.index+1) % int(s.index+1))
			m.PrevTerm = protocol.Term(n / int(s.index+1) / int(s.index+1))
			yield(m)
		}
	}
}

// logs are all sequences of up to length entries of the kinds and the terms from..to, whether their terms ascend or not.
func logs(length int, from, to protocol.Term, kinds []protocol.Entry) [][]protocol.Entry {
	list := [][]protocol.Entry{nil}
	for at := 0; length > 0; length-- {
		end := len(list)
		for _, l := range list[at:end] {
			for term := max(from, 1); term <= to; term++ {
				for _, e := range kinds {
					e.Term = term
					list = append(list, append(slices.Clone(l), e))
				}
			}
		}
		at = end
	}
	return list
}

// handling are the steps that take the messages: each by those actions that look at its type, or, where all is set, by every
// handler.
func handling(id protocol.NodeID, messages []protocol.Message, all bool) (list []step) {
	var every []string
	for kind := protocol.RequestVote; kind <= protocol.InstallSnapshot; kind++ {
		every = append(every, handlers[kind]...)
	}
	slices.Sort(every)
	every = slices.Compact(every)
	for k := range messages {
		m := &messages[k]
		args := []ground.Value{ground.Int(int(id)), forgotten.WholeMessage(specvalues.Message(m))}
		by := handlers[m.Type]
		if all {
			by = every
		}
		for _, name := range by {
			list = append(list, step{explore.Action{Name: name, Node: id, Message: m}, args})
		}
	}
	return list
}

// spontaneous are the steps that take no message, with all parameters within the scope: peers may be the node itself.
func (s scope) spontaneous() (list []step) {
	add := func(a explore.Action, more ...int) {
		a.Node = s.id
		args := []ground.Value{ground.Int(int(s.id))}
		for _, n := range more {
			args = append(args, ground.Int(n))
		}
		list = append(list, step{a, args})
	}
	for _, name := range []string{"Timeout", "BecomeLeader", "AdvanceCommitIndex", "Persist", "Restart", "Resign", "PreVote", "ReadRequest", "ConfirmRead", "LeaveJoint"} {
		add(explore.Action{Name: name})
	}
	for _, v := range s.values {
		add(explore.Action{Name: "ClientRequest", Value: v})
		list[len(list)-1].args = append(list[len(list)-1].args, ground.Text(v.String()))
	}
	for _, c := range s.changes {
		add(explore.Action{Name: "ChangeConfiguration", Voters: c.voters, Learners: c.learners})
		list[len(list)-1].args = append(list[len(list)-1].args, specvalues.Servers(c.voters), specvalues.Servers(c.learners))
	}
	for k := range s.index + 1 {
		add(explore.Action{Name: "Compact", Prev: k}, int(k))
	}
	for j := range protocol.NodeID(s.servers) {
		add(explore.Action{Name: "SendSnapshot", To: j + 1}, int(j+1))
		add(explore.Action{Name: "TransferLeadership", To: j + 1}, int(j+1))
		add(explore.Action{Name: "ConfirmTerm", To: j + 1}, int(j+1))
		for prev := range s.index + 1 {
			for n := range uint64(s.index) + 1 {
				add(explore.Action{Name: "AppendEntries", To: j + 1, Prev: prev, Count: n}, int(j+1), int(prev), int(n))
			}
		}
	}
	return list
}
