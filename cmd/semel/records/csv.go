package records

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// CSV as RFC 4180 has it: a field may stand in quotes, and then holds delimiters, newlines and, doubled, quotes. What breaks
// these rules is a record without a key, since nobody can say where its fields end: a quote within a field that has none
// around it, or anything between a closing quote and the next delimiter.

var (
	openQuote  = &Absence{Why: "a quote is left open", Broken: true}
	strayQuote = &Absence{Why: "a quote stands within a field that does not begin with one", Broken: true}
	afterQuote = &Absence{Why: "something stands between a closing quote and the next delimiter", Broken: true}
	tooMany    = &Absence{Why: "it has more fields than the header: is there a delimiter in a field without quotes?"}
)

// csvField is a field as it stands in the text.
type csvField struct {
	text   []byte // without the quotes around it
	quoted bool
}

// value returns what the field says.
func (f csvField) value() []byte {
	if !f.quoted || !bytes.ContainsAny(f.text, "\"\r") {
		return f.text
	}
	var value []byte
	for i := 0; i < len(f.text); i++ {
		switch {
		case f.text[i] == '"':
			i++ // the second of two
		case f.text[i] == '\r' && i+1 < len(f.text) && f.text[i+1] == '\n':
			continue // a newline is LF, whoever wrote the file
		}
		value = append(value, f.text[i])
	}
	return value
}

// splitCSV appends the fields of a record's text to fields.
func splitCSV(fields []csvField, text []byte, delimiter byte) ([]csvField, *Absence) {
	for {
		if len(text) == 0 || text[0] != '"' {
			end := bytes.IndexByte(text, delimiter)
			field := text
			if end >= 0 {
				field = text[:end]
			}
			if bytes.IndexByte(field, '"') >= 0 {
				return fields, strayQuote
			}
			if fields = append(fields, csvField{text: field}); end < 0 {
				return fields, nil
			}
			text = text[end+1:]
			continue
		}
		end := closingQuote(text)
		if end < 0 {
			return fields, openQuote
		}
		fields = append(fields, csvField{text[1:end], true})
		switch text = text[end+1:]; {
		case len(text) == 0:
			return fields, nil
		case text[0] != delimiter:
			return fields, afterQuote
		}
		text = text[1:]
	}
}

// closingQuote returns where the field that begins with a quote ends, or -1.
func closingQuote(text []byte) int {
	for at := 1; ; {
		found := bytes.IndexByte(text[at:], '"')
		switch end := at + found; {
		case found < 0:
			return -1
		case end+1 < len(text) && text[end+1] == '"':
			at = end + 2
		default:
			return end
		}
	}
}

// csvColumns makes one key of columns, numbered from 1 and named so in what is said. All must be there, and none empty.
// A record of more than most fields has none: which of its delimiters stands within a field, nobody can say.
func csvColumns(numbers []int, names []string, delimiter byte, most int) Finder {
	var missing, empty []*Absence
	for _, name := range names {
		missing = append(missing, &Absence{Why: "it has no column " + name})
		empty = append(empty, &Absence{Why: "column " + name + " is empty"})
	}
	var (
		join   joiner
		fields []csvField
		parts  = make([]part, len(numbers))
		broken *Absence
	)
	return func(text []byte) ([]byte, *Absence) {
		if fields, broken = splitCSV(fields[:0], text, delimiter); broken != nil {
			return nil, broken
		}
		if len(fields) > most {
			return nil, tooMany
		}
		for i, n := range numbers {
			if n > len(fields) {
				return nil, missing[i]
			}
			value := fields[n-1].value()
			if blank(value) {
				return nil, empty[i]
			}
			parts[i] = part{kindText, value}
		}
		return join.key(parts...), nil
	}
}

// headed returns the finder for columns of which some have names, once the header is there.
func headed(columns []string, delimiter byte) func(header []byte) (Finder, error) {
	return func(header []byte) (Finder, error) {
		fields, broken := splitCSV(nil, header, delimiter)
		if broken != nil {
			return nil, fmt.Errorf("--header: the first record is no CSV: %s", broken.Why)
		}
		var names []string
		for _, f := range fields {
			names = append(names, string(f.value()))
		}
		var numbers []int
		for _, column := range columns {
			n, err := columnNumber(column, names)
			if err != nil {
				return nil, err
			}
			numbers = append(numbers, n)
		}
		return csvColumns(numbers, quoted(columns), delimiter, len(names)), nil
	}
}

// columnNumber finds a column by its number, or else by its name.
func columnNumber(column string, names []string) (int, error) {
	if n, err := strconv.Atoi(column); err == nil && n >= 1 {
		if n > len(names) {
			return 0, fmt.Errorf("--csv %d: the header has %d columns: %s", n, len(names), strings.Join(quoted(names), ", "))
		}
		return n, nil
	}
	at := slices.Index(names, column)
	switch {
	case at < 0:
		return 0, fmt.Errorf("--csv %q: no such column, the header has %s", column, strings.Join(quoted(names), ", "))
	case slices.Contains(names[at+1:], column):
		return 0, fmt.Errorf("--csv %q: two columns have this name: give the number of the one that is meant", column)
	}
	return at + 1, nil
}

func quoted(words []string) []string {
	var all []string
	for _, w := range words {
		all = append(all, strconv.Quote(w))
	}
	return all
}

// csvDelimiter reads --delimiter for CSV.
func csvDelimiter(delimiter string) (byte, error) {
	delimiter = unescape(delimiter)
	switch {
	case delimiter == "":
		return ',', nil
	case len(delimiter) != 1 || strings.Contains("\"\r\n", delimiter) || delimiter[0] >= 0x80:
		return 0, fmt.Errorf("--delimiter %q: CSV wants one ASCII character that is no quote", delimiter)
	}
	return delimiter[0], nil
}

// listed reads a flag's list: words between commas, one that holds a comma itself in quotes.
func listed(flag, list string) ([]string, error) {
	fields, broken := splitCSV(nil, []byte(list), ',')
	if broken != nil {
		return nil, fmt.Errorf("--%s %s: %s", flag, list, broken.Why)
	}
	var words []string
	for _, f := range fields {
		words = append(words, string(f.value()))
	}
	if slices.Contains(words, "") {
		return nil, fmt.Errorf("--%s %q: an empty word: is a variable unset?", flag, list)
	}
	return words, nil
}

var errNoHeader = errors.New("a column's name is known from the header alone: add --header, or give the column's number")
