package transport

import (
	"encoding/binary"
	"errors"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// headBytes holds an encoded message without an allocation, but for appends of many terms.
const headBytes = 128

// Send queues p for its Message.To, whose From has to be this node. It never blocks, and keeps nothing
// of p: the message is encoded at once. It returns false where the message was dropped, because there
// is no such peer, no connection or no room. True promises nothing: what is queued may be lost.
func (t *Transport) Send(p *Packet) bool {
	to := t.peer(p.Message.To)
	if to == nil {
		return false
	}
	err := to.messages.send(p)
	if err != nil {
		to.messages.dropped.Add(1)
	}
	if errors.Is(err, errTooLarge) {
		t.sayOnce(&t.news, "dropped a message that can never be sent", err, "peer", to.id)
	}
	return err == nil
}

// appendHead appends what stands before a message's payload.
func appendHead(b []byte, p *Packet) []byte {
	return binary.AppendUvarint(protocol.AppendMessage(b, &p.Message), p.Number)
}

func (l *link) send(p *Packet) error {
	c := l.current.Load()
	if c == nil {
		return errBroken
	}
	var head [headBytes]byte
	_, err := c.out.put(frameMessage, appendHead(head[:0], p), p.Payload,
		bounds{frames: l.t.cfg.QueueMessages, bytes: l.t.cfg.QueueBytes})
	return err
}

// receiver hands the messages of one accepted connection to the host.
type receiver struct {
	handler Handler
	own     protocol.NodeID
	in      *conn
	packet  Packet // reused: the host has it for the time of a call
}

func (t *Transport) newReceiver(in *conn) *receiver {
	return &receiver{handler: t.cfg.Handler, own: t.cfg.Node, in: in}
}

func (r *receiver) handle(t frameType, body []byte) error {
	switch t {
	case frameMessage:
		return r.receive(body)
	case frameDigest, frameAccusation:
		return r.hear(t, body)
	}
	return strayFrame(t, r.in.kind)
}

func (r *receiver) receive(body []byte) error {
	m, payload, err := protocol.LoadMessage(body)
	if err != nil {
		return badFrame("a message of %d bytes: %v", len(body), err)
	}
	if m.From != r.in.peer || m.To != r.own {
		return badFrame("a message from %d to %d came from node %d to node %d", m.From, m.To, r.in.peer, r.own)
	}
	number, size := binary.Uvarint(payload)
	if size <= 0 {
		return badFrame("a message without its number, with %d bytes behind it", len(payload))
	}
	r.packet = Packet{Message: m, Number: number, Payload: payload[size:]}
	r.handler.Receive(&r.packet)
	return nil
}
