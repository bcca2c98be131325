package records

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Refusal is an input or an output that a command does not take, and has done nothing for.
type Refusal struct{ Why string }

func (r *Refusal) Error() string { return r.Why }

// magic is how a format begins.
type magic struct {
	starts string
	at     int
	name   string
	advice string                             // where it ends in |, the command follows
	reader func(io.Reader) (io.Reader, error) // nil: refused
}

var magics = []magic{
	{starts: "\x1f\x8b\x08", name: "gzip", reader: func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
	{starts: "\x28\xb5\x2f\xfd", name: "zstd", reader: newZstd},
	{starts: "\xfd7zXZ\x00", name: "xz", advice: "xz -dc FILE |"},
	{starts: "1AY&SY", at: 4, name: "bzip2", advice: "bzip2 -dc FILE |"},
	{starts: "\x04\x22\x4d\x18", name: "lz4", advice: "lz4 -dc FILE |"},
	{starts: "\x1f\x9d", name: "compress (.Z)", advice: "zcat FILE |"},
	{starts: "LZIP\x01", name: "lzip", advice: "lzip -dc FILE |"},
	{starts: "\x5d\x00\x00", name: "lzma", advice: "xz -dc FILE |"},
	{starts: "\xff\x06\x00\x00sNaPpY", name: "snappy", advice: "unpack it first"},
	{starts: "7z\xbc\xaf\x27\x1c", name: "7z", advice: "7z x -so FILE |"},
	{starts: "PK\x03\x04", name: "zip", advice: "unzip -p FILE |"},
	{starts: "Rar!\x1a\x07", name: "rar", advice: "unpack it first"},
	{starts: "PAR1\x15", name: "Parquet", advice: "convert it to lines first"},
	{starts: "Obj\x01", name: "Avro", advice: "convert it to lines first"},
	{starts: "ustar", at: 257, name: "tar", advice: "tar -xOf FILE |"},
	{starts: "\xff\xfe\x00\x00", name: "UTF-32", advice: "iconv -f UTF-32 -t UTF-8 FILE |"},
	{starts: "\x00\x00\xfe\xff", name: "UTF-32", advice: "iconv -f UTF-32 -t UTF-8 FILE |"},
	{starts: "\xff\xfe", name: "UTF-16", advice: "iconv -f UTF-16 -t UTF-8 FILE |"},
	{starts: "\xfe\xff", name: "UTF-16", advice: "iconv -f UTF-16 -t UTF-8 FILE |"},
}

// newZstd takes windows of up to 128 MiB, as zstd itself does unless told otherwise.
func newZstd(r io.Reader) (io.Reader, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20))
}

// Input reads lines, also compressed ones. What is no lines is refused at the first Read, which waits for no more
// than it takes to tell.
type Input struct {
	From   io.Reader
	For    string // the command that reads it, for advice: semel uniq
	begun  bool
	unpack bool // it is unpacked already
}

func (i *Input) Read(b []byte) (int, error) {
	if !i.begun {
		i.begun = true
		if err := i.begin(); err != nil {
			return 0, err
		}
	}
	return i.From.Read(b)
}

func (i *Input) begin() error {
	head, err := readHead(i.From)
	rest := io.MultiReader(bytes.NewReader(head), i.From)
	if err != nil {
		rest = io.MultiReader(bytes.NewReader(head), failing{err})
	}
	i.From = rest
	found := recognise(head)
	switch {
	case found == nil:
		return nil
	case found.reader == nil:
		advice := found.advice
		if strings.HasSuffix(advice, "|") {
			advice += " " + i.For
		}
		return &Refusal{fmt.Sprintf("the input is %s, not lines: %s", found.name, advice)}
	case i.unpack:
		return &Refusal{fmt.Sprintf("the input is %s within a compressed file: unpack it first", found.name)}
	}
	unpacked, err := found.reader(rest)
	if err != nil {
		return fmt.Errorf("%s: %w", found.name, err)
	}
	i.From = named{&Input{From: unpacked, For: i.For, unpack: true}, found.name}
	return nil
}

// readHead reads until it is clear how the input begins. Its error is what reading ended with behind head.
func readHead(from io.Reader) (head []byte, err error) {
	buffer := make([]byte, 512)
	n := 0
	for n < len(buffer) && (n == 0 || undecided(buffer[:n])) {
		var read int
		read, err = from.Read(buffer[n:])
		if n += read; err != nil {
			break
		}
	}
	return buffer[:n], err
}

// undecided reports whether head may be the beginning of a format's beginning.
func undecided(head []byte) bool {
	for _, m := range magics {
		if m.at == 0 && len(head) < len(m.starts) && m.starts[:len(head)] == string(head) {
			return true
		}
	}
	return false
}

func recognise(head []byte) *magic {
	for i, m := range magics {
		if len(head) >= m.at && bytes.HasPrefix(head[m.at:], []byte(m.starts)) {
			return &magics[i]
		}
	}
	return nil
}

// failing is what is left of an input that broke.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// named says of what an error is.
type named struct {
	io.Reader
	name string
}

func (n named) Read(b []byte) (int, error) {
	read, err := n.Reader.Read(b)
	var refused *Refusal
	if err != nil && !errors.Is(err, io.EOF) && !errors.As(err, &refused) {
		err = fmt.Errorf("%s: %w", n.name, err)
	}
	return read, err
}
