package http

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/eventstreamcore/semel/dedup"
)

// JSON has one kind of number and many spellings of each: 1000, 1e3 and 1000.0 are one. Programs that have only
// doubles can't write all of ours: what may be above 2^53 is taken as a text of digits too, and told as one too.

// valueError says what was there and what is wanted; the field's name comes from the reader.
type valueError struct{ there, want string }

func (e *valueError) Error() string { return e.there + ": want " + e.want }

var wantSpan = fmt.Sprintf("whole milliseconds from 1 to %d", uint64(dedup.MaxMillis))

// span is a time in ms. What is left out is 0, and 0 is refused: "for ever" and "none" are said by leaving it out.
type span uint64

// UnmarshalJSONFrom takes whole numbers from 1, and null for what is left out.
func (s *span) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	n, there, err := readWhole(d, false, wantSpan)
	if err == nil && there && n == 0 {
		return &valueError{"0", wantSpan + ", or leave it out: no end, or no lease"}
	}
	*s = span(n)
	return err
}

// large is a number that may be above 2^53.
type large uint64

// UnmarshalJSONFrom takes whole numbers from 0, or their digits as a text, and null for what is left out.
func (l *large) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	n, _, err := readWhole(d, true, "a whole number from 0 to 18446744073709551615")
	*l = large(n)
	return err
}

// whole is a number that is below 2^53.
type whole uint64

// UnmarshalJSONFrom takes whole numbers from 0.
func (w *whole) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	n, _, err := readWhole(d, false, "a whole number from 0 to 18446744073709551615")
	*w = whole(n)
	return err
}

// readWhole reads a number; there is false at null.
func readWhole(d *jsontext.Decoder, asText bool, want string) (n uint64, there bool, err error) {
	value, err := d.ReadValue()
	if err != nil {
		return 0, false, err
	}
	text, kind := string(value), value.Kind()
	switch {
	case kind == 'n':
		return 0, false, nil
	case kind == '"' && asText && isDigits(strings.Trim(text, `"`)):
		n, err = strconv.ParseUint(strings.Trim(text, `"`), 10, 64)
	case kind == '0':
		n, err = parseWhole(text)
	default:
		err = errNotWhole
	}
	if err != nil {
		return 0, true, &valueError{fmt.Sprintf("%.80s", text), want}
	}
	return n, true, nil
}

func isDigits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

var errNotWhole = errors.New("no whole number")

// mostDigits is how many digits a number below 2^64 has at most.
const mostDigits = 20

// parseWhole reads a JSON number in any spelling, exactly. It never makes room for what an exponent announces.
func parseWhole(text string) (uint64, error) {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	power := 0
	if exponent != "" {
		var err error
		if power, err = strconv.Atoi(exponent); err != nil { // beyond any int
			return 0, errNotWhole
		}
	}
	before, behind, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(before+behind, "0")
	power -= len(behind)
	trimmed := strings.TrimRight(digits, "0")
	power += len(digits) - len(trimmed)
	switch {
	case trimmed == "" || trimmed == "-" || strings.Trim(trimmed, "-0") == "":
		return 0, zeroSign(text)
	case power < 0 || power > mostDigits || len(trimmed)+power > mostDigits:
		return 0, errNotWhole
	}
	return strconv.ParseUint(trimmed+strings.Repeat("0", power), 10, 64)
}

// zeroSign: -0 is a 0 that somebody has calculated; it is no number from 0 on.
func zeroSign(text string) error {
	if strings.HasPrefix(text, "-") {
		return errNotWhole
	}
	return nil
}
