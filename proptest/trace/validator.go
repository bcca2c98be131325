package trace

import (
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/proptest/specvalues"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/spec/ground"
	"github.com/eventstreamcore/semel/spec/tla"
)

// Validator takes the steps of runs by the specification itself: module Raft as SANY reads it, evaluated by spec/ground. It is for
// one goroutine.
type Validator struct {
	spec    *ground.Spec
	actions map[string]*ground.Action
	at      map[string]int // places of the variables
	begin   ground.State

	state   ground.State
	network ground.Values // all that was ever sent; messages in state is empty
	members Members
	logs    map[protocol.NodeID]agreed
	said    map[protocol.NodeID]*specvalues.Sayings // up to where their logs begin

	snapshots map[string]ground.Value // the messages InstallSnapshot of network by what nodes know of them
}

// NewValidator returns a validator of runs of those members; raft is module Raft.
func NewValidator(raft *tla.Module, members Members) (*Validator, error) {
	constants := specvalues.Constants(members.Servers, false)
	if members.First != (protocol.Configuration{}) {
		constants.Constants["First"] = specvalues.Configuration(members.First)
	}
	spec, err := ground.New(raft, constants)
	if err != nil {
		return nil, err
	}
	v := &Validator{spec: spec, members: members, actions: map[string]*ground.Action{}, at: map[string]int{}}
	if err := v.compile(); err != nil {
		return nil, err
	}
	initial, err := spec.Initial("Init")
	if err != nil || len(initial) != 1 {
		return nil, fmt.Errorf("%w: Init allows %d states, expected one: %w", ErrUnrecorded, len(initial), err)
	}
	v.begin = initial[0]
	return v, nil
}

// ErrUnrecorded is wrapped where the specification has an action or a variable that no record speaks of, or lacks one.
var ErrUnrecorded = errors.New("what is recorded is not what the specification has")

// compile compiles all actions. Those of Next must be those that are recorded, but for Lose, and the variables likewise, but for
// messages: what was left out would be held to nothing.
func (v *Validator) compile() error {
	next, err := v.spec.Disjuncts("Next")
	if err != nil {
		return err
	}
	there := map[string]bool{"Lose": true}
	for _, a := range next {
		if there[a.Name()] = true; a.Name() != "Lose" && codes[a.Name()] == 0 {
			return fmt.Errorf("%w: action %s is not in Actions", ErrUnrecorded, a.Name())
		}
	}
	for _, name := range Actions {
		if !there[name] {
			return fmt.Errorf("%w: %s is no action of Next", ErrUnrecorded, name)
		}
		if v.actions[name], err = v.spec.Action(name); err != nil {
			return err
		}
	}
	recorded := nodeValues(&State{})
	for k, name := range v.spec.Variables() {
		v.at[name] = k
		if _, ok := recorded[name]; !ok && name != "messages" {
			return fmt.Errorf("%w: variable %s is not in State", ErrUnrecorded, name)
		}
	}
	for name := range recorded {
		if _, ok := v.at[name]; !ok {
			return fmt.Errorf("%w: there is no variable %s", ErrUnrecorded, name)
		}
	}
	return nil
}

// ErrRejected is wrapped where a record is no step of the specification.
var ErrRejected = errors.New("no step of the specification")

// Begin goes back to Init, for another run.
func (v *Validator) Begin() {
	v.state, v.network, v.logs = append(ground.State(nil), v.begin...), ground.Values{}, map[protocol.NodeID]agreed{}
	v.snapshots, v.said = map[string]ground.Value{}, map[protocol.NodeID]*specvalues.Sayings{}
}

// Validate takes the steps of a run from Init on and returns how many it took: all, or a *Rejection says why the next one is
// none.
func (v *Validator) Validate(steps []Step) (took int, err error) {
	v.Begin()
	for k, s := range steps {
		if err := v.Take(s); err != nil {
			return k, err
		}
	}
	return len(steps), nil
}

// Take takes a step. It returns a *Rejection, which wraps ErrRejected, where it is none of the specification, and stays where it is.
func (v *Validator) Take(s Step) error {
	args := v.arguments(s)
	if s.Message != nil && !s.Found && !v.network.Has(args[1]) {
		return v.reject(s, "m \\in messages is false: nobody has sent this message, or not yet", nil)
	}
	action := v.actions[s.Action()]
	after, err := action.Steps(v.state, args...)
	if err != nil {
		return fmt.Errorf("%v: %w", s.Record, err)
	}
	if len(after) == 0 {
		why, err := action.Why(v.state, v.state, args...)
		return v.reject(s, reason(why), err)
	}
	var differ []difference
	for _, next := range after {
		if differ = v.differences(s, next); len(differ) == 0 {
			v.went(next)
			return nil
		}
	}
	return v.differs(s, action, args, after[len(after)-1], differ)
}

// went makes a step's outcome the state, and what it sent part of the network.
func (v *Validator) went(next ground.State) {
	messages := v.at["messages"]
	sent := next[messages] // see package ground: exactly what this step sent
	for k := range sent.Len() {
		m := sent.At(k)
		v.network.Add(m)
		if kept := v.beginning().KeptMessage(m); !ground.Equal(kept, m) {
			v.snapshots[kept.String()] = m
		}
	}
	next[messages] = v.begin[messages]
	v.state = next
}

// beginning is what nodes of such runs say.
func (v *Validator) beginning() specvalues.Beginning { return specvalues.Beginning(v.members.First) }

// arguments are the parameters of a step's action, in the order in which the specification has them.
func (v *Validator) arguments(s Step) []ground.Value {
	args := []ground.Value{number(s.Node)}
	switch {
	case s.Found:
	case s.Message != nil:
		m := specvalues.Message(s.Message)
		if s.Message.Type == protocol.InstallSnapshot {
			if whole, sent := v.snapshots[m.String()]; sent {
				m = whole
			}
		}
		args = append(args, m)
	case s.Name == "ClientRequest":
		args = append(args, ground.Text(s.Value.String()))
	case s.Name == "AppendEntries":
		args = append(args, number(s.Peer), number(s.Prev), ground.Int(int(s.Count)))
	case s.Name == "Compact":
		args = append(args, number(s.Prev))
	case s.Name == "ChangeConfiguration":
		args = append(args, specvalues.Servers(s.Voters), specvalues.Servers(s.Learners))
	case s.Peer != protocol.Nil:
		args = append(args, number(s.Peer))
	}
	return args
}

// of is a variable at a node.
func (v *Validator) of(state ground.State, name string, node protocol.NodeID) ground.Value {
	return state[v.at[name]].Apply(number(node))
}
