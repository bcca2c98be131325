package server

import (
	"encoding/binary"
	"errors"
	"sync"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Machine is a dedup.Machine as a replica's loop wants it: a node.StateMachine, whose
// methods the loop calls. View may be called by any goroutine.
type Machine struct {
	mu        sync.Mutex // held while an entry is applied, and by View
	state     *dedup.Machine
	bootstrap dedup.Bootstrap
	results   dedup.Results // the loop's
}

// NewMachine returns an empty machine that proposes b where its replica is the first to lead; the log
// says whose was taken.
func NewMachine(b dedup.Bootstrap) *Machine { return &Machine{state: dedup.New(), bootstrap: b} }

// View lets look read the state between two entries. The replica waits for it.
func (m *Machine) View(look func(*dedup.Machine)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	look(m.state)
}

// AppendBootstrap is of node.StateMachine.
func (m *Machine) AppendBootstrap(dst []byte, stamp uint64) []byte {
	return dedup.AppendBootstrap(dst, stamp, &m.bootstrap)
}

// AppendNoOp is of node.StateMachine.
func (m *Machine) AppendNoOp(dst []byte, stamp uint64) []byte { return dedup.AppendNoOp(dst, stamp) }

// AppendHeader is of node.StateMachine.
func (m *Machine) AppendHeader(dst []byte, stamp uint64) []byte {
	return dedup.AppendHeader(dst, stamp)
}

// Count is of node.StateMachine.
func (m *Machine) Count(commands []byte) (int, error) {
	n, err := dedup.CountAnswers(commands)
	if err == nil {
		m.notePropose(commands)
	}
	return n, err
}

// Stamp is of node.StateMachine.
func (m *Machine) Stamp(payload []byte) (uint64, error) {
	entry, err := dedup.ParseEntry(payload)
	return entry.StampNanos, err
}

// Apply is of node.StateMachine.
func (m *Machine) Apply(index uint64, payload []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	err := m.state.Apply(index, payload, &m.results)
	if err == nil {
		m.decide(payload)
	}
	return err
}

// AppendAnswers appends what DecodeAnswers reads.
func (m *Machine) AppendAnswers(dst []byte, place, n int) []byte {
	for i := place; i < place+n; i++ {
		a := answerAt(&m.results, i)
		dst = appendAnswer(dst, &a)
	}
	return dst
}

// Members is of node.StateMachine.
func (m *Machine) Members() (servers protocol.NodeSet) {
	configuration, _ := m.state.Configuration()
	for _, id := range configuration.Nodes {
		servers = servers.With(protocol.NodeID(id))
	}
	return servers
}

// An answer on its way from the leader: kind 1 · outcome 1 · replayed 1 · value
// 1 (there 1, omitted 2) · the numbers 8 each · value 4+n · fingerprint 4+n, little-endian.
const answerHead, answerNumbers = 4, 9

func (a *Answer) numbers() [answerNumbers]*uint64 {
	return [...]*uint64{
		&a.Call, &a.Number, &a.TimeNanos, &a.Token, &a.ExpiresInMillis,
		&a.LeaseMillis, &a.RetryAfterMillis, &a.AgeMillis, &a.Offset,
	}
}

func appendAnswer(dst []byte, a *Answer) []byte {
	dst = append(dst, byte(a.Kind), byte(a.Outcome), bit(a.Replayed), bit(a.HasValue)|bit(a.Omitted)<<1)
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

var errAnswers = errors.New("answers from the leader are none of this version: do all nodes run the same version?")

// DecodeAnswers reads the n answers that AppendAnswers of a Machine appended; their bytes stay part of b. The error
// says that it did not.
func DecodeAnswers(b []byte, n int) ([]Answer, error) {
	answers := make([]Answer, n)
	for i := range answers {
		var err error
		if b, err = answers[i].decode(b); err != nil {
			return nil, err
		}
	}
	if len(b) != 0 {
		return nil, errAnswers
	}
	return answers, nil
}

func (a *Answer) decode(b []byte) (rest []byte, err error) {
	if len(b) < answerHead+8*(answerNumbers+1) {
		return nil, errAnswers
	}
	replayed, value := b[2], b[3]
	a.Kind, a.Outcome, a.Replayed, a.HasValue, a.Omitted = dedup.Kind(b[0]), dedup.Outcome(b[1]), replayed == 1, value == 1, value == 2
	b = b[answerHead:]
	for _, n := range a.numbers() {
		*n, b = binary.LittleEndian.Uint64(b), b[8:]
	}
	a.Owner, b = dedup.Owner(binary.LittleEndian.Uint64(b)), b[8:]
	if a.Value, b, err = cut(b); err != nil {
		return nil, err
	}
	a.Fingerprint, b, err = cut(b)
	if replayed > 1 || value > 2 || !a.HasValue && len(a.Value) > 0 {
		return nil, errAnswers
	}
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
		return nil, nil, errAnswers
	}
	end := 4 + int(binary.LittleEndian.Uint32(b))
	return b[4:end:end], b[end:], nil
}
