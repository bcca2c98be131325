package explore

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ErrValue is returned where a text is not a value as TLC prints it, or not one of the
// shape that the specification's variables have.
var ErrValue = errors.New("not a value of the specification")

// kind tells the values of TLA+ apart, as far as the specification has them.
type kind uint8

const (
	number kind = iota + 1
	text
	boolean
	tuple    // <<a, b>>; also a function over 1..n
	set      // {a, b}
	record   // [name |-> a]
	function // (a :> b @@ c :> d)
)

// value is a value as TLC prints it.
type value struct {
	kind  kind
	n     uint64  // number; boolean: 0 or 1
	text  string  // text
	items []value // members, fields, or what a function maps to
	names []string
	keys  []value // function: what it maps
}

// scanner reads values from text. Quotes may be escaped, as they are in a value that TLC
// printed as a string.
type scanner struct {
	text string
	at   int
}

// parseValue reads the one value that the text holds.
func parseValue(text string) (value, error) {
	s := scanner{text: text}
	v, err := s.value()
	if err != nil {
		return v, err
	}
	if s.space(); s.at < len(text) {
		return v, s.expected("the end")
	}
	return v, nil
}

// splitTuple returns the texts of the items of a tuple, which it does not read. No string
// of the specification has a bracket or a comma.
func splitTuple(text string) ([]string, error) {
	inner, opened := strings.CutPrefix(text, "<<")
	inner, closed := strings.CutSuffix(inner, ">>")
	if !opened || !closed {
		return nil, fmt.Errorf("%w: expected a tuple at %.40q", ErrValue, text)
	}
	var items []string
	depth, from := 0, 0
	before := byte(' ')
	for k := range len(inner) {
		c := inner[k]
		switch c {
		case '[', '{', '(', '<':
			depth++
		case ']', '}', ')':
			depth--
		case '>':
			if before != '-' && before != ':' { // not of |-> and :>
				depth--
			}
		case ',':
			if depth == 0 {
				items = append(items, inner[from:k])
				from = k + 1
			}
		}
		before = c
	}
	return append(items, inner[from:]), nil
}

func (s *scanner) expected(what string) error {
	rest := s.text[s.at:]
	return fmt.Errorf("%w: expected %s at %.40q", ErrValue, what, rest)
}

func (s *scanner) space() {
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\n' || s.text[s.at] == '\t') {
		s.at++
	}
}

// take reads token, if it is next.
func (s *scanner) take(token string) bool {
	s.space()
	if len(s.text)-s.at < len(token) || s.text[s.at:s.at+len(token)] != token {
		return false
	}
	s.at += len(token)
	return true
}

func (s *scanner) value() (value, error) {
	switch {
	case s.take("<<"):
		return s.list(tuple, ">>")
	case s.take("{"):
		return s.list(set, "}")
	case s.take("["):
		return s.record()
	case s.take("("):
		return s.function()
	case s.take(`\"`), s.take(`"`):
		return s.string()
	case s.take("TRUE"):
		return value{kind: boolean, n: 1}, nil
	case s.take("FALSE"):
		return value{kind: boolean}, nil
	}
	return s.number()
}

// list reads values up to the closing token.
func (s *scanner) list(k kind, closing string) (value, error) {
	v := value{kind: k}
	if s.take(closing) {
		return v, nil
	}
	for {
		item, err := s.value()
		if err != nil {
			return v, err
		}
		v.items = append(v.items, item)
		if s.take(closing) {
			return v, nil
		}
		if !s.take(",") {
			return v, s.expected(`"," or "` + closing + `"`)
		}
	}
}

func (s *scanner) record() (value, error) {
	v := value{kind: record}
	for {
		name := s.word()
		if name == "" || !s.take("|->") {
			return v, s.expected("a field")
		}
		item, err := s.value()
		if err != nil {
			return v, err
		}
		v.names, v.items = append(v.names, name), append(v.items, item)
		if s.take("]") {
			return v, nil
		}
		if !s.take(",") {
			return v, s.expected(`"," or "]"`)
		}
	}
}

func (s *scanner) function() (value, error) {
	v := value{kind: function}
	for {
		key, err := s.value()
		if err != nil {
			return v, err
		}
		if !s.take(":>") {
			return v, s.expected(`":>"`)
		}
		item, err := s.value()
		if err != nil {
			return v, err
		}
		v.keys, v.items = append(v.keys, key), append(v.items, item)
		if s.take(")") {
			return v, nil
		}
		if !s.take("@@") {
			return v, s.expected(`"@@" or ")"`)
		}
	}
}

func (s *scanner) string() (value, error) {
	v := value{kind: text, text: s.word()}
	if !s.take(`\"`) && !s.take(`"`) {
		return v, s.expected("a quotation mark")
	}
	return v, nil
}

// word reads letters and digits.
func (s *scanner) word() string {
	s.space()
	from := s.at
	for s.at < len(s.text) && isWord(s.text[s.at]) {
		s.at++
	}
	return s.text[from:s.at]
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

func (s *scanner) number() (value, error) {
	from := s.at
	n, err := strconv.ParseUint(s.word(), 10, 64)
	if err != nil {
		s.at = from
		return value{}, s.expected("a value")
	}
	return value{kind: number, n: n}, nil
}

// sorted returns the same value with sets and the fields of records in one order: TLC prints
// them in the order of its own.
func (v value) sorted() value {
	s := v
	s.items, s.names, s.keys = nil, nil, nil
	order := make([]int, len(v.items))
	texts := make([]string, len(v.items))
	for k, item := range v.items {
		order[k] = k
		s.items = append(s.items, item.sorted())
		texts[k] = s.items[k].String()
		switch v.kind {
		case record:
			texts[k] = v.names[k]
		case function:
			texts[k] = v.keys[k].String()
		}
	}
	if v.kind != tuple {
		slices.SortFunc(order, func(a, b int) int { return strings.Compare(texts[a], texts[b]) })
	}
	items := s.items
	s.items = nil
	for _, k := range order {
		s.items = append(s.items, items[k])
		switch v.kind {
		case record:
			s.names = append(s.names, v.names[k])
		case function:
			s.keys = append(s.keys, v.keys[k])
		}
	}
	return s
}

// String writes the value in TLA+.
func (v value) String() string {
	open, separator, closing := "<<", ", ", ">>"
	switch v.kind {
	case number:
		return strconv.FormatUint(v.n, 10)
	case text:
		return strconv.Quote(v.text)
	case boolean:
		return map[uint64]string{0: "FALSE", 1: "TRUE"}[v.n]
	case set:
		open, closing = "{", "}"
	case record:
		open, closing = "[", "]"
	case function:
		open, separator, closing = "(", " @@ ", ")"
	}
	out := open
	for k, item := range v.items {
		if k > 0 {
			out += separator
		}
		switch v.kind {
		case record:
			out += v.names[k] + " |-> "
		case function:
			out += v.keys[k].String() + " :> "
		}
		out += item.String()
	}
	return out + closing
}
