package node_test

// A dumb state machine for the tests of this package: it keeps all commands in a list, and the stamps
// of all entries. A command is a length of one byte and as many bytes; its answer is its place in the list.

import (
	"encoding/binary"
	"errors"
	"strconv"
	"strings"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

const (
	kindBootstrap = 'B'
	kindNoOp      = 'N'
	kindCommands  = 'C'
	kindMembers   = 'M'
	kindVersion   = 'V'

	headLength  = 9
	answerBytes = 8
)

type list struct {
	servers  protocol.NodeSet // that its bootstrap entry would name
	members  protocol.NodeSet
	index    uint64
	commands []string
	stamps   []uint64
	before   int           // commands before the entry applied last
	digest   uint64        // a poisoned one's differs from the others'
	speaks   node.Versions // of its program; none: 1
	version  node.Version  // none: 1
}

func listOf(servers protocol.NodeSet) *list { return &list{servers: servers} }

func head(dst []byte, kind byte, stamp uint64) []byte {
	return binary.LittleEndian.AppendUint64(append(dst, kind), stamp)
}

func (l *list) AppendBootstrap(dst []byte, stamp uint64) []byte {
	return binary.LittleEndian.AppendUint64(head(dst, kindBootstrap, stamp), uint64(l.servers))
}

func (l *list) AppendNoOp(dst []byte, stamp uint64) []byte { return head(dst, kindNoOp, stamp) }

func (l *list) AppendMembers(dst []byte, stamp uint64, members []byte) []byte {
	return append(head(dst, kindMembers, stamp), members...)
}

func (l *list) AppendFirstMembers(dst []byte, members []byte) []byte {
	return l.AppendMembers(dst, 0, members)
}

func (l *list) ParseMembers(payload []byte) ([]byte, error) {
	if len(payload) < headLength || payload[0] != kindMembers {
		return nil, errors.New("no members")
	}
	return payload[headLength:], nil
}

// Speaks is of node.StateMachine.
func (l *list) Speaks() node.Versions {
	return node.Versions{Oldest: 1, Newest: max(1, l.speaks.Newest)}
}

// Version is of node.StateMachine.
func (l *list) Version() node.Version { return max(1, l.version) }

func (l *list) AppendVersion(dst []byte, stamp uint64, to node.Version) []byte {
	return append(head(dst, kindVersion, stamp), byte(to))
}

// Needs: the text of a command that version 2 brought begins with an exclamation mark.
func (l *list) Needs(commands []byte) node.Version {
	for ; len(commands) > 0 && int(commands[0]) < len(commands); commands = commands[1+commands[0]:] {
		if commands[0] > 0 && commands[1] == '!' {
			return 2
		}
	}
	return 1
}

// applyVersion is what an entry has to do with versions.
func (l *list) applyVersion(payload []byte) error {
	switch {
	case payload[0] == kindVersion && node.Version(payload[headLength]) > l.Speaks().Newest:
		return node.ErrUpgrade
	case payload[0] == kindVersion:
		l.version = max(l.version, node.Version(payload[headLength]))
	case payload[0] == kindCommands && l.Needs(payload[headLength:]) > l.Version():
		return errors.New("a command of a later version than the cluster's")
	}
	return nil
}

func (l *list) AppendHeader(dst []byte, stamp uint64) []byte { return head(dst, kindCommands, stamp) }

func (l *list) Stamp(payload []byte) (uint64, error) {
	if len(payload) < headLength {
		return 0, errors.New("no stamp")
	}
	if payload[0] == kindVersion && len(payload) != headLength+1 {
		return 0, errors.New("a version is one byte")
	}
	if payload[0] == kindCommands && l.Needs(payload[headLength:]) > l.Speaks().Newest {
		return 0, errors.New("a command that this program does not know")
	}
	return binary.LittleEndian.Uint64(payload[1:]), nil
}

func (l *list) Count(commands []byte) (int, error) {
	n := 0
	for ; len(commands) > 0; n++ {
		if int(commands[0]) >= len(commands) {
			return 0, errors.New("a command is cut")
		}
		if commands[0] > 0 && commands[1] == '!' && l.Speaks().Newest < 2 {
			return 0, errors.New("a command that this program does not know")
		}
		commands = commands[1+commands[0]:]
	}
	return n, nil
}

// Purpose: the text of a command that looks begins with a question mark or a tilde, of one that finishes with a full stop.
func (l *list) Purpose(commands []byte) node.Purpose {
	least := node.Finish
	for ; len(commands) > 0; commands = commands[1+commands[0]:] {
		purpose := node.Begin
		switch {
		case commands[0] > 0 && (commands[1] == '?' || commands[1] == '~'):
			purpose = node.Look
		case commands[0] > 0 && commands[1] == '.':
			purpose = node.Finish
		}
		least = min(least, purpose)
	}
	return least
}

// OnlyReads: the text of a command that takes no entry begins with a tilde. A number behind it, up to a slash, says by how many ms
// log time may be late.
func (l *list) OnlyReads(commands []byte) bool {
	for ; len(commands) > 0; commands = commands[1+commands[0]:] {
		if commands[0] == 0 || commands[1] != '~' {
			return false
		}
	}
	return true
}

// AppendRead answers with the place that the next command will have.
func (l *list) AppendRead(dst, commands []byte, stamp uint64) ([]byte, node.Values, bool) {
	for rest := commands; len(rest) > 0; rest = rest[1+rest[0]:] {
		text, _, _ := strings.Cut(string(rest[2:1+rest[0]]), "/")
		if late, err := strconv.ParseUint(text, 10, 64); err == nil && stamp > l.stamps[len(l.stamps)-1]+late*1e6 {
			return dst, nil, false
		}
	}
	for ; len(commands) > 0; commands = commands[1+commands[0]:] {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(len(l.commands)))
	}
	return dst, nil, true
}

func (l *list) Apply(index uint64, payload []byte) error {
	stamp, err := l.Stamp(payload)
	switch {
	case err != nil:
		return err
	case index != l.index+1:
		return errors.New("out of order")
	case payload[0] == kindBootstrap:
		l.members = protocol.NodeSet(binary.LittleEndian.Uint64(payload[headLength:]))
	}
	if err := l.applyVersion(payload); err != nil {
		return err
	}
	l.index, l.before, l.stamps = index, len(l.commands), append(l.stamps, stamp)
	if payload[0] != kindCommands {
		return nil
	}
	for rest := payload[headLength:]; len(rest) > 0; rest = rest[1+rest[0]:] {
		l.commands = append(l.commands, string(rest[1:1+rest[0]]))
	}
	return nil
}

func (l *list) AppendAnswers(dst []byte, place, n int) ([]byte, node.Values) {
	for k := range n {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(l.before+place+k))
	}
	return dst, nil
}

func (l *list) Digest() uint64 { return l.digest }

// command encodes one command.
func command(text string) []byte { return append([]byte{byte(len(text))}, text...) }

// placesOf decodes answers.
func placesOf(answers []byte) []uint64 {
	var places []uint64
	for ; len(answers) >= answerBytes; answers = answers[answerBytes:] {
		places = append(places, binary.LittleEndian.Uint64(answers))
	}
	return places
}
