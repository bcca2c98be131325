package tla

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// element is a node of SANY's XML.
type element struct {
	XMLName  xml.Name
	Content  string    `xml:",chardata"`
	Children []element `xml:",any"`
}

// child returns the first child of that name, or nil.
func (e *element) child(name string) *element {
	for i := range e.Children {
		if e.Children[i].XMLName.Local == name {
			return &e.Children[i]
		}
	}
	return nil
}

// text returns what the first child of that name contains.
func (e *element) text(name string) string {
	if c := e.child(name); c != nil {
		return strings.TrimSpace(c.Content)
	}
	return ""
}

func (e *element) place() Place {
	location := e.child("location")
	if location == nil {
		return Place{}
	}
	p := Place{Module: location.text("filename")}
	if line := location.child("line"); line != nil {
		p.Line, _ = strconv.Atoi(line.text("begin"))
	}
	return p
}

func (e *element) walk(do func(*element)) {
	do(e)
	for i := range e.Children {
		e.Children[i].walk(do)
	}
}
