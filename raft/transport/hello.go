package transport

import (
	"fmt"
	"io"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// The versions of the protocol that this package speaks.
const (
	minVersion = 1
	maxVersion = 1
)

// kind is what a connection is for.
type kind uint8

const (
	kindMessages kind = 1 // messages, from the dialler to the acceptor
	kindCalls    kind = 2 // requests of the dialler, responses of the acceptor
)

func (k kind) String() string {
	switch k {
	case kindMessages:
		return "messages"
	case kindCalls:
		return "calls"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// hello is the first thing on a connection, in both directions. Its layout is the same in all
// versions: it is what tells them apart.
type hello struct {
	kind        kind
	min, max    uint8 // versions
	from        protocol.NodeID
	to          protocol.NodeID
	refusal     Refusal // of an answer; 0 is none
	cluster     [16]byte
	incarnation uint64
}

const (
	helloMagic       = "SEML"
	atKind           = 4
	atMin            = 5
	atMax            = 6
	atFrom           = 7
	atTo             = 8
	atRefusal        = 9 // and two bytes of 0
	atCluster        = 12
	atIncarnation    = 28
	atHelloSum       = 36 // CRC-32C of all before
	helloBytes       = 40
	anythingButHello = "something else than a Semel peer is talking: check the address and the port"
)

func (h *hello) encode() []byte {
	b := make([]byte, helloBytes)
	copy(b, helloMagic)
	b[atKind], b[atMin], b[atMax] = byte(h.kind), h.min, h.max
	b[atFrom], b[atTo], b[atRefusal] = byte(h.from), byte(h.to), byte(h.refusal)
	copy(b[atCluster:], h.cluster[:])
	order.PutUint64(b[atIncarnation:], h.incarnation)
	order.PutUint32(b[atHelloSum:], checksum(b[:atHelloSum]))
	return b
}

// parseHello returns the hello in b, which has helloBytes; otherwise a *FrameError.
func parseHello(b []byte) (hello, error) {
	if string(b[:atKind]) != helloMagic {
		return hello{}, badFrame("a hello begins with %q, found %q; %s", helloMagic, b[:atKind], anythingButHello)
	}
	if sum := checksum(b[:atHelloSum]); sum != order.Uint32(b[atHelloSum:]) {
		return hello{}, badFrame("the checksum of a hello is %08x, it says %08x", sum, order.Uint32(b[atHelloSum:]))
	}
	return hello{
		kind: kind(b[atKind]), min: b[atMin], max: b[atMax],
		from: protocol.NodeID(b[atFrom]), to: protocol.NodeID(b[atTo]), refusal: Refusal(b[atRefusal]),
		cluster: [16]byte(b[atCluster:]), incarnation: order.Uint64(b[atIncarnation:]),
	}, nil
}

func readHello(from io.Reader) (hello, error) {
	var b [helloBytes]byte
	if _, err := io.ReadFull(from, b[:]); err != nil {
		return hello{}, fmt.Errorf("read a hello: %w", err)
	}
	return parseHello(b[:])
}
