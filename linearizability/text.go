package linearizability

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// Text is bytes that are mostly text: a JSON string where they are valid UTF-8,
// otherwise {"base64": "…"}.
type Text string

type encodedText struct {
	Base64 []byte `json:"base64"`
}

// MarshalJSON writes the bytes.
func (t Text) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(t)) {
		return json.Marshal(string(t))
	}
	return json.Marshal(encodedText{Base64: []byte(t)})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (t *Text) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, (*string)(t))
	}
	var encoded encodedText
	if err := json.Unmarshal(data, &encoded); err != nil {
		return fmt.Errorf(`text is neither a string nor {"base64": …}: %w`, err)
	}
	*t = Text(encoded.Base64)
	return nil
}
