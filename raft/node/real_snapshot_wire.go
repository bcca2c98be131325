package node

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// What one node asks another for of a snapshot: version 1 · index 8 · term 8 · offset in its file 8, little-endian. The answer: version
// 1 · kind 1 · and with a piece, at offset 0 the file's header, elsewhere blocks from there on, as many as pieceOfSnapshot has room for; with
// notNow, 4 bytes: in how many ms to ask again; otherwise why not, in words.
const (
	snapshotVersion      = 1
	snapshotRequestBytes = 1 + 3*8
	snapshotAnswerHead   = 2
	// pieceOfSnapshot has room for a block of any length.
	pieceOfSnapshot = 1 << 20
)

// Kinds of answers.
const (
	pieceGiven = 1
	notHere    = 2
	notNow     = 3
)

// pieceRequest is one request.
type pieceRequest struct {
	index  protocol.Index
	term   protocol.Term
	offset int64
}

func (r pieceRequest) encode() []byte {
	b := binary.LittleEndian.AppendUint64([]byte{snapshotVersion}, uint64(r.index))
	b = binary.LittleEndian.AppendUint64(b, uint64(r.term))
	return binary.LittleEndian.AppendUint64(b, uint64(r.offset))
}

var errSnapshotRequest = errors.New("a request for a snapshot that is none of this version: do all nodes run the same version?")

func parsePieceRequest(b []byte) (r pieceRequest, err error) {
	if len(b) != snapshotRequestBytes || b[0] != snapshotVersion {
		return r, errSnapshotRequest
	}
	r = pieceRequest{
		protocol.Index(binary.LittleEndian.Uint64(b[1:])), protocol.Term(binary.LittleEndian.Uint64(b[9:])), int64(binary.LittleEndian.Uint64(b[17:])),
	}
	if r.offset < 0 {
		return r, errSnapshotRequest
	}
	return r, nil
}

// appendPieceHead begins an answer with a piece.
func appendPieceHead(dst []byte) []byte { return append(dst, snapshotVersion, pieceGiven) }

func appendNotHere(dst []byte, why error) []byte {
	return append(append(dst, snapshotVersion, notHere), why.Error()...)
}

func appendNotNow(dst []byte, again time.Duration) []byte {
	ms := max(1, min(again, longestPause).Milliseconds())
	return binary.LittleEndian.AppendUint32(append(dst, snapshotVersion, notNow), uint32(ms))
}

// longestPause is the longest that anybody is asked to wait for a piece, or waits.
const longestPause = 2 * time.Second

var (
	// errNotGiven: the node has not that snapshot, or can't read it.
	errNotGiven = errors.New("it does not give it")
	// errRubbish: the node's answer is none.
	errRubbish = errors.New("it sent what no node sends")
)

// parsePiece returns the piece in an answer, or after what time to ask again, or an error that wraps errNotGiven or errRubbish.
func parsePiece(b []byte) (piece []byte, again time.Duration, err error) {
	if len(b) < snapshotAnswerHead || b[0] != snapshotVersion {
		return nil, 0, fmt.Errorf("%w: an answer of another version", errRubbish)
	}
	rest := b[snapshotAnswerHead:]
	switch {
	case b[1] == pieceGiven && len(rest) > 0 && len(rest) <= pieceOfSnapshot:
		return rest, 0, nil
	case b[1] == notHere && len(rest) <= longestReason:
		return nil, 0, fmt.Errorf("%w: %q", errNotGiven, rest)
	case b[1] == notNow && len(rest) == 4:
		return nil, max(time.Millisecond, min(longestPause, time.Duration(binary.LittleEndian.Uint32(rest))*time.Millisecond)), nil
	}
	return nil, 0, fmt.Errorf("%w: an answer of kind %d with %d bytes", errRubbish, b[1], len(rest))
}

// longestReason bounds what of another node's words is logged.
const longestReason = 1 << 10
