package records

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Fields of JSON by their path from the outermost value. The reader is strict (RFC 8259, UTF-8 and whole surrogate pairs,
// no name twice in one object), since what two readers may read differently is no key.

var (
	notJSON     = &Absence{Why: "it is not JSON"}
	notOneValue = &Absence{Why: "something stands behind its JSON"}
	nameTwice   = &Absence{Why: "a name stands twice in one object"}
)

// jsonPath is a wanted value: the names of members, or numbers from 0 in arrays.
type jsonPath struct {
	said                                string
	missing, null, empty, object, array *Absence
}

func newJSONPath(said string) *jsonPath {
	say := func(format string) *Absence { return &Absence{Why: fmt.Sprintf(format, said)} }
	return &jsonPath{
		said: said, missing: say("it has no field %s"), null: say("%s is null"), empty: say("%s is empty"),
		object: say("%s is an object: name a field in it"), array: say("%s is an array: name an element, as in " + said + ".0"),
	}
}

// jsonNode is a place on the way to wanted values.
type jsonNode struct {
	wanted   []int // which paths end here
	children []*jsonNode
	name     []byte // as it stands under its parent
	plain    []byte // the name in quotes, as most writers spell it
	index    int    // the name as a number, or -1
}

func (n *jsonNode) child(name string) *jsonNode {
	for _, c := range n.children {
		if string(c.name) == name {
			return c
		}
	}
	index, err := strconv.Atoi(name)
	if err != nil || strconv.Itoa(index) != name {
		index = -1
	}
	plain, _ := jsontext.AppendQuote(nil, name)
	c := &jsonNode{name: []byte(name), plain: plain, index: index}
	n.children = append(n.children, c)
	return c
}

// jsonReader finds the values of its paths in one pass over a text.
type jsonReader struct {
	root    jsonNode
	paths   []*jsonPath
	decoder jsontext.Decoder
	input   bytes.Buffer
	values  []byte // of text, one behind the other
	found   []found
	name    []byte
	parts   []part
	join    joiner
}

// found is what stands at a path: a value, or why it is none.
type found struct {
	kind     kind
	from, to int // in values
	none     *Absence
}

// jsonPaths makes one key of the values at paths: a.b.0, or /a/b/0 as a JSON Pointer (RFC 6901).
func jsonPaths(paths []string) (Finder, error) {
	r := &jsonReader{}
	for i, path := range paths {
		names, err := namesOf(path)
		if err != nil {
			return nil, err
		}
		at := &r.root
		for _, name := range names {
			at = at.child(name)
		}
		at.wanted = append(at.wanted, i)
		r.paths = append(r.paths, newJSONPath(path))
	}
	r.found, r.parts = make([]found, len(paths)), make([]part, len(paths))
	return r.find, nil
}

func namesOf(path string) ([]string, error) {
	if !utf8.ValidString(path) {
		return nil, fmt.Errorf("--json %q: want UTF-8", path)
	}
	if pointer, ok := strings.CutPrefix(path, "/"); ok {
		names := strings.Split(pointer, "/")
		for i, name := range names {
			names[i] = strings.ReplaceAll(strings.ReplaceAll(name, "~1", "/"), "~0", "~")
		}
		return names, nil
	}
	names := strings.Split(strings.TrimPrefix(path, "."), ".")
	for _, name := range names {
		if name == "" {
			return nil, fmt.Errorf("--json %q: a name is empty: want a.b.c, or /a/b/c where names hold dots", path)
		}
	}
	return names, nil
}

func (r *jsonReader) find(text []byte) ([]byte, *Absence) {
	if blank(text) {
		return nil, emptyRecord
	}
	for i := range r.found {
		r.found[i] = found{none: r.paths[i].missing}
	}
	r.values, r.input = r.values[:0], *bytes.NewBuffer(text)
	r.decoder.Reset(&r.input)
	if err := r.value(&r.root); err != nil {
		if errors.Is(err, jsontext.ErrDuplicateName) {
			return nil, nameTwice
		}
		return nil, notJSON
	}
	if _, err := r.decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, notOneValue
	}
	for i, f := range r.found {
		if f.none != nil {
			return nil, f.none
		}
		r.parts[i] = part{f.kind, r.values[f.from:f.to]}
	}
	return r.join.key(r.parts...), nil
}

// value reads one value, and keeps what is wanted of it.
func (r *jsonReader) value(at *jsonNode) error {
	switch kind := r.decoder.PeekKind(); {
	case at == nil:
		return r.decoder.SkipValue()
	case kind == '{':
		r.keepNone(at, func(p *jsonPath) *Absence { return p.object })
		if len(at.children) > 0 {
			return r.object(at)
		}
		return r.decoder.SkipValue()
	case kind == '[':
		r.keepNone(at, func(p *jsonPath) *Absence { return p.array })
		if len(at.children) > 0 {
			return r.array(at)
		}
		return r.decoder.SkipValue()
	}
	value, err := r.decoder.ReadValue()
	if err != nil {
		return err
	}
	return r.keep(at, value)
}

func (r *jsonReader) object(at *jsonNode) error {
	if _, err := r.decoder.ReadToken(); err != nil {
		return err
	}
	for r.decoder.PeekKind() != '}' {
		name, err := r.decoder.ReadValue()
		if err != nil {
			return err
		}
		if err := r.value(r.member(at, name)); err != nil {
			return err
		}
	}
	_, err := r.decoder.ReadToken()
	return err
}

// member returns the child of a name as it is spelt.
func (r *jsonReader) member(at *jsonNode, spelt []byte) *jsonNode {
	escaped := bytes.IndexByte(spelt, '\\') >= 0
	if escaped {
		r.name, _ = jsontext.AppendUnquote(r.name[:0], spelt)
	}
	for _, c := range at.children {
		if escaped && bytes.Equal(r.name, c.name) || bytes.Equal(spelt, c.plain) {
			return c
		}
	}
	return nil
}

func (r *jsonReader) array(at *jsonNode) error {
	if _, err := r.decoder.ReadToken(); err != nil {
		return err
	}
	for i := 0; r.decoder.PeekKind() != ']'; i++ {
		var element *jsonNode
		for _, c := range at.children {
			if c.index == i {
				element = c
			}
		}
		if err := r.value(element); err != nil {
			return err
		}
	}
	_, err := r.decoder.ReadToken()
	return err
}

func (r *jsonReader) keepNone(at *jsonNode, why func(*jsonPath) *Absence) {
	for _, i := range at.wanted {
		r.found[i].none = why(r.paths[i])
	}
}

// keep keeps a value that is no object and no array.
func (r *jsonReader) keep(at *jsonNode, value jsontext.Value) (err error) {
	if len(at.wanted) == 0 {
		return nil
	}
	f := found{from: len(r.values)}
	switch value.Kind() {
	case '"':
		f.kind = kindText
		if r.values, err = jsontext.AppendUnquote(r.values, value); err != nil {
			return err
		}
	case '0':
		f.kind = kindNumber
		r.values = append(r.values, value...)
	case 't':
		f.kind = kindTrue
	case 'f':
		f.kind = kindFalse
	}
	f.to = len(r.values)
	for _, i := range at.wanted {
		switch {
		case value.Kind() == 'n':
			f.none = r.paths[i].null
		case f.kind == kindText && blank(r.values[f.from:f.to]):
			f.none = r.paths[i].empty
		}
		r.found[i] = f
	}
	return nil
}
