package records

// Goal: one record after the other, each once, with its key and its place, however the input comes in. Method: one input
// in pieces of a byte and as a whole, against what is written down by hand.

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// told is what a reader gives of an input, and what it ends with.
func told(in io.Reader, n Naming) (all []string, err error) {
	format, err := n.Format()
	for reader := NewReader(in, "semel test", format); err == nil; {
		var r *Record
		if r, err = reader.Next(); err != nil {
			break
		}
		said := string(r.Key)
		if r.None != nil {
			said = "-" + r.None.Why
		}
		if r.Cut {
			said += " cut"
		}
		if r.Hint != "" {
			said += " hint"
		}
		all = append(all, fmt.Sprintf("%s: %s", Where(format.Word, r.Number, r.Line), said))
	}
	return all, err
}

func TestAReaderGivesEachRecordOnce(t *testing.T) {
	for _, row := range []struct {
		input string
		named Naming
		want  []string
	}{
		{"", Naming{}, nil},
		{"a\r\n\nb", Naming{}, []string{"line 1: a", "line 2: -it is empty", "line 3: b cut"}},
		{"{\"id\":1}\n{\"id\":2}\n", Naming{Key: "/\"id\":(.)/"}, []string{"line 1: 1 hint", "line 2: 2"}},
		{"id,t\n1,\"x\ny\"\n\"2\n", Naming{CSV: "id", Header: true}, []string{"record 2 (line 2): 1", "record 3 (line 4): -a quote is left open"}},
		{"h\na\n", Naming{Header: true}, []string{"line 2: a"}},
		{strings.Repeat("x", 3*readAtOnce) + " k\nl m\n", Naming{Key: "2"}, []string{"line 1: k", "line 2: m"}},
	} {
		for _, in := range []io.Reader{strings.NewReader(row.input), iotest.OneByteReader(strings.NewReader(row.input)), iotest.DataErrReader(strings.NewReader(row.input))} {
			got, err := told(in, row.named)
			require.ErrorIs(t, err, io.EOF)
			require.Equal(t, row.want, got)
		}
	}
}

// What stands in front of a fault may be the beginning of a longer record: it is none.
func TestAReaderGivesNoPartOfARecord(t *testing.T) {
	broken := errors.New("broken")
	got, err := told(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken)), Naming{})
	require.ErrorIs(t, err, broken)
	require.NotContains(t, got, "line 2: b cut")
	_, err = told(strings.NewReader("t\n1\n"), Naming{CSV: "id", Header: true})
	var refused *Refusal
	require.ErrorAs(t, err, &refused)
	_, err = told(endless{}, Naming{})
	require.ErrorContains(t, err, "the line behind 0 is longer than 64 MiB")
}

// endless is an input without a newline.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}
