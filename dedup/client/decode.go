package client

import "bytes"

// readAnswers reads the answers to a batch as nodes write them, and appends them to dst.
// It reports false at whatever it does not know, such as a space or an escape: then
// unmarshalAnswers reads them.
func readAnswers(dst []Answer, text []byte) (answers []Answer, ok bool) {
	r := reader{text: bytes.TrimRight(text, "\n")}
	if !r.takes(`{"results":[`) {
		return nil, false
	}
	for {
		var a Answer
		if !r.answer(&a) {
			return nil, false
		}
		dst = append(dst, a)
		if r.takes(`]}`) {
			return dst, len(r.text) == 0
		}
		if !r.takes(`,`) {
			return nil, false
		}
	}
}

// reader is what is left of a text. Its methods take something off its front, or take
// nothing they can be trusted with and report false.
type reader struct{ text []byte }

func (r *reader) takes(text string) bool {
	if len(r.text) < len(text) || string(r.text[:len(text)]) != text {
		return false
	}
	r.text = r.text[len(text):]
	return true
}

// answer reads one object of fields.
func (r *reader) answer(a *Answer) bool {
	if !r.takes(`{`) {
		return false
	}
	for {
		name, ok := r.plain()
		if !ok || !r.takes(`:`) || !r.field(name, a) {
			return false
		}
		if r.takes(`}`) {
			return a.Outcome != 0
		}
		if !r.takes(`,`) {
			return false
		}
	}
}

// field reads the value of a field. Of fields that are not in Answer only those that
// are numbers or plain text are known.
func (r *reader) field(name []byte, a *Answer) (ok bool) {
	switch string(name) {
	case "result":
		var word []byte
		if word, ok = r.plain(); ok {
			a.Outcome, ok = outcomeOf(string(word))
		}
	case "replayed":
		a.Replayed, ok = true, r.takes(`true`)
	case "token":
		a.Token, ok = r.number()
	case "retry_after_ms":
		return false // rare, and a span
	default:
		return r.skip(name)
	}
	return ok
}

// skip reads over a field that is not asked for. A name in capitals would be one that
// is, to encoding/json.
func (r *reader) skip(name []byte) bool {
	if !bytes.Equal(name, bytes.ToLower(name)) {
		return false
	}
	if len(r.text) > 0 && r.text[0] == '"' {
		_, ok := r.plain()
		return ok
	}
	_, ok := r.number()
	return ok
}

// plain reads a string of ASCII without an escape.
func (r *reader) plain() ([]byte, bool) {
	if !r.takes(`"`) {
		return nil, false
	}
	for i, b := range r.text {
		switch {
		case b == '"':
			word := r.text[:i]
			r.text = r.text[i+1:]
			return word, true
		case b == '\\' || b < ' ' || b > '~':
			return nil, false
		}
	}
	return nil, false
}

// number reads digits of a number below 2^64; its caller sees what follows them.
func (r *reader) number() (n uint64, ok bool) {
	digits := 0
	for ; digits < len(r.text) && digits < 20 && r.text[digits]-'0' <= 9; digits++ {
		digit := uint64(r.text[digits] - '0')
		if n > (1<<64-1-digit)/10 {
			return 0, false
		}
		n = 10*n + digit
	}
	if digits == 0 || digits > 1 && r.text[0] == '0' {
		return 0, false
	}
	r.text = r.text[digits:]
	return n, true
}
