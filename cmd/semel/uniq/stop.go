package uniq

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// StoppedError is an input that was not taken to its end. It tells how to go on without losing a record.
type StoppedError struct {
	Err    error
	word   string // what a record is called
	behind int64  // so many are decided, and handed to the output
	known  bool   // what was handed to the output is in it
	none   bool   // nothing was handed to it, and it is no file
	size   int64  // of what is whole in the output, which has more; 0: it has not; -1: unknown
	again  string // the command that goes on
}

func (s *StoppedError) Unwrap() error { return s.Err }

func (s *StoppedError) Error() string {
	err := s.Err
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	said := fmt.Sprintf("uniq: stopped behind %s %d: %v\n", s.word, s.behind, err)
	switch {
	case s.none:
		return said + "Nothing was written. Give the same input to the same run:\n  " + s.again + " < input"
	case s.known && s.size > 0:
		said += fmt.Sprintf("Up to there all is decided and in the output file, which ends in a part of more: cut it first, truncate -s %d FILE.\n", s.size)
	case s.known && s.size < 0:
		said += "Up to there all is decided and in the output file, which ends in a part of more: cut that off first.\n"
	case s.known:
		said += "Up to there all is decided and in the output file.\n"
	default:
		said += "How much of it has reached the output's reader, nobody but the reader knows.\n"
	}
	if s.known {
		return said + "Go on with the same input, and append:\n  " + s.again + " < input >> output"
	}
	return said + "So give the same input to the same run: it is told the same again, so nothing is lost, and something may come twice.\n  " +
		s.again + " < input"
}

// stopped says how to go on. A last line that was cut off is not counted: its rest may come, and it is read again.
func (u *stream) stopped(err error) error {
	at := u.decided
	if u.cut && at.records == u.read {
		at = place{records: at.records - 1}
	}
	s := &StoppedError{Err: err, word: u.format.Word, behind: at.records, known: u.output.file != nil, none: !u.handed && u.output.file == nil}
	var unsynced *unsyncedError
	var left *leftover
	if errors.As(u.output.sync(), &unsynced) || errors.As(err, &unsynced) {
		s.known = false
	}
	if errors.As(err, &left) {
		s.size = left.size
	}
	if !s.known {
		at = u.skip
	}
	s.again = u.command(at)
	return s
}

// command is the one that goes on behind a place.
func (u *stream) command(at place) string {
	words := append([]string{"semel uniq"}, u.words...)
	words = append(words, "--run", shellWord(u.run))
	if at.records > 0 {
		words = append(words, "--skip", at.String())
	}
	return strings.Join(words, " ")
}

// shellWord quotes a word for a shell, if it must be.
func shellWord(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:,=@%+", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
