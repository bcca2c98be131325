package uniq

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// naming is how the flags name a key.
type naming struct {
	key, json, csv, delimiter string
	header                    bool
}

// format is how records are read.
type format struct {
	records splitter
	find    finder
	headed  func(header []byte) (finder, error) // not nil: find comes of the first record
	word    string                              // what a record is called
	named   bool                                // a part of the record is the key
	hint    string                              // said where records look like JSON
}

// format checks the flags.
func (n *naming) format() (*format, error) {
	f := &format{records: &lines{}, find: wholeText, word: "line", named: true}
	var err error
	switch {
	case n.csv != "":
		f.word = "record"
		f.records, f.find, f.headed, err = n.columns()
	case n.delimiter != "" && n.json != "":
		err = fmt.Errorf("--delimiter %q: it goes with the fields of --key and --csv", n.delimiter)
	case n.delimiter != "" && n.key == "":
		err = fmt.Errorf("--delimiter %q: say which fields: --key 3, or --csv 3", n.delimiter)
	case n.json != "":
		var paths []string
		if paths, err = listed("json", n.json); err == nil {
			f.find, err = jsonPaths(paths)
		}
	case n.key != "":
		f.find, err = n.fieldsOrExpression()
		if !strings.HasPrefix(n.key, "/") || strings.Contains(n.key, `"`) {
			f.hint = "the lines are JSON, and --key finds text, not fields, also in an object further in: name the field by --json"
		}
	default:
		f.named = false
	}
	if err == nil && n.header && f.headed == nil {
		f.headed = func([]byte) (finder, error) { return f.find, nil }
	}
	return f, err
}

func (n *naming) columns() (splitter, finder, func([]byte) (finder, error), error) {
	delimiter, err := csvDelimiter(n.delimiter)
	if err != nil {
		return nil, nil, nil, err
	}
	records := &csvRecords{delimiter: delimiter, longest: longestQuote}
	columns, err := listed("csv", n.csv)
	if err != nil {
		return nil, nil, nil, err
	}
	if n.header {
		return records, nil, headed(columns, delimiter), nil
	}
	numbers, ok := numbersOf(columns)
	if !ok {
		return nil, nil, nil, fmt.Errorf("--csv %s: %w", n.csv, errNoHeader)
	}
	return records, csvColumns(numbers, columns, delimiter, math.MaxInt), nil, nil
}

func (n *naming) fieldsOrExpression() (finder, error) {
	if key := n.key; len(key) > 2 && key[0] == '/' && key[len(key)-1] == '/' {
		if n.delimiter != "" {
			return nil, fmt.Errorf("--delimiter %q: it goes with the numbers of fields, not with an expression", n.delimiter)
		}
		pattern, err := regexp.Compile(key[1 : len(key)-1])
		if err != nil {
			return nil, fmt.Errorf("--key %s: %w", key, err)
		}
		return matched(pattern), nil
	}
	numbers, ok := numbersOf(strings.Split(n.key, ","))
	if !ok {
		return nil, fmt.Errorf("--key %q: want a field's number from 1, several as 1,3, or /a regular expression/; for a field of JSON say --json, for a column of CSV --csv", n.key)
	}
	switch delimiter := unescape(n.delimiter); delimiter {
	case "":
		return fields(numbers, blankField), nil
	case ",", ";":
		return csvLine(csvColumns(numbers, strings.Split(n.key, ","), delimiter[0], math.MaxInt)), nil
	default:
		return fields(numbers, delimitedField(delimiter)), nil
	}
}

var openLine = &absence{why: "a quote is left open at its end: --csv reads records of several lines", broken: true}

// csvLine is for fields between commas or semicolons of one line: quotes are those of CSV there, but none goes on in the next line.
func csvLine(find finder) finder {
	return func(text []byte) ([]byte, *absence) {
		key, none := find(text)
		if none == openQuote {
			none = openLine
		}
		return key, none
	}
}

func numbersOf(words []string) ([]int, bool) {
	var numbers []int
	for _, w := range words {
		n, err := strconv.Atoi(w)
		if err != nil || n < 1 || n > mostFields {
			return nil, false
		}
		numbers = append(numbers, n)
	}
	return numbers, true
}

// mostFields is far more than a record has.
const mostFields = 1 << 20

// oneOf checks that the key is named in one way.
func (n *naming) oneOf() error {
	ways := 0
	for _, way := range []string{n.key, n.json, n.csv} {
		if way != "" {
			ways++
		}
	}
	if ways > 1 {
		return errors.New("--key, --json and --csv each name the key: give one")
	}
	return nil
}
