package http

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const deepest = 4 // objects and arrays within one another: a checkpoint has three

// decode reads one JSON object and refuses what encoding/json would bend: bytes
// that are no UTF-8 and halves of surrogate pairs, which it would replace, so
// that two keys became one; names twice or in capitals, of which it would take the
// last. The error is a *problem.
func decode(body []byte, into any) error {
	if !utf8.Valid(body) {
		return malformed("the body is not valid UTF-8: put bytes that are no text into the field with 64 behind its name, in base64")
	}
	if !surrogatesArePaired(body) {
		return malformed("the body has half a surrogate pair: write both halves, or the character itself")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if err := checkNames(d, 0); err != nil {
		return problemOfJSON(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return malformed("something follows the object: send one object")
	}
	d = json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return problemOfJSON(err)
	}
	return nil
}

func problemOfJSON(err error) *problem {
	var known *problem
	if errors.As(err, &known) {
		return known
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return malformed("the body ends too early: send a whole object")
	}
	return malformed("%s", strings.TrimPrefix(err.Error(), "json: "))
}

// checkNames walks over one value, at most deepest levels down.
func checkNames(d *json.Decoder, depth int) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	opened, isDelim := token.(json.Delim)
	if depth == 0 && opened != '{' {
		return malformed("the body is not an object: send one")
	}
	if !isDelim {
		return nil
	}
	if depth == deepest {
		return malformed("objects stand more than %d deep", deepest)
	}
	seen := map[string]bool{}
	for d.More() {
		if opened == '{' {
			if err := checkName(d, seen); err != nil {
				return err
			}
		}
		if err := checkNames(d, depth+1); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

func checkName(d *json.Decoder, seen map[string]bool) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	name, _ := token.(string)
	if name != strings.ToLower(name) {
		return malformed("unknown field %q: names are in lower case", name)
	}
	if seen[name] {
		return malformed("field %q stands twice", name)
	}
	seen[name] = true
	return nil
}

// surrogatesArePaired reports whether each \uD8xx is followed by its \uDCxx. In
// valid JSON a backslash stands in strings only.
func surrogatesArePaired(body []byte) bool {
	for at := 0; at < len(body); at++ {
		if body[at] != '\\' {
			continue
		}
		r, ok := escaped(body[at:])
		if !ok || !utf16.IsSurrogate(r) {
			at++ // the character behind the backslash
			continue
		}
		low, ok := escaped(body[at+6:])
		if !ok || utf16.DecodeRune(r, low) == utf8.RuneError {
			return false
		}
		at += 11
	}
	return true
}

// escaped reads the \uXXXX that text begins with.
func escaped(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(n), err == nil
}
