package uniq

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/eventstreamcore/semel/cmd/semel/records"
)

// choice is what becomes of a record that is not as it should be.
type choice string

const (
	keep choice = "keep"  // of a last one that may be cut off: it counts as whole
	pass choice = "print" // of one without a key: it is written
	drop choice = "drop"
	fail choice = "fail"
)

// recordError is a record that ends the run, as the flags want it.
type recordError struct{ why string }

func (r *recordError) Error() string { return r.why }

// takeRecords takes records off rest until there is none or the batch is full.
func (u *stream) takeRecords() (full bool) {
	for {
		if u.full(u.building) {
			return true
		}
		if u.held != nil {
			if !u.take(u.building, u.held.record, u.held.key) {
				return true
			}
			u.held = nil
		}
		if len(u.rest) == 0 || u.ended != nil && !errors.Is(u.ended, io.EOF) {
			return false
		}
		end := u.format.Records.Next(u.rest, u.ended != nil)
		if end == 0 {
			return false
		}
		record := u.rest[:end:end]
		u.rest = u.rest[end:]
		if record[end-1] != '\n' {
			if record = u.endLast(record); record == nil {
				return false
			}
		}
		u.takeRecord(record)
	}
}

// endLast is told of a last record without a newline, which may be a part of one. It returns it with the newline that
// it lacks, or nil where it is left.
func (u *stream) endLast(record []byte) []byte {
	where := records.Where(u.format.Word, u.read+1, u.line+1)
	const cutOff = "the input ends within a %s, without a newline (%s): it may be cut off"
	switch u.last {
	case drop:
		u.counts.cut = true
		u.voice.say(cutOff+". It is not claimed and not written", u.format.Word, where)
		return nil
	case fail:
		u.end(&recordError{fmt.Sprintf(cutOff, u.format.Word, where)})
		return nil
	}
	u.cut = true
	u.voice.say(cutOff+". It is taken as whole, and written with a newline (--last drop or fail: not)", u.format.Word, where)
	if u.cr && record[len(record)-1] != '\r' {
		record = append(record, '\r')
	}
	return append(record, '\n')
}

// takeRecord gives a record to the batch, or keeps what the batch has no room for.
func (u *stream) takeRecord(record []byte) {
	text := records.TextOf(record)
	u.chain.add(text)
	number, line := u.read+1, u.line+1
	u.read = number
	u.line += int64(max(1, bytes.Count(record, []byte("\n"))))
	u.cr = bytes.HasSuffix(record, []byte("\r\n"))
	if number == 1 && u.format.Headed != nil {
		u.takeHeader(record, text)
		return
	}
	if number <= u.skip.records {
		u.passSkipped(number)
		return
	}
	key, none := u.format.Find(text)
	if u.format.Hint != "" && records.LooksLikeJSON(text) {
		u.voice.say("%s", u.format.Hint)
		u.format.Hint = ""
	}
	if none != nil {
		u.takeKeyless(record, none, number, line)
		return
	}
	u.watch.key(key)
	if !u.take(u.building, record, key) {
		u.held = &held{record, key}
	}
}

func (u *stream) takeHeader(record, text []byte) {
	find, err := u.format.Headed(text)
	switch {
	case err != nil:
		u.end(&records.Refusal{Why: err.Error()})
	case u.skip.records == 0:
		u.format.Find = find
		u.building.add(record, header, u.chain.mark())
	default:
		u.format.Find = find
		u.passSkipped(1)
	}
}

// passSkipped checks, at the last record that is skipped, that those were the ones which are decided.
func (u *stream) passSkipped(number int64) {
	if mark := u.chain.mark(); number == u.skip.records && u.skip.mark != 0 && u.skip.mark != mark {
		u.end(&records.Refusal{Why: fmt.Sprintf("--skip %v: the first %d %ss are not those that were decided: want the same input and the same --run", &u.skip, number, u.format.Word)})
	}
}

func (u *stream) takeKeyless(record []byte, none *records.Absence, number, line int64) {
	if u.unmatched == fail {
		u.end(&recordError{fmt.Sprintf("%s has no key: %s", records.Where(u.format.Word, number, line), none.Why)})
		return
	}
	u.watch.without(none, number, line)
	u.building.add(record, withoutKey, u.chain.mark())
}
