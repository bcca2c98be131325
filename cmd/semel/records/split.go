package records

import "bytes"

// Splitter finds where records end. It is asked again with the same data and more behind it until it has found an end.
type Splitter interface {
	// next returns the length of the record that data begins with, its end included, or 0 if that takes
	// more data. Where the input is over it takes what there is. How the data was cut into pieces changes nothing.
	Next(data []byte, over bool) int
}

// lines are records that end at a newline.
type lines struct{ scanned int }

func (l *lines) Next(data []byte, over bool) int {
	end := bytes.IndexByte(data[l.scanned:], '\n') + 1 + l.scanned
	if end == l.scanned {
		if l.scanned = len(data); !over {
			return 0
		}
		end = len(data)
	}
	l.scanned = 0
	return end
}

// LongestQuote is how far behind the beginning of its record a field's closing quote is looked for.
const LongestQuote = 1 << 20

// csvRecords are records of CSV, which end at a newline that stands in no quotes.
//
// A quote that breaks the rules may have been meant to be none. Then the record is the one line that it begins with,
// and reading goes on behind that, so that a stray quote never takes the lines behind it along: not to the next quote
// that there is, not for more than longest bytes, and not to the end of the input.
type csvRecords struct {
	delimiter byte
	longest   int
	scanned   int
	state     csvState
}

type csvState uint8

const (
	outside csvState = iota // of quotes
	inside
	astray // a rule is Broken: the next newline ends the record
)

func (c *csvRecords) Next(data []byte, over bool) int {
	for {
		var end int
		var more bool
		switch c.state {
		case outside:
			end, more = c.outside(data, over)
		case inside:
			end, more = c.inside(data, over)
		case astray:
			l := lines{c.scanned}
			end, more = l.Next(data, over), true
			c.scanned = l.scanned
		}
		if end > 0 {
			c.state, c.scanned = outside, 0
			return end
		}
		if more {
			return 0
		}
	}
}

// goAstray looks for the newline from the record's beginning on.
func (c *csvRecords) goAstray() (int, bool) {
	c.state, c.scanned = astray, 0
	return 0, false
}

// outside returns the record's end, or whether it takes more data; neither: the state has changed.
func (c *csvRecords) outside(data []byte, over bool) (end int, more bool) {
	line := data[c.scanned:]
	newline := bytes.IndexByte(line, '\n')
	if newline >= 0 {
		line = line[:newline]
	}
	quote := bytes.IndexByte(line, '"')
	switch at := c.scanned + quote; {
	case quote < 0 && newline >= 0:
		return c.scanned + newline + 1, false
	case quote < 0 && over:
		return len(data), false
	case quote < 0:
		c.scanned = len(data)
		return 0, true
	case at == 0 || data[at-1] == c.delimiter || at == len(byteOrderMark) && bytes.HasPrefix(data, byteOrderMark):
		c.state, c.scanned = inside, at+1
		return 0, false
	}
	return c.goAstray()
}

func (c *csvRecords) inside(data []byte, over bool) (end int, more bool) {
	window := data[:min(len(data), c.longest)]
	quote := -1
	if c.scanned < len(window) {
		quote = bytes.IndexByte(window[c.scanned:], '"')
	}
	switch {
	case quote < 0 && (over || len(data) >= c.longest):
		return c.goAstray()
	case quote < 0:
		c.scanned = len(data)
		return 0, true
	}
	c.scanned += quote
	switch behind := data[c.scanned+1:]; {
	case len(behind) > 0 && behind[0] == '"':
		c.scanned += 2
	case len(behind) > 0 && behind[0] == c.delimiter:
		c.state, c.scanned = outside, c.scanned+2
	case bytes.HasPrefix(behind, []byte("\n")):
		return c.scanned + 2, false
	case bytes.HasPrefix(behind, []byte("\r\n")):
		return c.scanned + 3, false
	case len(behind) == 0 || len(behind) == 1 && behind[0] == '\r':
		if over {
			return len(data), false
		}
		return 0, true
	default:
		return c.goAstray()
	}
	return 0, false
}
