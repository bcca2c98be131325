package clientview

import (
	"fmt"
	"strings"
	"time"
)

// String is the call in a line.
func (c *Call) String() string {
	words := string(c.Kind)
	for _, part := range []struct {
		said bool
		text string
	}{
		{c.Owner != "", " owner " + c.Owner}, {c.Token != 0, fmt.Sprintf(" token %d", c.Token)}, {c.Offset != 0, fmt.Sprintf(" offset %d", c.Offset)},
		{c.Lease != 0, " lease " + time.Duration(c.Lease).String()}, {c.TTL != 0, " ttl " + time.Duration(c.TTL).String()},
		{c.Fingerprint != "", " fingerprint " + c.Fingerprint},
	} {
		if part.said {
			words += part.text
		}
	}
	if c.Value != nil {
		words += fmt.Sprintf(" value %.40q", *c.Value)
	}
	if c.open() {
		return words + " → open"
	}
	return words + " → " + c.Answer.String()
}

// String is the answer in a few words.
func (a *Answer) String() string {
	words := strings.ToUpper(string(a.Outcome))
	if a.Replayed {
		words += " again"
	}
	if a.Token != 0 {
		words += fmt.Sprintf(" with token %d", a.Token)
	}
	if a.Value != nil {
		words += fmt.Sprintf(" and %.40q", *a.Value)
	}
	return words
}

func (s state) String() string {
	switch {
	case !s.stands:
		return "absent"
	case s.offset != 0:
		return fmt.Sprintf("offset %d, token %d", s.offset, s.token)
	case s.done:
		return fmt.Sprintf("done, token %d", s.token)
	}
	return fmt.Sprintf("pending, token %d, owner %s", s.token, s.owner)
}
