package server

import (
	"encoding/binary"
	"errors"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// machine is a dedup.Machine as the replica's loop wants it. The bootstrap entry
// is proposed with what this node drew; the log says whose was taken.
type machine struct {
	*dedup.Machine
	bootstrap dedup.Bootstrap
	results   dedup.Results
}

func (m *machine) AppendBootstrap(dst []byte, stamp uint64) []byte {
	return dedup.AppendBootstrap(dst, stamp, &m.bootstrap)
}

func (m *machine) AppendNoOp(dst []byte, stamp uint64) []byte { return dedup.AppendNoOp(dst, stamp) }

func (m *machine) AppendHeader(dst []byte, stamp uint64) []byte {
	return dedup.AppendHeader(dst, stamp)
}

func (m *machine) Count(commands []byte) (int, error) { return dedup.CountAnswers(commands) }

func (m *machine) Stamp(payload []byte) (uint64, error) {
	entry, err := dedup.ParseEntry(payload)
	return entry.StampNanos, err
}

func (m *machine) Apply(index uint64, payload []byte) error {
	return m.Machine.Apply(index, payload, &m.results)
}

func (m *machine) AppendAnswers(dst []byte, place, n int) []byte {
	for i := place; i < place+n; i++ {
		a := Answer{Result: m.results.Answers[i], Value: m.results.Value(i), Fingerprint: m.results.Fingerprint(i)}
		dst = appendAnswer(dst, &a)
	}
	return dst
}

func (m *machine) Members() (servers protocol.NodeSet) {
	configuration, _ := m.Configuration()
	for _, id := range configuration.Nodes {
		servers = servers.With(protocol.NodeID(id))
	}
	return servers
}

// An answer on its way from the leader: kind 1 · outcome 1 · replayed 1 · has a
// value 1 · the numbers 8 each · value 4+n · fingerprint 4+n, little-endian.
const answerHead, answerNumbers = 4, 9

func (a *Answer) numbers() [answerNumbers]*uint64 {
	return [...]*uint64{
		&a.Call, &a.Number, &a.TimeNanos, &a.Token, &a.ExpiresInMillis,
		&a.LeaseMillis, &a.RetryAfterMillis, &a.AgeMillis, &a.Offset,
	}
}

func appendAnswer(dst []byte, a *Answer) []byte {
	dst = append(dst, byte(a.Kind), byte(a.Outcome), bit(a.Replayed), bit(a.HasValue))
	for _, n := range a.numbers() {
		dst = binary.LittleEndian.AppendUint64(dst, *n)
	}
	dst = binary.LittleEndian.AppendUint64(dst, uint64(a.Owner))
	dst = append(binary.LittleEndian.AppendUint32(dst, uint32(len(a.Value))), a.Value...)
	return append(binary.LittleEndian.AppendUint32(dst, uint32(len(a.Fingerprint))), a.Fingerprint...)
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

var errShortAnswer = errors.New("answers from the leader are cut short: do all nodes run the same version?")

// decodeAnswers reads n answers, whose bytes stay part of b.
func decodeAnswers(b []byte, n int) ([]Answer, error) {
	answers := make([]Answer, n)
	for i := range answers {
		var err error
		if b, err = answers[i].decode(b); err != nil {
			return nil, err
		}
	}
	if len(b) != 0 {
		return nil, errShortAnswer
	}
	return answers, nil
}

func (a *Answer) decode(b []byte) (rest []byte, err error) {
	if len(b) < answerHead+8*(answerNumbers+1) {
		return nil, errShortAnswer
	}
	a.Kind, a.Outcome, a.Replayed, a.HasValue = dedup.Kind(b[0]), dedup.Outcome(b[1]), b[2] == 1, b[3] == 1
	b = b[answerHead:]
	for _, n := range a.numbers() {
		*n, b = binary.LittleEndian.Uint64(b), b[8:]
	}
	a.Owner, b = dedup.Owner(binary.LittleEndian.Uint64(b)), b[8:]
	if a.Value, b, err = cut(b); err != nil {
		return nil, err
	}
	a.Fingerprint, b, err = cut(b)
	if !a.HasValue {
		a.Value = nil
	}
	if len(a.Fingerprint) == 0 {
		a.Fingerprint = nil
	}
	return b, err
}

func cut(b []byte) (field, rest []byte, err error) {
	if len(b) < 4 || uint64(len(b)-4) < uint64(binary.LittleEndian.Uint32(b)) {
		return nil, nil, errShortAnswer
	}
	end := 4 + int(binary.LittleEndian.Uint32(b))
	return b[4:end:end], b[end:], nil
}
