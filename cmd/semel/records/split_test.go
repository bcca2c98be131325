package records

// Goal: records of CSV end where RFC 4180 ends them, and where its rules are broken no line is taken along. Method: what
// encoding/csv reads of valid input, properties over drawn bytes, and a table of quotes that stray.

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// split returns the records of an input that comes in pieces of so many bytes.
func split(s Splitter, input string, piece int) (records []string) {
	from := 0
	for have := 0; from < len(input); {
		have = min(have+piece, len(input))
		for from < have {
			end := s.Next([]byte(input[from:have]), have == len(input))
			if end == 0 {
				break
			}
			records = append(records, input[from:from+end])
			from += end
		}
	}
	return records
}

// fieldsOf returns what the fields of a record say; false: it breaks the rules.
func fieldsOf(record string, delimiter byte) ([]string, bool) {
	fields, broken := splitCSV(nil, TextOf([]byte(record)), delimiter)
	var all []string
	for _, f := range fields {
		all = append(all, string(f.value()))
	}
	return all, broken == nil
}

// read returns the records as encoding/csv reads them, which leaves out empty lines; false: it does not.
func read(input string, delimiter byte) ([][]string, bool) {
	r := csv.NewReader(strings.NewReader(input))
	r.Comma, r.FieldsPerRecord = rune(delimiter), -1
	all, err := r.ReadAll()
	return all, err == nil
}

// readAlike reports whether an input that encoding/csv reads is read the same here.
func readAlike(s Splitter, input string, piece int, delimiter byte) bool {
	want, valid := read(input, delimiter)
	if !valid {
		return true
	}
	for _, record := range split(s, input, piece) {
		if len(TextOf([]byte(record))) == 0 {
			continue
		}
		got, ok := fieldsOf(record, delimiter)
		if !ok || len(want) == 0 || strings.Join(got, "\x00") != strings.Join(want[0], "\x00") || len(got) != len(want[0]) {
			return false
		}
		want = want[1:]
	}
	return len(want) == 0
}

var csvBytes = rapid.Custom(func(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", ",", ",", "\"", "\"", "\"\"", "\n", "\r\n", "\r", ";", "é", " "}), 0, 30).Draw(t, "bytes"), "")
})

// csvFile is written by encoding/csv, by its rules or with all in quotes.
var csvFile = rapid.Custom(func(t *rapid.T) string {
	field := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", ",", "\"", "\n", "\r\n", "é", " "}), 0, 4).Draw(t, "field"), "")
	})
	rows := rapid.SliceOfN(rapid.SliceOfN(field, 1, 4), 0, 6).Draw(t, "rows")
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	w.UseCRLF = rapid.Bool().Draw(t, "CRLF")
	_ = w.WriteAll(rows)
	text := file.String()
	if rapid.Bool().Draw(t, "cut") {
		text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	}
	return text
})

func TestCSVIsReadAsTheLibraryReadsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		input := rapid.OneOf(csvFile, csvBytes).Draw(t, "input")
		piece := rapid.IntRange(1, 20).Draw(t, "piece")
		require.True(t, readAlike(&csvRecords{delimiter: ',', longest: 1000}, input, piece, ','), "%q: %q", input, split(&csvRecords{delimiter: ',', longest: 1000}, input, piece))
	})
}

// spoiled is a Splitter that is wrong.
type spoiled func(data []byte, over bool) int

func (s spoiled) Next(data []byte, over bool) int { return s(data, over) }

func TestSplittersThatAreWrongWouldBeSeen(t *testing.T) {
	whole := func(c csvRecords, data []byte, over bool) int { c.longest = 1000; return c.Next(data, over) }
	for name, wrong := range map[string]spoiled{
		"lines":             func(data []byte, over bool) int { return (&lines{}).Next(data, over) },
		"another delimiter": func(data []byte, over bool) int { return whole(csvRecords{delimiter: ';'}, data, over) },
		"a quote counts anywhere": func(data []byte, over bool) int {
			quotes := 0
			for i, b := range data {
				if b == '"' {
					quotes++
				}
				if b == '\n' && quotes%2 == 0 || over && i == len(data)-1 {
					return i + 1
				}
				if b == '\r' && quotes > 0 {
					return i + 1
				}
			}
			return 0
		},
	} {
		seen := false
		for seed := 0; seed < 3000 && !seen; seed++ {
			seen = !readAlike(wrong, csvFile.Example(seed), 1000, ',')
		}
		require.True(t, seen, name)
	}
}

// Nothing of the input is lost, and how it is cut into pieces changes nothing.
func TestRecordsAreAllOfTheInput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		input := csvBytes.Draw(t, "input")
		longest := rapid.IntRange(1, 20).Draw(t, "longest")
		records := split(&csvRecords{delimiter: ',', longest: longest}, input, 1000)
		require.Equal(t, input, strings.Join(records, ""))
		for _, piece := range []int{1, 2, 7} {
			require.Equal(t, records, split(&csvRecords{delimiter: ',', longest: longest}, input, piece))
		}
		for _, record := range records {
			inner := strings.TrimSuffix(record, "\n")
			if _, valid := fieldsOf(record, ','); strings.Contains(inner, "\n") {
				require.True(t, valid, "%q: a record of several lines keeps the rules", record)
			}
		}
	})
}

func TestAQuoteThatStraysTakesNoLineAlong(t *testing.T) {
	far := strings.Repeat("x", 30) + "\n"
	for input, want := range map[string][]string{
		"a,\"b\nc\n\"d\n\"e\"\n":              {"a,\"b\n", "c\n", "\"d\n", "\"e\"\n"},
		"1,\"open\n2,b\n3,c\n":                {"1,\"open\n", "2,b\n", "3,c\n"},
		"1,\"open\n2,b\n" + far + "3,\"c\"\n": {"1,\"open\n", "2,b\n", far, "3,\"c\"\n"},
		"1,\"a\nb\"\n2,b\n":                   {"1,\"a\nb\"\n", "2,b\n"},
		"1,5\" pipe\n2,6\" pipe\n":            {"1,5\" pipe\n", "2,6\" pipe\n"},
		"\"a\nb\"c\nd\n":                      {"\"a\n", "b\"c\n", "d\n"},
		"\"a":                                 {"\"a"},
		"\"a\nb":                              {"\"a\n", "b"},
		"\"a\n\nb\"\n":                        {"\"a\n\nb\"\n"},
		"\xef\xbb\xbf\"a\nb\"\n":              {"\xef\xbb\xbf\"a\nb\"\n"},
		"\"" + far + "b\"\n":                  {"\"" + far, "b\"\n"}, // longer than is looked for
	} {
		require.Equal(t, want, split(&csvRecords{delimiter: ',', longest: 20}, input, 1000), "%q", input)
	}
}
