package explore

import (
	"errors"
	"fmt"
	"slices"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// ErrHidden is returned where a node that lived through actions acts otherwise than one that
// was loaded from its encoding: then a node has state that the encoding has not.
var ErrHidden = errors.New("state outside the encoding")

// birth is how a node's state was first reached: by which action from which state. The
// action of a node as it is at first is nil; so is that of one whose past another search knows.
type birth struct {
	before    nodeNumber
	action    *Action
	elsewhere bool
}

// lives are the nodes of a search as they come to be without the codec. Every step of the
// search starts from a node that was loaded, and what the encoding leaves out is not there.
// So every step is taken once more by a node that lived through all actions from its
// beginning, and has to come out the same.
type lives struct {
	births       map[nodeNumber]birth
	idle         map[nodeNumber][]*Action // of each name one that changed nothing; it may have, beside the encoding
	server       protocol.NodeSet
	first        func() protocol.HardState
	writeThrough bool
}

func newLives(m *Model) *lives {
	return &lives{births: map[nodeNumber]birth{}, idle: map[nodeNumber][]*Action{}, server: m.Server, first: m.hardState, writeThrough: m.WriteThrough}
}

// born notes the first way to a node's state; where no lives are followed there is nothing to note.
func (l *lives) born(n nodeNumber, from birth) {
	if l == nil {
		return
	}
	if _, known := l.births[n]; !known {
		l.births[n] = from
	}
}

// idled notes an action that left a node as it was.
func (l *lives) idled(n nodeNumber, a *Action) {
	if !slices.ContainsFunc(l.idle[n], func(b *Action) bool { return b.Name == a.Name }) {
		l.idle[n] = append(l.idle[n], a)
	}
}

// live returns a node that lived until it came to the state n, or nil for a state that no
// action of the code made. On its way it took what changes nothing, too.
func (l *lives) live(n nodeNumber, id protocol.NodeID) *protocol.Node {
	path := slices.Clone(l.idle[n])
	slices.Reverse(path)
	for at := n; ; {
		from, known := l.births[at]
		if !known || from.elsewhere {
			return nil
		}
		if from.action == nil {
			break
		}
		path = append(path, from.action)
		at = from.before
		for _, a := range slices.Backward(l.idle[at]) {
			path = append(path, a)
		}
	}
	i := protocol.New(id, l.server, l.first())
	for _, a := range slices.Backward(path) {
		var out protocol.Output
		l.take(i, a, &out)
	}
	return i
}

// take runs the action as the search does.
func (l *lives) take(i *protocol.Node, a *Action, out *protocol.Output) bool {
	enabled := a.on(i, out)
	for enabled && l.writeThrough && i.Pending() > 0 {
		i.Persist(out)
	}
	return enabled
}

// check takes the actions at a node that lived until n; list is what they made of one that
// was loaded.
func (l *lives) check(p *Parts, n nodeNumber, actions []*Action, list []outcome) error {
	for k := range list {
		l.born(list[k].node, birth{before: n, action: list[k].action})
		if list[k].node == n {
			l.idled(n, list[k].action)
		}
	}
	id := p.nodes.values[n].ID()
	var i *protocol.Node
	for _, a := range actions {
		if i == nil {
			if i = l.live(n, id); i == nil {
				return nil
			}
		}
		var out protocol.Output
		enabled := l.take(i, a, &out)
		loaded := len(list) > 0 && list[0].action.String() == a.String()
		if enabled != loaded {
			return fmt.Errorf("%w: %v is enabled: %t at a node that lived, %t at one that was loaded", ErrHidden, a, enabled, loaded)
		}
		if !enabled {
			continue
		}
		if err := l.same(p, i, &list[0], &out); err != nil {
			return err
		}
		list, i = list[1:], nil
	}
	return nil
}

// same compares what an action made of a node that lived with what it made of a loaded one.
func (l *lives) same(p *Parts, i *protocol.Node, o *outcome, out *protocol.Output) error {
	made, err := p.node(i.AppendState(nil))
	if err != nil {
		return err
	}
	sent, err := p.messagesOf(out.Messages)
	if err != nil {
		return err
	}
	if made != o.node || sent != o.sent {
		return fmt.Errorf("%w: %v makes of a node that lived\n%v\nand of one that was loaded\n%v", ErrHidden, o.action, i, p.nodes.values[o.node])
	}
	return nil
}
