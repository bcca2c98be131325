package transport

import "github.com/eventstreamcore/semel/raft/protocol"

// Words are what hosts tell one another beside messages: short, lost as a message may be, and told again by the host.

// Digest is what the sender's state was after an entry.
type Digest struct {
	Version uint8 // of what the sum is made of: those of two versions can't be compared
	Index   protocol.Index
	Sum     uint64
}

// Accusation says that a node's folder must not take part any more.
type Accusation struct {
	Node        protocol.NodeID
	Reason      uint8  // the host's, not 0
	Incarnation uint64 // of the folder, as the sender knows it; 0 where it never met that node
}

const (
	digestBytes     = 17 // version, index, sum
	accusationBytes = 10 // node, reason, incarnation
)

// SendDigest tells a peer d; see Send.
func (t *Transport) SendDigest(to protocol.NodeID, d Digest) bool {
	b := order.AppendUint64(append(make([]byte, 0, digestBytes), d.Version), uint64(d.Index))
	return t.say(to, frameDigest, order.AppendUint64(b, d.Sum))
}

// Accuse tells a peer a; see Send.
func (t *Transport) Accuse(to protocol.NodeID, a Accusation) bool {
	return t.say(to, frameAccusation, order.AppendUint64([]byte{byte(a.Node), a.Reason}, a.Incarnation))
}

func (t *Transport) say(to protocol.NodeID, f frameType, body []byte) bool {
	p := t.peer(to)
	if p == nil {
		return false
	}
	c := p.messages.current.Load()
	if c == nil {
		return false
	}
	_, err := c.out.put(f, body, nil, bounds{frames: t.cfg.QueueMessages, bytes: t.cfg.QueueBytes})
	return err == nil
}

// hear hands a word to the host.
func (r *receiver) hear(t frameType, body []byte) error {
	switch t {
	case frameDigest:
		if len(body) != digestBytes {
			return badFrame("a digest of %d bytes, expected %d", len(body), digestBytes)
		}
		d := Digest{body[0], protocol.Index(order.Uint64(body[1:])), order.Uint64(body[9:])}
		if d.Index > protocol.MaxIndex {
			return badFrame("a digest after entry %d, the last there may be is %d", d.Index, protocol.MaxIndex)
		}
		r.handler.Digested(r.in.peer, d)
	default:
		if len(body) != accusationBytes {
			return badFrame("an accusation of %d bytes, expected %d", len(body), accusationBytes)
		}
		a := Accusation{protocol.NodeID(body[0]), body[1], order.Uint64(body[2:])}
		if !validID(a.Node) || a.Reason == 0 {
			return badFrame("an accusation of node %d for reason %d", a.Node, a.Reason)
		}
		r.handler.Accused(r.in.peer, a)
	}
	return nil
}
