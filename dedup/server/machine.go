package server

import (
	"encoding/binary"
	"errors"
	"sync"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/internal/pages"
	"github.com/eventstreamcore/semel/raft/node"
)

// Machine is a dedup.Machine as a replica's loop wants it: a node.StateMachine, whose
// methods the loop calls. View may be called by any goroutine.
type Machine struct {
	mu        sync.Mutex // held while an entry is applied, and by View
	state     *dedup.Machine
	bootstrap dedup.Bootstrap
	results   dedup.Results // the loop's, of the entry applied last
	read      dedup.Results // the loop's, of what no entry carries
	late      lately
}

// NewMachine returns an empty machine that proposes b where its replica is the first to lead; the log
// says whose was taken.
func NewMachine(b dedup.Bootstrap) *Machine {
	m := &Machine{state: dedup.New(), bootstrap: b}
	m.state.Taking(pages.Large)
	return m
}

// View lets look read the state between two entries. The replica waits for it.
func (m *Machine) View(look func(*dedup.Machine)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	look(m.state)
}

// commandBytes is about what the log takes for a command like those applied of late.
func (m *Machine) commandBytes() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.late.each()
}

// AppendBootstrap is of node.StateMachine.
func (m *Machine) AppendBootstrap(dst []byte, stamp uint64) []byte {
	return m.under(dst, dedup.AppendBootstrap(dst, stamp, &m.bootstrap))
}

// AppendNoOp is of node.StateMachine.
func (m *Machine) AppendNoOp(dst []byte, stamp uint64) []byte {
	return m.under(dst, dedup.AppendNoOp(dst, stamp))
}

// AppendMembers is of node.StateMachine.
func (m *Machine) AppendMembers(dst []byte, stamp uint64, members []byte) []byte {
	return m.under(dst, dedup.AppendMembers(dst, stamp, members))
}

// AppendFirstMembers is of node.StateMachine.
func (m *Machine) AppendFirstMembers(dst []byte, members []byte) []byte {
	return dedup.AppendFirstMembers(dst, members)
}

// ParseMembers is of node.StateMachine.
func (m *Machine) ParseMembers(payload []byte) ([]byte, error) {
	members, err := dedup.ParseMembers(payload)
	return members, inWords(err)
}

// AppendHeader is of node.StateMachine.
func (m *Machine) AppendHeader(dst []byte, stamp uint64) []byte {
	return m.under(dst, dedup.AppendHeader(dst, stamp))
}

// Count is of node.StateMachine.
func (m *Machine) Count(commands []byte) (int, error) {
	n, err := dedup.CountAnswers(commands)
	if err == nil {
		m.notePropose(commands)
	}
	return n, err
}

// Purpose is of node.StateMachine: claims, values and checkpoints are new work.
func (m *Machine) Purpose(commands []byte) node.Purpose {
	least := node.Finish
	for len(commands) > 0 {
		c, rest, err := dedup.NextCommand(commands)
		if err != nil {
			return node.Begin
		}
		least = min(least, purposeOf(&c))
		commands = rest
	}
	return least
}

func purposeOf(c *dedup.Command) node.Purpose {
	switch c.Kind {
	case dedup.KindQuery, dedup.KindCheckpointQuery:
		return node.Look
	case dedup.KindComplete, dedup.KindRelease, dedup.KindExtend, dedup.KindForget:
		return node.Finish
	default:
		return node.Begin
	}
}

// Stamp is of node.StateMachine.
func (m *Machine) Stamp(payload []byte) (uint64, error) {
	entry, err := dedup.ParseEntry(payload)
	return entry.StampNanos, inWords(err)
}

// Apply is of node.StateMachine.
func (m *Machine) Apply(index uint64, payload []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := m.state.Number()
	err := inWords(m.state.Apply(index, payload, &m.results))
	if err == nil {
		m.late.note(m.state.Number()-before, len(payload))
		m.decide(payload)
	}
	return err
}

// AppendAnswers appends what DecodeAnswers reads, but for the values that it returns.
func (m *Machine) AppendAnswers(dst []byte, place, n int) ([]byte, node.Values) {
	return m.appendAnswers(dst, &m.results, place, n)
}

// OnlyReads is of node.StateMachine.
func (m *Machine) OnlyReads(commands []byte) bool { return dedup.OnlyReads(commands) }

// AppendRead is of node.StateMachine.
func (m *Machine) AppendRead(dst, commands []byte, stamp uint64) (answers []byte, apart node.Values, same bool) {
	if !m.lookAt(commands, stamp) {
		return dst, nil, false
	}
	answers, apart = m.appendAnswers(dst, &m.read, 0, len(m.read.Answers))
	return answers, apart, true
}

// lookAt reads, while nobody gives back what was pinned.
func (m *Machine) lookAt(commands []byte, stamp uint64) (same bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state.Read(commands, stamp, &m.read)
}

func (m *Machine) appendAnswers(dst []byte, results *dedup.Results, place, n int) ([]byte, node.Values) {
	var apart *values
	left := dedup.MaxAnswerBytes
	for i := place; i < place+n; i++ {
		a := bareAnswer(results, i, &left)
		if a.HasValue && goesApart(results.Large(i)) {
			if apart == nil {
				apart = &values{machine: m, state: m.state}
			}
			apart.add(m.pin(results, i), results.Length(i))
			dst = appendAnswer(dst, &a, results.Length(i))
			continue
		}
		if a.HasValue {
			a.Value = results.Value(i)
		}
		dst = appendAnswer(dst, &a, 0)
	}
	if apart == nil {
		return dst, nil
	}
	return dst, apart
}

// Digest is of node.StateMachine.
func (m *Machine) Digest() uint64 { return m.state.Hash() }

// pin keeps the value of answer i. What was pinned before may be given back meanwhile.
func (m *Machine) pin(results *dedup.Results, i int) dedup.Pinned {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state.Pin(results, i)
}

// Answers on their way: for each kind 1 · outcome 1 · replayed 1 · value 1 (there 1, omitted 2, apart 4) · the numbers
// 8 each · value 4+n, or 4 where it is apart · fingerprint 4+n, little-endian; then the values that are apart.
const answerHead, answerNumbers = 4, 9

func (a *Answer) numbers() [answerNumbers]*uint64 {
	return [...]*uint64{
		&a.Call, &a.Number, &a.TimeNanos, &a.Token, &a.ExpiresInMillis,
		&a.LeaseMillis, &a.RetryAfterMillis, &a.AgeMillis, &a.Offset,
	}
}

const (
	valueThere   = 1
	valueOmitted = 2
	valueApart   = 4
)

// appendAnswer appends an answer; apart is the length of its value where that follows behind all answers.
func appendAnswer(dst []byte, a *Answer, apart int) []byte {
	value := bit(a.HasValue)*valueThere | bit(a.Omitted)*valueOmitted
	if apart > 0 {
		value = valueApart
	}
	dst = append(dst, byte(a.Kind), byte(a.Outcome), bit(a.Replayed), value)
	for _, n := range a.numbers() {
		dst = binary.LittleEndian.AppendUint64(dst, *n)
	}
	dst = binary.LittleEndian.AppendUint64(dst, uint64(a.Owner))
	dst = append(binary.LittleEndian.AppendUint32(dst, uint32(len(a.Value)+apart)), a.Value...)
	return append(binary.LittleEndian.AppendUint32(dst, uint32(len(a.Fingerprint))), a.Fingerprint...)
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

var errAnswers = errors.New("answers from the leader are none of this version: do all nodes run the same version?")

// DecodeAnswers reads the n answers that AppendAnswers of a Machine appended, with their values behind; their bytes stay
// part of b. The error says that it did not.
func DecodeAnswers(b []byte, n int) ([]Answer, error) {
	answers, apart := make([]Answer, n), make([]int, 0, 8)
	for i := range answers {
		length, rest, err := answers[i].decode(b)
		if err != nil {
			return nil, err
		}
		if b = rest; length > 0 {
			apart = append(apart, i, length)
		}
	}
	for ; len(apart) > 0; apart = apart[2:] {
		length := apart[1]
		if length > len(b) {
			return nil, errAnswers
		}
		answers[apart[0]].Value, b = b[:length:length], b[length:]
	}
	if len(b) != 0 {
		return nil, errAnswers
	}
	return answers, nil
}

// decode reads an answer, and the length of its value where that is apart.
func (a *Answer) decode(b []byte) (apart int, rest []byte, err error) {
	if len(b) < answerHead+8*(answerNumbers+1)+4 {
		return 0, nil, errAnswers
	}
	replayed, value := b[2], b[3]
	a.Kind, a.Outcome, a.Replayed = dedup.Kind(b[0]), dedup.Outcome(b[1]), replayed == 1
	a.HasValue, a.Omitted = value == valueThere || value == valueApart, value == valueOmitted
	b = b[answerHead:]
	for _, n := range a.numbers() {
		*n, b = binary.LittleEndian.Uint64(b), b[8:]
	}
	a.Owner, b = dedup.Owner(binary.LittleEndian.Uint64(b)), b[8:]
	if value == valueApart {
		apart, b = int(binary.LittleEndian.Uint32(b)), b[4:]
	} else if a.Value, b, err = cut(b); err != nil {
		return 0, nil, err
	}
	a.Fingerprint, b, err = cut(b)
	if replayed > 1 || value > valueApart || value == valueThere|valueOmitted || !a.HasValue && len(a.Value) > 0 || value == valueApart && apart == 0 {
		return 0, nil, errAnswers
	}
	if !a.HasValue {
		a.Value = nil
	}
	if len(a.Fingerprint) == 0 {
		a.Fingerprint = nil
	}
	return apart, b, err
}

func cut(b []byte) (field, rest []byte, err error) {
	if len(b) < 4 || uint64(len(b)-4) < uint64(binary.LittleEndian.Uint32(b)) {
		return nil, nil, errAnswers
	}
	end := 4 + int(binary.LittleEndian.Uint32(b))
	return b[4:end:end], b[end:], nil
}
