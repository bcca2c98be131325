package http

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// decode reads one JSON object. Names are compared as they are written, byte by byte, none may be unknown or
// stand twice, and text must be UTF-8 with whole surrogate pairs: what a reader of JSON bends makes one key of two.
// The error is a *problem.
func decode(body []byte, into any) error {
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); len(trimmed) > 0 && trimmed[0] != '{' {
		return malformed("the body is not an object: send one")
	}
	err := json.Unmarshal(body, into, json.RejectUnknownMembers(true), oneBase64)
	if err == nil {
		return nil
	}
	return problemOfJSON(err)
}

// oneBase64 takes only the spelling of bytes that an encoder writes: two spellings of one key would look like two keys.
var oneBase64 = json.WithUnmarshalers(json.UnmarshalFromFunc(func(d *jsontext.Decoder, into *[]byte) error {
	var text *string
	if err := json.UnmarshalDecode(d, &text); err != nil || text == nil {
		return err
	}
	decoded, err := base64.StdEncoding.Strict().AppendDecode([]byte{}, []byte(*text))
	if err == nil && base64.StdEncoding.EncodedLen(len(decoded)) != len(*text) { // it skips ends of lines
		err = base64.CorruptInputError(len(*text))
	}
	*into = decoded
	return err
}))

func problemOfJSON(err error) *problem {
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return malformed("the body ends too early: send a whole object")
	case errors.As(err, &semantic):
		return problemOfField(semantic)
	case errors.As(err, &syntactic):
		return problemOfText(syntactic)
	}
	return malformed("%v", err)
}

// problemOfField tells of JSON that is not what a call takes.
func problemOfField(err *json.SemanticError) *problem {
	field := strconv.Quote(strings.ReplaceAll(strings.TrimPrefix(string(err.JSONPointer), "/"), "/", "."))
	if errors.Is(err.Err, json.ErrUnknownName) {
		return malformed("unknown field %s: names are in lower case, and as the documentation spells them", field)
	}
	if corrupt := base64.CorruptInputError(0); errors.As(err.Err, &corrupt) {
		return malformed("field %s is no base64 as an encoder writes it: want the standard alphabet, padding, no other bits and no ends of lines", field)
	}
	var value *valueError
	if errors.As(err.Err, &value) {
		return malformed("field %s is %v", field, value)
	}
	there := string(err.JSONValue)
	if there == "" {
		there = found(err.JSONKind)
	}
	return malformed("field %s is %.80s: want %s", field, there, wanted(err))
}

// found says in words what stands where something else is wanted.
func found(kind jsontext.Kind) string {
	switch kind {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"', '0':
		return "a " + kind.String()
	default:
		return kind.String()
	}
}

// named is a text that names something, if there is one: an empty one comes of a variable that is unset.
type named string

// UnmarshalJSONFrom takes a text that is not empty, and null for what is left out.
func (n *named) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	var text *string
	switch kind := d.PeekKind(); kind {
	case '"', 'n', 0: // 0: what is no JSON is told of by who reads it
	default:
		return &valueError{found(kind), "a text in quotes"}
	}
	if err := json.UnmarshalDecode(d, &text); err != nil || text == nil {
		return err
	}
	if *text == "" {
		return &valueError{`""`, "a text that is not empty, or leave it out: is a variable unset?"}
	}
	*n = named(*text)
	return nil
}

// wanted says in words what a field takes.
func wanted(err *json.SemanticError) string {
	kind := ""
	if err.GoType != nil {
		kind = err.GoType.String()
	}
	switch {
	case kind == "string":
		return "a text in quotes"
	case kind == "[]uint8":
		return "a text in quotes, in base64"
	case strings.HasPrefix(kind, "[]"):
		return "an array"
	default:
		return "an object"
	}
}

// problemOfText tells of what is no JSON, or could be read in two ways.
func problemOfText(err *jsontext.SyntacticError) *problem {
	where := fmt.Sprintf("at byte %d", err.ByteOffset)
	switch text := err.Err.Error(); {
	case errors.Is(err.Err, jsontext.ErrDuplicateName):
		return malformed("field %q stands twice", err.JSONPointer.LastToken())
	case strings.Contains(text, "surrogate"):
		return malformed("the body has half a surrogate pair %s: write both halves, or the character itself", where)
	case strings.Contains(text, "UTF-8"):
		return malformed("the body is not valid UTF-8 %s: put bytes that are no text into the field with 64 behind its name, in base64", where)
	case strings.Contains(text, "after top-level value"):
		return malformed("something follows the object: send one object")
	default:
		return malformed("%s %s", text, where)
	}
}
