package explore

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// maxServers is the most nodes that a model may have.
const maxServers = 5

// The numbers of the parts of a state. They depend on the order of discovery and mean
// something only together with their Parts.
type (
	nodeNumber    uint32 // a node's state
	messageNumber uint32 // a message
	setNumber     uint32 // a set of messages; 0 is the empty one
)

// State is a global state: each node, what the network may deliver, and what only models
// have: what of its budget is spent, what reads must see, and what was ever committed. Two states of one Parts are equal exactly if they are ==.
type State struct {
	nodes    [maxServers]nodeNumber
	messages setNumber
	spent    budget
	owed     owed
	ever     everNumber
}

// Parts numbers what states are made of: by content, so that equal parts have one number.
// Searches that share it can be compared. Not safe for concurrent use.
type Parts struct {
	nodes    interner[*protocol.Node]
	messages interner[protocol.Message]
	sets     interner[[]messageNumber]
	evers    interner[[]committed]
	before   printedBefore
	deaf     bool // what only an Output shows is not heard; for tests

	first protocol.Configuration // of the model that is read: that of a log in which none stands
}

// NewParts returns an empty numbering.
func NewParts() *Parts {
	p := &Parts{before: printedBefore{map[string]variable{}, map[string]setNumber{}, map[string]nodeNumber{}}}
	p.set(nil)
	p.ever(nil)
	return p
}

// interner gives equal encodings one number, and keeps what they encode.
type interner[T any] struct {
	numbers map[string]uint32
	values  []T
}

// number returns the number of an encoding; decode is called for one not seen before.
func (t *interner[T]) number(encoding []byte, decode func() (T, error)) (uint32, error) {
	if n, ok := t.numbers[string(encoding)]; ok {
		return n, nil
	}
	v, err := decode()
	if err != nil {
		return 0, err
	}
	if t.numbers == nil {
		t.numbers = map[string]uint32{}
	}
	n := uint32(len(t.values))
	t.numbers[string(encoding)] = n
	t.values = append(t.values, v)
	return n, nil
}

// node numbers the state of a node by its encoding. What it keeps is loaded from the
// encoding and then never changed: whatever the encoding leaves out does not get in.
func (p *Parts) node(encoding []byte) (nodeNumber, error) {
	n, err := p.nodes.number(encoding, func() (*protocol.Node, error) { return loadNode(encoding) })
	return nodeNumber(n), err
}

// loadNode returns the node that the encoding is of, all of it and canonically.
func loadNode(encoding []byte) (*protocol.Node, error) {
	node, rest, err := protocol.LoadState(encoding)
	if err != nil {
		return nil, err
	}
	if again := node.AppendState(nil); len(rest) > 0 || string(again) != string(encoding) {
		return nil, fmt.Errorf("%w: %x loads as a node whose encoding is %x", protocol.ErrState, encoding, again)
	}
	return node, nil
}

// copyOf returns a node of the same state that the caller may change.
func (p *Parts) copyOf(n nodeNumber) *protocol.Node {
	node, err := loadNode(p.nodes.values[n].AppendState(nil))
	if err != nil {
		panic(err) // it was loaded once before
	}
	return node
}

// message numbers m.
func (p *Parts) message(m *protocol.Message) (messageNumber, error) {
	encoding := protocol.AppendMessage(nil, m)
	n, err := p.messages.number(encoding, func() (protocol.Message, error) {
		loaded, rest, err := protocol.LoadMessage(encoding)
		if err == nil && len(rest) > 0 {
			err = fmt.Errorf("%w: %d bytes behind a message", protocol.ErrState, len(rest))
		}
		return loaded, err
	})
	return messageNumber(n), err
}

// set numbers a set of messages; it may reorder members.
func (p *Parts) set(members []messageNumber) setNumber {
	slices.Sort(members)
	members = slices.Compact(members)
	encoding := make([]byte, 0, 4*len(members))
	for _, m := range members {
		encoding = binary.BigEndian.AppendUint32(encoding, uint32(m))
	}
	n, _ := p.sets.number(encoding, func() ([]messageNumber, error) { return slices.Clone(members), nil })
	return setNumber(n)
}

// messagesOf numbers a set of messages.
func (p *Parts) messagesOf(messages []protocol.Message) (setNumber, error) {
	members := make([]messageNumber, 0, len(messages))
	for k := range messages {
		m, err := p.message(&messages[k])
		if err != nil {
			return 0, err
		}
		members = append(members, m)
	}
	return p.set(members), nil
}
