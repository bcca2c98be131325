package http

import (
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads JSON off the front of a text that is valid UTF-8. What it takes is what
// encoding/json would take for the same; where it reports false it may not be JSON,
// or JSON that it does not know.
type scanner struct {
	text      []byte
	unescaped []byte // strings that had escapes; only appended to
}

func (s *scanner) space() {
	i := 0
	for i < len(s.text) && (s.text[i] == ' ' || s.text[i] == '\n' || s.text[i] == '\t' || s.text[i] == '\r') {
		i++
	}
	s.text = s.text[i:]
}

func (s *scanner) atEnd() bool {
	s.space()
	return len(s.text) == 0
}

// takes reads one mark, with the space in front of it.
func (s *scanner) takes(mark byte) bool {
	s.space()
	if len(s.text) == 0 || s.text[0] != mark {
		return false
	}
	s.text = s.text[1:]
	return true
}

// name reads the name of a field and its colon; "" if there is none, or one with an
// escape.
func (s *scanner) name() string {
	if !s.takes('"') {
		return ""
	}
	for i, b := range s.text {
		switch {
		case b == '"':
			name := s.text[:i]
			if s.text = s.text[i+1:]; !s.takes(':') {
				return ""
			}
			return known[string(name)]
		case b == '\\' || b < ' ':
			return ""
		}
	}
	return ""
}

// known keeps names from being copied.
var known = map[string]string{
	"claims": "claims", "key": "key", "key64": "key64", "owner": "owner", "namespace": "namespace",
	"fingerprint": "fingerprint", "call": "call", "ttl_ms": "ttl_ms", "lease_ms": "lease_ms",
}

// number reads a whole number of up to 19 digits. A fraction or an exponent is left
// standing, for whoever reads on to stumble over.
func (s *scanner) number() (n uint64, ok bool) {
	s.space()
	digits := 0
	for ; digits < len(s.text) && digits < 19 && s.text[digits]-'0' <= 9; digits++ {
		n = 10*n + uint64(s.text[digits]-'0')
	}
	if digits == 0 || digits > 1 && s.text[0] == '0' {
		return 0, false
	}
	s.text = s.text[digits:]
	return n, true
}

// string reads a string. The result is part of the text or of unescaped; never nil.
func (s *scanner) string() ([]byte, bool) {
	if !s.takes('"') {
		return nil, false
	}
	for i, b := range s.text {
		switch {
		case b == '"':
			text := s.text[:i:i]
			s.text = s.text[i+1:]
			return text, true
		case b == '\\':
			return s.stringFrom(i)
		case b < ' ':
			return nil, false
		}
	}
	return nil, false
}

// stringFrom reads on at the first escape.
func (s *scanner) stringFrom(i int) ([]byte, bool) {
	from := len(s.unescaped)
	s.unescaped = append(s.unescaped, s.text[:i]...)
	s.text = s.text[i:]
	for len(s.text) > 0 {
		switch b := s.text[0]; {
		case b == '"':
			s.text = s.text[1:]
			return s.unescaped[from:len(s.unescaped):len(s.unescaped)], true
		case b == '\\':
			if !s.escape() {
				return nil, false
			}
		case b < ' ':
			return nil, false
		default:
			s.unescaped = append(s.unescaped, b)
			s.text = s.text[1:]
		}
	}
	return nil, false
}

// escapes are what stands for a byte behind a backslash.
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape reads one escape, but no surrogates.
func (s *scanner) escape() bool {
	if len(s.text) < 2 {
		return false
	}
	if b := escapes[s.text[1]]; b != 0 {
		s.unescaped = append(s.unescaped, b)
		s.text = s.text[2:]
		return true
	}
	r, ok := escaped(s.text)
	if !ok || utf16.IsSurrogate(r) {
		return false
	}
	s.unescaped = utf8.AppendRune(s.unescaped, r)
	s.text = s.text[6:]
	return true
}
