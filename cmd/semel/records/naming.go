package records

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// Naming is how the flags name a key.
type Naming struct {
	Key, JSON, CSV, Delimiter string
	Header                    bool
}

// AddFlags adds the flags that name a key; header is what becomes of the first record where --header is given.
func (n *Naming) AddFlags(set *pflag.FlagSet, header string) {
	set.StringVar(&n.JSON, "json", "", "lines are JSON: the key is the field at this path, or at several: user.id,order")
	set.StringVar(&n.CSV, "csv", "", "records are CSV: the key is this column, or several, by number from 1 or by name")
	set.StringVar(&n.Key, "key", "", "the key is the field of this number from 1, or several: 1,3, or /a regular expression/")
	set.BoolVar(&n.Header, "header", false, header+"; --csv takes names from it")
	set.StringVar(&n.Delimiter, "delimiter", "", `what stands between fields (default: of --csv a comma, of --key any number of blanks and tabs)`)
}

// Given reports whether one of the flags was, and refuses one that is empty, as it is where a variable is unset.
func Given(set *pflag.FlagSet) (given bool, err error) {
	for _, name := range []string{"json", "csv", "key", "header", "delimiter"} {
		flag := set.Lookup(name)
		if flag.Changed && flag.Value.String() == "" {
			return true, fmt.Errorf("--%s is empty: is a variable unset? Leave the flag out if you mean none", name)
		}
		given = given || flag.Changed
	}
	return given, nil
}

// Format is how records are read.
type Format struct {
	Records Splitter
	Find    Finder
	Headed  func(header []byte) (Finder, error) // not nil: Find comes of the first record, which has no key
	Word    string                              // what a record is called
	Named   bool                                // a part of the record is the key
	Hint    string                              // to be said where records look like JSON; empty: nothing
}

// Format checks the flags.
func (n *Naming) Format() (*Format, error) {
	if err := n.oneOf(); err != nil {
		return nil, err
	}
	f := &Format{Records: &lines{}, Find: wholeText, Word: "line", Named: true}
	var err error
	switch {
	case n.CSV != "":
		f.Word = "record"
		f.Records, f.Find, f.Headed, err = n.columns()
	case n.Delimiter != "" && n.JSON != "":
		err = fmt.Errorf("--delimiter %q: it goes with the fields of --key and --csv", n.Delimiter)
	case n.Delimiter != "" && n.Key == "":
		err = fmt.Errorf("--delimiter %q: say which fields: --key 3, or --csv 3", n.Delimiter)
	case n.JSON != "":
		var paths []string
		if paths, err = listed("json", n.JSON); err == nil {
			f.Find, err = jsonPaths(paths)
		}
	case n.Key != "":
		f.Find, err = n.fieldsOrExpression()
		if !strings.HasPrefix(n.Key, "/") || strings.Contains(n.Key, `"`) {
			f.Hint = "the lines are JSON, and --key finds text, not fields, also in an object further in: name the field by --json"
		}
	default:
		f.Named = false
	}
	if err == nil && n.Header && f.Headed == nil {
		f.Headed = func([]byte) (Finder, error) { return f.Find, nil }
	}
	return f, err
}

func (n *Naming) columns() (Splitter, Finder, func([]byte) (Finder, error), error) {
	delimiter, err := csvDelimiter(n.Delimiter)
	if err != nil {
		return nil, nil, nil, err
	}
	records := &csvRecords{delimiter: delimiter, longest: LongestQuote}
	columns, err := listed("csv", n.CSV)
	if err != nil {
		return nil, nil, nil, err
	}
	if n.Header {
		return records, nil, headed(columns, delimiter), nil
	}
	numbers, ok := numbersOf(columns)
	if !ok {
		return nil, nil, nil, fmt.Errorf("--csv %s: %w", n.CSV, errNoHeader)
	}
	return records, csvColumns(numbers, columns, delimiter, math.MaxInt), nil, nil
}

func (n *Naming) fieldsOrExpression() (Finder, error) {
	if key := n.Key; len(key) > 2 && key[0] == '/' && key[len(key)-1] == '/' {
		if n.Delimiter != "" {
			return nil, fmt.Errorf("--delimiter %q: it goes with the numbers of fields, not with an expression", n.Delimiter)
		}
		pattern, err := regexp.Compile(key[1 : len(key)-1])
		if err != nil {
			return nil, fmt.Errorf("--key %s: %w", key, err)
		}
		return matched(pattern), nil
	}
	numbers, ok := numbersOf(strings.Split(n.Key, ","))
	if !ok {
		return nil, fmt.Errorf("--key %q: want a field's number from 1, several as 1,3, or /a regular expression/; for a field of JSON say --json, for a column of CSV --csv", n.Key)
	}
	switch delimiter := unescape(n.Delimiter); delimiter {
	case "":
		return fields(numbers, blankField), nil
	case ",", ";":
		return csvLine(csvColumns(numbers, strings.Split(n.Key, ","), delimiter[0], math.MaxInt)), nil
	default:
		return fields(numbers, delimitedField(delimiter)), nil
	}
}

var openLine = &Absence{Why: "a quote is left open at its end: --csv reads records of several lines", Broken: true}

// csvLine is for fields between commas or semicolons of one line: quotes are those of CSV there, but none goes on in the next line.
func csvLine(find Finder) Finder {
	return func(text []byte) ([]byte, *Absence) {
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
func (n *Naming) oneOf() error {
	ways := 0
	for _, way := range []string{n.Key, n.JSON, n.CSV} {
		if way != "" {
			ways++
		}
	}
	if ways > 1 {
		return errors.New("--key, --json and --csv each name the key: give one")
	}
	return nil
}
