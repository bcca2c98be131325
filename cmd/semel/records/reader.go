package records

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// LongestRecord is how many bytes a record may have.
const LongestRecord = 64 << 20

// Record is one record of an input: its key, or why it has none.
type Record struct {
	Key          []byte // the caller's own
	None         *Absence
	Number, Line int64  // from 1: which record it is, and the line it begins with
	Cut          bool   // the input ends with it, without a newline: it may have been cut off
	Hint         string // what is to be said of all records, once; empty: nothing
}

// Reader gives one record after the other. It is not safe for use by several goroutines.
type Reader struct {
	input  io.Reader
	format *Format
	rest   []byte // not taken yet
	ended  error  // how reading ended
	number int64
	line   int64
}

// NewReader reads an input, which may be compressed, for a command, such as semel forget. With a format that says so the
// first record is a header: it is passed over.
func NewReader(in io.Reader, command string, format *Format) *Reader {
	return &Reader{input: &Input{From: in, For: command}, format: format}
}

// Next returns the next record, io.EOF where the input is over, a *Refusal where it is none of the format's, and else
// what reading ended with.
func (r *Reader) Next() (*Record, error) {
	for {
		whole, err := r.take()
		if err != nil {
			return nil, err
		}
		text := TextOf(whole)
		record := &Record{Number: r.number + 1, Line: r.line + 1, Cut: whole[len(whole)-1] != '\n'}
		r.number++
		r.line += int64(max(1, bytes.Count(whole, []byte("\n"))))
		if r.number == 1 && r.format.Headed != nil {
			if r.format.Find, err = r.format.Headed(text); err != nil {
				return nil, &Refusal{err.Error()}
			}
			continue
		}
		if r.format.Hint != "" && LooksLikeJSON(text) {
			record.Hint, r.format.Hint = r.format.Hint, ""
		}
		key, none := r.format.Find(text)
		record.Key, record.None = bytes.Clone(key), none
		return record, nil
	}
}

// take takes a record off the input, its end included.
func (r *Reader) take() ([]byte, error) {
	for {
		if len(r.rest) > 0 && (r.ended == nil || errors.Is(r.ended, io.EOF)) {
			if end := r.format.Records.Next(r.rest, r.ended != nil); end > 0 {
				record := r.rest[:end]
				r.rest = r.rest[end:]
				return record, nil
			}
		}
		if r.ended != nil {
			return nil, r.ended
		}
		if len(r.rest) > LongestRecord {
			return nil, fmt.Errorf("the %s behind %d is longer than %d MiB", r.format.Word, r.number, LongestRecord>>20)
		}
		r.read()
	}
}

const readAtOnce = 64 << 10

func (r *Reader) read() {
	piece := make([]byte, readAtOnce)
	n, err := r.input.Read(piece)
	r.rest, r.ended = append(r.rest, piece[:n]...), err
}

// Where names a record of that word for who reads: its number, and the line it begins with where that is another thing.
func Where(word string, number, line int64) string {
	if word == "line" {
		return fmt.Sprintf("%s %d", word, number)
	}
	return fmt.Sprintf("%s %d (line %d)", word, number, line)
}
