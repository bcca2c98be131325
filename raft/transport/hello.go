package transport

import (
	"bytes"
	"fmt"
	"io"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// kind is what a connection is for.
type kind uint8

const (
	kindMessages kind = 1 // messages, from the dialler to the acceptor
	kindCalls    kind = 2 // requests of the dialler, responses of the acceptor
	kindBulk     kind = 3 // the same, with much in each: see bulk.go
	kindAsk      kind = 4 // one request of a dialler that is no node, and its response: see ask.go
)

// kinds are those that there are between nodes.
var kinds = [...]kind{kindMessages, kindCalls, kindBulk}

func (k kind) String() string {
	switch k {
	case kindMessages:
		return "messages"
	case kindCalls:
		return "calls"
	case kindBulk:
		return "bulk calls"
	case kindAsk:
		return "asks"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// hello is how both sides introduce themselves once each has proved that it has the secret. Its layout is the same in
// all versions: it is what tells them apart. A later version adds fields behind those of this one, which skips them.
type hello struct {
	kind     kind
	min, max uint8 // versions
	from     protocol.NodeID
	to       protocol.NodeID
	refusal  Refusal // 0 is none
	cluster  [16]byte
	folder   Folder // of one that speaks version 2 at most its incarnation alone

	advertised []byte // from version 5 on
}

const (
	helloMagic       = "SEML"
	atKind           = 4
	atMin            = 5
	atMax            = 6
	atFrom           = 7
	atTo             = 8
	atRefusal        = 9
	atFieldBytes     = 10 // 2 bytes: how many follow, without the checksum
	helloHeadBytes   = 12
	atCluster        = 12
	atIncarnation    = 28
	atStarts         = 36   // from version 3 on, and behind it the ids of the last starts
	atRecent         = 44   // from version 5 on, and behind these 2 bytes, how many are advertised, and they
	leastHelloBytes  = 36   // up to the checksum, which is the CRC-32C of all before
	mostFieldBytes   = 4096 // of any version
	helloSumBytes    = 4
	anythingButHello = "something else than a Semel peer is talking"
)

func (h *hello) encode() []byte {
	b := make([]byte, atRecent, atRecent+8*len(h.folder.Recent)+2+len(h.advertised)+helloSumBytes)
	copy(b, helloMagic)
	b[atKind], b[atMin], b[atMax] = byte(h.kind), h.min, h.max
	b[atFrom], b[atTo], b[atRefusal] = byte(h.from), byte(h.to), byte(h.refusal)
	copy(b[atCluster:], h.cluster[:])
	order.PutUint64(b[atIncarnation:], h.folder.Incarnation)
	order.PutUint64(b[atStarts:], h.folder.Starts)
	for _, id := range h.folder.Recent {
		b = order.AppendUint64(b, id)
	}
	b = append(order.AppendUint16(b, uint16(len(h.advertised))), h.advertised...)
	order.PutUint16(b[atFieldBytes:], uint16(len(b)-helloHeadBytes))
	return order.AppendUint32(b, checksum(b))
}

// parseHello returns the hello in b, which is whole; otherwise a *FrameError.
func parseHello(b []byte) (hello, error) {
	body, sum := b[:len(b)-helloSumBytes], order.Uint32(b[len(b)-helloSumBytes:])
	if sum != checksum(body) {
		return hello{}, badFrame("the checksum of a hello is %08x, it says %08x", checksum(body), sum)
	}
	h := hello{
		kind: kind(b[atKind]), min: b[atMin], max: b[atMax],
		from: protocol.NodeID(b[atFrom]), to: protocol.NodeID(b[atTo]), refusal: Refusal(b[atRefusal]),
		cluster: [16]byte(b[atCluster:]), folder: Folder{Incarnation: order.Uint64(b[atIncarnation:])},
	}
	if h.max < minVersion {
		return h, nil // it is refused for that, and said which versions there are
	}
	rest, err := h.folder.parseStarts(body, h.kind)
	if err == nil {
		err = h.parseAdvertised(rest)
	}
	return h, err
}

// parseAdvertised reads what a hello says of where its node is found.
func (h *hello) parseAdvertised(rest []byte) error {
	if len(rest) < 2 {
		return badFrame("a hello says nothing of where its node is found")
	}
	n, rest := int(order.Uint16(rest)), rest[2:]
	if n > MostAdvertised || n > len(rest) {
		return badFrame("a hello says in %d bytes where its node is found, it has %d of at most %d", n, len(rest), MostAdvertised)
	}
	if n > 0 {
		h.advertised = bytes.Clone(rest[:n])
	}
	return nil
}

// parseStarts reads what a hello says of the folder's starts, and returns what stands behind it.
func (f *Folder) parseStarts(body []byte, of kind) (rest []byte, err error) {
	if len(body) < atRecent {
		return nil, badFrame("a hello of %d bytes says nothing of its folder's starts", len(body))
	}
	f.Starts = order.Uint64(body[atStarts:])
	n := recentOf(f.Starts)
	if (n == 0 && of != kindAsk) || len(body) < atRecent+8*n {
		return nil, badFrame("a hello of %d bytes from a folder of %d starts, expected the ids of the last %d", len(body), f.Starts, max(1, n))
	}
	for k := range n {
		f.Recent = append(f.Recent, order.Uint64(body[atRecent+8*k:]))
	}
	return body[atRecent+8*n:], nil
}

// recentOf returns how many ids of so many starts are said.
func recentOf(starts uint64) int { return int(min(starts, MostRecent)) }

func readHello(from io.Reader) (hello, error) {
	b := make([]byte, helloHeadBytes)
	if _, err := io.ReadFull(from, b); err != nil {
		return hello{}, fmt.Errorf("read a hello: %w", dismissed(err))
	}
	if string(b[:atKind]) != helloMagic {
		return hello{}, badFrame("a hello begins with %q, found %q; %s", helloMagic, b[:atKind], anythingButHello)
	}
	fields := int(order.Uint16(b[atFieldBytes:]))
	if fields < leastHelloBytes-helloHeadBytes || fields > mostFieldBytes {
		return hello{}, badFrame("a hello of %d bytes behind its head, expected %d to %d", fields, leastHelloBytes-helloHeadBytes, mostFieldBytes)
	}
	whole := make([]byte, helloHeadBytes+fields+helloSumBytes)
	copy(whole, b)
	if _, err := io.ReadFull(from, whole[helloHeadBytes:]); err != nil {
		return hello{}, fmt.Errorf("read a hello: %w", dismissed(err))
	}
	return parseHello(whole)
}
