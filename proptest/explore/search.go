package explore

import (
	"fmt"
	"slices"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// sample is which of the remembered steps is run again: one of so many.
const sample = 256

// Search is a breadth-first search of one model. Not safe for concurrent use.
type Search struct {
	model   *Model
	parts   *Parts
	network *network
	lives   *lives

	states  []State // in the order of discovery, and so by depth
	origins []origin
	seen    map[State]int
	sound   map[view]bool // what the invariants look at, where they hold

	spontaneous map[nodeNumber][]outcome
	priced      map[purchase][]outcome
	deliveries  map[delivery][]outcome
	remembered  int // how often a step was looked up

	steps     map[string]int64
	depth     int
	ended     func() error    // asked now and then whether to stop
	unreached map[string]bool // the moments that the model names and did not come to yet
	within    *Search         // where set, a state that it has not ends the search

	sabotage func(*outcome) bool // alters a step or, with false, forbids it; for tests
}

// origin is how a state was first reached.
type origin struct {
	before int
	action *Action
	depth  int
}

// view is what of a state the invariants look at: all but the network.
type view struct {
	nodes [maxServers]nodeNumber
	owed  owed
	ever  everNumber
}

type purchase struct {
	node    nodeNumber
	counter counter
}

type delivery struct {
	node    nodeNumber
	message messageNumber
}

// NewSearch prepares a search of m that numbers what it finds with p.
func NewSearch(m *Model, p *Parts) *Search {
	p.first = firsts[m.First]
	unreached := map[string]bool{}
	for _, name := range m.Reaches {
		unreached[name] = true
	}
	return &Search{
		unreached: unreached,
		model:     m, parts: p, network: newNetwork(m, p), lives: newLives(m),
		seen:        map[State]int{},
		sound:       map[view]bool{},
		spontaneous: map[nodeNumber][]outcome{},
		priced:      map[purchase][]outcome{},
		deliveries:  map[delivery][]outcome{},
		steps:       map[string]int64{},
	}
}

// Run reaches every state. It stops at the first that breaks an invariant, or was reached
// by a step that breaks a property, with ErrInvariant, and with ErrImpure where the code
// contradicts itself; the error tells the shortest path.
func (s *Search) Run() error { return s.from(s.initial()) }

// from reaches what follows a state, of whose nodes this search need not know how they came to be.
func (s *Search) from(start State) error {
	for k := range s.model.Server.Len() {
		s.lives.born(start.nodes[k], birth{elsewhere: true})
	}
	if err := s.add(start, origin{before: -1, depth: 1}); err != nil {
		return err
	}
	for k := 0; k < len(s.states); k++ {
		if s.ended != nil && k%1024 == 0 {
			if err := s.ended(); err != nil {
				return err
			}
		}
		depth := s.origins[k].depth
		err := s.successors(s.states[k], func(a *Action, next State) error {
			s.steps[a.Name]++
			s.note(s.states[k], a, next)
			return s.add(next, origin{k, a, depth + 1})
		})
		if err != nil {
			return fmt.Errorf("%w\nafter the actions\n%s", err, indent(s.Path(k)))
		}
	}
	return s.liveAgain()
}

// liveAgain takes the actions without a message once more by nodes that lived, now that it
// is known what each state may have been through without a change.
func (s *Search) liveAgain() error {
	if s.lives == nil || s.sabotage != nil {
		return nil
	}
	for n, list := range s.spontaneous {
		if err := s.lives.check(s.parts, n, s.model.spontaneous(s.parts.nodes.values[n]), list); err != nil {
			return err
		}
	}
	return nil
}

// initial is MCInit.
func (s *Search) initial() State {
	var st State
	for id := s.model.Server.Next(protocol.Nil); id != protocol.Nil; id = s.model.Server.Next(id) {
		n, err := s.parts.node(protocol.New(id, s.model.Server, s.model.hardState()).AppendState(nil))
		if err != nil {
			panic(err) // a new node can be encoded, or nothing can
		}
		st.nodes[id-1] = n
		s.lives.born(n, birth{})
	}
	return st
}

// add takes note of a state; from tells how it was reached.
func (s *Search) add(st State, from origin) error {
	if _, ok := s.seen[st]; ok {
		return nil
	}
	if s.within != nil {
		if _, ok := s.within.seen[st]; !ok {
			return fmt.Errorf("%w, by %v", errElsewhere, from.action)
		}
	}
	s.seen[st] = len(s.states)
	s.states = append(s.states, st)
	s.origins = append(s.origins, from)
	s.depth = from.depth
	seen := view{st.nodes, st.owed, st.ever}
	if s.sound[seen] {
		return nil
	}
	if err := s.check(st); err != nil {
		return fmt.Errorf("%w: %w, by %v, in\n%s", ErrInvariant, err, from.action, s.parts.Text(st))
	}
	s.sound[seen] = true
	return nil
}

// check returns the first invariant that the state breaks, or nil.
func (s *Search) check(st State) error {
	cluster := s.Cluster(st)
	if err := cluster.Check(); err != nil {
		return err
	}
	for _, inv := range invariants {
		if err := inv.holds(cluster, s.parts.evers.values[st.ever]); err != nil {
			return fmt.Errorf("%s: %w", inv.name, err)
		}
	}
	return readSeesCommitted(cluster, st.owed)
}

// Cluster returns the nodes of a state, for reading.
func (s *Search) Cluster(st State) protocol.Cluster {
	c := make(protocol.Cluster, s.model.Server.Len())
	for k := range c {
		c[k] = s.parts.nodes.values[st.nodes[k]]
	}
	return c
}

// successors calls visit for every step of MCNext from st, until it returns an error.
func (s *Search) successors(st State, visit func(*Action, State) error) error {
	take := func(paid State, o outcome, taken messageNumber) error {
		next := paid
		at := s.parts.nodes.values[o.node].ID() - 1
		next.nodes[at] = o.node
		next.messages = s.network.after(passage{st.messages, taken, o.sent})
		next.owed[at] = s.parts.nextOwed(st, o.node)
		next.ever = s.parts.nextEver(st.ever, s.parts.nodes.values[o.node])
		inFlight := len(s.parts.sets.values[next.messages])
		if !s.model.within(s.parts.nodes.values[o.node], inFlight) {
			return nil // MCRaft's Within': the action is not enabled
		}
		return visit(o.action, next)
	}
	for k := range s.model.Server.Len() {
		if err := s.leap(st, st.nodes[k], take); err != nil {
			return err
		}
	}
	for _, m := range s.parts.sets.values[st.messages] {
		if err := s.deliver(st, m, take, visit); err != nil {
			return err
		}
	}
	return nil
}

// leap takes the steps of node n that need no message.
func (s *Search) leap(st State, n nodeNumber, take taker) error {
	steps, err := s.spontaneousOf(n)
	if err != nil {
		return err
	}
	for _, o := range steps {
		if err := take(st, o, nothing); err != nil {
			return err
		}
	}
	for c := range counters {
		if st.spent[c] >= s.model.Budget[c] {
			continue
		}
		paid := st
		paid.spent[c]++
		steps, err := s.pricedOf(purchase{n, c})
		if err != nil {
			return err
		}
		for _, o := range steps {
			if err := take(paid, o, nothing); err != nil {
				return err
			}
		}
	}
	return nil
}

// taker makes a step from a state in which it is paid for.
type taker func(paid State, o outcome, taken messageNumber) error

// deliver takes the steps that message m enables; losing it is one.
func (s *Search) deliver(st State, m messageNumber, take taker, visit func(*Action, State) error) error {
	message := &s.parts.messages.values[m]
	steps, err := s.deliveriesOf(delivery{st.nodes[message.To-1], m})
	if err != nil {
		return err
	}
	for _, o := range steps {
		if err := take(st, o, m); err != nil {
			return err
		}
	}
	if s.model.KeepMessages {
		return nil
	}
	lost := st
	lost.messages = s.network.without(st.messages, m)
	return visit(&Action{Name: "Lose", Message: message}, lost)
}

// spontaneousOf returns what the actions without a message make of node n.
func (s *Search) spontaneousOf(n nodeNumber) ([]outcome, error) {
	known, ok := s.spontaneous[n]
	if ok && !s.resampled() {
		return known, nil
	}
	list, err := s.attempt(n, s.model.spontaneous(s.parts.nodes.values[n]))
	if err != nil {
		return nil, err
	}
	if ok {
		return known, same(known, list)
	}
	s.spontaneous[n] = list
	return list, nil
}

// pricedOf returns what the actions of a price make of a node. They run when somebody can pay.
func (s *Search) pricedOf(p purchase) ([]outcome, error) {
	if list, ok := s.priced[p]; ok {
		return list, nil
	}
	list, err := s.attempt(p.node, s.model.priced(p.counter, s.parts.nodes.values[p.node]))
	if err == nil {
		s.priced[p] = list
	}
	return list, err
}

// deliveriesOf returns what the handlers make of a node that gets a message.
func (s *Search) deliveriesOf(d delivery) ([]outcome, error) {
	known, ok := s.deliveries[d]
	if ok && !s.resampled() {
		return known, nil
	}
	message := s.parts.messages.values[d.message]
	var actions []*Action
	for _, name := range handlers {
		actions = append(actions, &Action{Name: name, Node: message.To, Message: &message})
	}
	list, err := s.attempt(d.node, actions)
	if err != nil {
		return nil, err
	}
	if ok {
		return known, same(known, list)
	}
	s.deliveries[d] = list
	return list, nil
}

// resampled reports whether this time a remembered step is to be run again.
func (s *Search) resampled() bool {
	s.remembered++
	return s.remembered%sample == 0
}

// attempt returns the outcomes of those of the actions that are enabled at node n.
func (s *Search) attempt(n nodeNumber, actions []*Action) ([]outcome, error) {
	list := []outcome{}
	for _, a := range actions {
		o, enabled, err := s.parts.step(n, a, s.model.WriteThrough)
		if err != nil {
			return nil, err
		}
		if enabled {
			list = append(list, o)
		}
	}
	if s.lives != nil {
		if err := s.lives.check(s.parts, n, actions, list); err != nil {
			return nil, err
		}
	}
	if s.sabotage == nil {
		return list, nil
	}
	altered := []outcome{}
	for _, o := range list {
		if s.sabotage(&o) {
			altered = append(altered, o)
		}
	}
	return altered, nil
}

// same compares the outcomes of the same actions of the same node, run twice.
func same(first, second []outcome) error {
	equal := slices.EqualFunc(first, second, func(a, b outcome) bool {
		return a.node == b.node && a.sent == b.sent && a.action.String() == b.action.String()
	})
	if !equal {
		return fmt.Errorf("%w: first %d steps, then %d or others", ErrImpure, len(first), len(second))
	}
	return nil
}

// Path returns the actions of a shortest way to state k.
func (s *Search) Path(k int) []*Action {
	var path []*Action
	for ; s.origins[k].action != nil; k = s.origins[k].before {
		path = append(path, s.origins[k].action)
	}
	slices.Reverse(path)
	return path
}

// Model returns the model that is searched.
func (s *Search) Model() *Model { return s.model }

// States returns how many distinct states were reached.
func (s *Search) States() int { return len(s.states) }

// Depth returns the number of states on the longest of the shortest paths.
func (s *Search) Depth() int { return s.depth }

// Steps returns how often an action was taken, over all states.
func (s *Search) Steps(action string) int64 { return s.steps[action] }
