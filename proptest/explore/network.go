package explore

import "slices"

// nothing is taken from the network by an action without a message.
const nothing = ^messageNumber(0)

// passage is what an action does to the network.
type passage struct {
	before setNumber
	taken  messageNumber // what was handled or lost, or nothing
	sent   setNumber
}

// network is the world's part of an action: RaftDurability's `left` and MCRaft's Send,
// which gets all messages of one action at once. It remembers what it computed.
type network struct {
	parts   *Parts
	keep    bool // a message that was handled stays
	narrow  func(m, o messageNumber) bool
	results map[passage]setNumber
}

func newNetwork(m *Model, p *Parts) *network {
	pushes := networks[m.Send]
	return &network{parts: p, keep: m.KeepMessages, results: map[passage]setNumber{},
		narrow: func(m, o messageNumber) bool { return pushes(&p.messages.values[m], &p.messages.values[o]) }}
}

// after returns what the network may deliver after p.
func (n *network) after(p passage) setNumber {
	if n.keep {
		p.taken = nothing
	}
	if p.taken == nothing && p.sent == 0 {
		return p.before
	}
	result, ok := n.results[p]
	if !ok {
		result = n.send(p)
		n.results[p] = result
	}
	return result
}

func (n *network) send(p passage) setNumber {
	sent := n.parts.sets.values[p.sent]
	var left []messageNumber
	for _, m := range n.parts.sets.values[p.before] {
		pushed := slices.ContainsFunc(sent, func(o messageNumber) bool { return n.narrow(m, o) })
		if m != p.taken && !pushed {
			left = append(left, m)
		}
	}
	return n.parts.set(append(left, sent...))
}

// without returns the set after the loss of m.
func (n *network) without(set setNumber, m messageNumber) setNumber {
	left := slices.Clone(n.parts.sets.values[set])
	return n.parts.set(slices.DeleteFunc(left, func(o messageNumber) bool { return o == m }))
}
