package records

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"

	cluster "github.com/eventstreamcore/semel/dedup/client"
)

// Finder takes the key out of a record's text; an absence says why there is none. The key stands until the next call.
type Finder func(text []byte) (key []byte, none *Absence)

// Absence is why a record has no key.
type Absence struct {
	Why    string
	Broken bool // the record is none of its format, so its end is a guess: each is reported
}

// part is a value that a key is made of.
type part struct {
	kind kind
	text []byte
}

// kind is the type of a part. It is claimed with it: the number 1 is not the text "1".
type kind byte

const (
	kindText   kind = 's'
	kindNumber kind = 'n' // as it was written: 1, 1.0 and 1e0 are three keys
	kindTrue   kind = 't'
	kindFalse  kind = 'f'
	kindAbsent kind = '-' // a group of an expression that took no part
)

// What stands in front of a key that is not a text as it was found. No such text is claimed as it is, so no key can be
// taken for one of another kind.
const (
	ours       = '\xff'
	hashed     = "\xffsha256:"
	joined     = "\xffparts:"
	joinedLong = "\xffparts-sha256:"
)

// keyOfText returns what is claimed for a text: itself, or its hash if it is too long.
func keyOfText(text []byte) []byte {
	if len(text) <= cluster.MaxKeyBytes && text[0] != ours {
		return text
	}
	sum := sha256.Sum256(text)
	return append([]byte(hashed), sum[:]...)
}

// joiner makes one key of several parts. Two lists of parts have the same key only if they are the same: each part
// stands with its kind and its length.
type joiner struct{ buffer []byte }

func (j *joiner) key(parts ...part) []byte {
	if len(parts) == 1 && parts[0].kind == kindText {
		return keyOfText(parts[0].text)
	}
	b := append(j.buffer[:0], joined...)
	for _, p := range parts {
		b = append(b, byte(p.kind))
		if p.kind == kindText || p.kind == kindNumber {
			b = binary.AppendUvarint(b, uint64(len(p.text)))
			b = append(b, p.text...)
		}
	}
	if j.buffer = b; len(b) <= cluster.MaxKeyBytes {
		return b
	}
	sum := sha256.Sum256(b)
	return append([]byte(joinedLong), sum[:]...)
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// TextOf returns a record without its end and without a byte order mark, which also stands within a stream where files were joined.
func TextOf(record []byte) []byte {
	record = bytes.TrimSuffix(record, []byte("\n"))
	record = bytes.TrimSuffix(record, []byte("\r"))
	return bytes.TrimPrefix(record, byteOrderMark)
}

var emptyRecord = &Absence{Why: "it is empty"}

// blank reports whether a text says nothing: such a field is one that was left out.
func blank(text []byte) bool { return len(bytes.TrimSpace(text)) == 0 }

// wholeText is the finder where no key is named.
func wholeText(text []byte) ([]byte, *Absence) {
	if blank(text) {
		return nil, emptyRecord
	}
	return keyOfText(text), nil
}
