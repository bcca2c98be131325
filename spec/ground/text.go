package ground

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// String writes v as TLA+ has it, in one line.
func (v Value) String() string {
	var b strings.Builder
	write(&b, v)
	return b.String()
}

func write(b *strings.Builder, v Value) {
	switch v.Kind() {
	case 0:
		b.WriteString("nothing")
	case Boolean:
		b.WriteString(strings.ToUpper(strconv.FormatBool(v.n == 1)))
	case Integer:
		b.WriteString(strconv.FormatInt(v.n, 10))
	case String:
		b.WriteString(strconv.Quote(v.o.shape.text))
	case ModelValue:
		b.WriteString(v.o.shape.text)
	case Set:
		writeItems(b, v, "{", "}", func(int) string { return "" })
	case Sequence:
		writeItems(b, v, "<<", ">>", func(int) string { return "" })
	case Record:
		writeItems(b, v, "[", "]", func(k int) string { return v.o.shape.names[k].shape.text + " |-> " })
	case Function:
		for k, key := range v.o.shape.keys {
			b.WriteString([]string{"(", " @@ "}[min(k, 1)])
			write(b, key)
			b.WriteString(" :> ")
			write(b, v.o.items[k])
		}
		b.WriteString(")")
	}
}

func writeItems(b *strings.Builder, v Value, open, end string, head func(int) string) {
	b.WriteString(open)
	for k, item := range v.items() {
		if k > 0 {
			b.WriteString(", ")
		}
		b.WriteString(head(k))
		write(b, item)
	}
	b.WriteString(end)
}

// ErrValue is returned for a text that is no value.
var ErrValue = errors.New("not a value as TLC prints it")

// ParseValue reads a value as TLC prints it, or as a .cfg has it: a word alone is a model value.
func ParseValue(text string) (Value, error) {
	s := scanner{text: text}
	v := s.value()
	if s.space(); s.at < len(text) {
		s.expected("the end")
	}
	return v, s.err
}

// scanner reads values; after the first fault it reads nothing more.
type scanner struct {
	text string
	at   int
	err  error
}

func (s *scanner) expected(what string) {
	if s.err == nil {
		s.err = fmt.Errorf("%w: expected %s at %.40q", ErrValue, what, s.text[s.at:])
	}
	s.at = len(s.text)
}

func (s *scanner) space() {
	for s.at < len(s.text) && strings.IndexByte(" \n\t\r", s.text[s.at]) >= 0 {
		s.at++
	}
}

func (s *scanner) take(token string) bool {
	s.space()
	if !strings.HasPrefix(s.text[s.at:], token) {
		return false
	}
	s.at += len(token)
	return true
}

func (s *scanner) want(token string) {
	if !s.take(token) {
		s.expected(token)
	}
}

func (s *scanner) value() Value {
	switch {
	case s.take("<<"):
		return Seq(s.list(">>")...)
	case s.take("{"):
		return SetOf(s.list("}")...)
	case s.take("["):
		return s.record()
	case s.take("("):
		return s.function()
	case s.take(`"`):
		return s.quoted()
	}
	return s.word()
}

func (s *scanner) list(end string) []Value {
	var items []Value
	for !s.take(end) && s.err == nil {
		if len(items) > 0 {
			s.want(",")
		}
		items = append(items, s.value())
	}
	return items
}

func (s *scanner) record() Value {
	var fields []Pair
	for !s.take("]") && s.err == nil {
		if len(fields) > 0 {
			s.want(",")
		}
		s.space()
		name := s.letters()
		s.want("|->")
		fields = append(fields, Pair{name, s.value()})
	}
	return RecordOf(fields...)
}

func (s *scanner) function() Value {
	var keys, values []Value
	for !s.take(")") && s.err == nil {
		if len(keys) > 0 {
			s.want("@@")
		}
		keys = append(keys, s.value())
		s.want(":>")
		values = append(values, s.value())
	}
	return FunctionOf(keys, values)
}

func (s *scanner) quoted() Value {
	end := strings.IndexByte(s.text[s.at:], '"')
	if end < 0 {
		s.expected(`a closing "`)
		return Value{}
	}
	text := s.text[s.at : s.at+end]
	s.at += end + 1
	return Text(text)
}

// letters reads a word.
func (s *scanner) letters() string {
	from := s.at
	for s.at < len(s.text) && isLetter(s.text[s.at]) {
		s.at++
	}
	if from == s.at {
		s.expected("a word")
	}
	return s.text[from:s.at]
}

func isLetter(c byte) bool {
	return c == '_' || c == '-' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

func (s *scanner) word() Value {
	s.space()
	switch text := s.letters(); text {
	case "TRUE", "FALSE":
		return Bool(text == "TRUE")
	default:
		n, err := strconv.Atoi(text)
		if err != nil {
			return Model(text)
		}
		if s.take("..") {
			high := s.word()
			if high.Kind() != Integer {
				s.expected("an integer")
				return Value{}
			}
			return interval(int64(n), high.n)
		}
		return Int(n)
	}
}
