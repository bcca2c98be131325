package node

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// The kinds of a response and of its parts.
const (
	kindAnswers   = 0
	kindNotLeader = 1
	kindShelved   = 2 // answers, and the number and length of what is fetched apart
	firstVerdict  = 3
)

// verdicts are those that travel, by their number in a response; a new one goes at the end.
var verdicts = []error{
	ErrUnknown, ErrOverloaded, ErrLoading, ErrReplaced, ErrDeadline, ErrInvalid, ErrUndecided,
	errStoppedBefore, errStoppedSince, ErrNoRoom, ErrUnread, errNeedsEntry, ErrCovered, ErrTooNew,
}

func appendVerdict(b []byte, err error) []byte {
	if refused := (*NotLeaderError)(nil); errors.As(err, &refused) {
		return append(b, kindNotLeader, byte(refused.Leader))
	}
	for k := len(verdicts) - 1; k > 0; k-- {
		if errors.Is(err, verdicts[k]) {
			return append(b, firstVerdict+byte(k))
		}
	}
	return append(b, firstVerdict)
}

// appendShelved appends a part: kind 1 · number 8 · bytes 4 · answers.
func appendShelved(b []byte, number uint64, bytes int, answers []byte) []byte {
	b = binary.LittleEndian.AppendUint64(append(b, kindShelved), number)
	b = binary.LittleEndian.AppendUint32(b, uint32(bytes))
	return append(b, answers...)
}

// shelved is what the leader keeps for a proposal; none where bytes is 0.
type shelved struct {
	number uint64
	bytes  int
}

const shelvedHeadBytes = 1 + 8 + 4

// parsePart returns the answers or the verdict of one proposal. What is not known is unknown.
func (r *Replica) parsePart(b []byte) (answers []byte, apart shelved, err error) {
	switch {
	case len(b) > 0 && b[0] == kindAnswers:
		return b[1:], shelved{}, nil
	case len(b) >= shelvedHeadBytes && b[0] == kindShelved:
		apart = shelved{binary.LittleEndian.Uint64(b[1:]), int(binary.LittleEndian.Uint32(b[9:]))}
		return b[shelvedHeadBytes:], apart, nil
	case len(b) == 2 && b[0] == kindNotLeader:
		return nil, shelved{}, r.notLeader(protocol.NodeID(b[1]))
	case len(b) == 1 && b[0] >= firstVerdict && int(b[0]) < firstVerdict+len(verdicts):
		return nil, shelved{}, verdicts[b[0]-firstVerdict]
	}
	return nil, shelved{}, fmt.Errorf("%w: a response of %d bytes that is none of ours", ErrUnknown, len(b))
}

func (r *Replica) notLeader(leader protocol.NodeID) error {
	address := r.cfg.Addresses[leader]
	if list := r.membership.list; address == "" && list != nil && list.Find(leader) != nil {
		address = list.Find(leader).HTTP
	}
	return &NotLeaderError{Leader: leader, Address: address}
}

// splitResponse returns the parts of a response to n proposals. A verdict on the request as a whole is
// that of each; of a response that is not one to n proposals nothing is known.
func splitResponse(b []byte, n int) [][]byte {
	parts := make([][]byte, 0, n)
	if len(b) > 0 && b[0] == kindAnswers {
		split, ok := splitBundle(parts, b[1:], uint64(n))
		if ok {
			return split
		}
		b = nil
	}
	parts = parts[:0]
	for range n {
		parts = append(parts, b)
	}
	return parts
}

// jointResponse collects what the proposals of one request come to, in whatever order.
type jointResponse struct {
	caller Caller
	bytes  []byte
	parts  []extent
	left   int // parts that are not known yet
}

// extent is a range of bytes.
type extent struct{ from, to int }

// add makes room for one more part and returns its number.
func (j *jointResponse) add() int {
	j.parts = append(j.parts, extent{})
	j.left++
	return len(j.parts) - 1
}

// tell notes what part k came to, and answers the caller with the last one.
func (j *jointResponse) tell(h Host, k int, b []byte) {
	from := len(j.bytes)
	j.bytes = append(j.bytes, b...)
	j.parts[k] = extent{from, len(j.bytes)}
	if j.left--; j.left > 0 {
		return
	}
	response := append(make([]byte, 0, 1+len(j.bytes)+lengthBytes*len(j.parts)), kindAnswers)
	for _, p := range j.parts {
		response = appendToBundle(response, j.bytes[p.from:p.to])
	}
	h.Respond(j.caller, response)
}
