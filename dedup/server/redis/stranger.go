package redis

import "bytes"

// A page in anybody's browser may post text to this port without asking: its lines would be read as inline
// requests. So whoever speaks HTTP is hung up on at the first line that shows it, and nothing behind it is run.

// speaksHTTP reports whether a request is a line of HTTP: a method or a request line, or a header.
func speaksHTTP(request [][]byte) bool {
	name := request[0]
	requestLine := len(request) == 3 && bytes.HasPrefix(request[2], []byte("HTTP/")) && !is(name, "set") && !is(name, "setnx")
	return is(name, "post") || bytes.HasSuffix(name, []byte(":")) || requestLine
}

// hangUp ends the connection without a word, which a page could read.
func (c *conn) hangUp() {
	c.leaving = true
	c.door.gate.Notices().Note("http", "somebody speaks HTTP to the Redis door: the connection was closed, nothing of it was run; is it a web page, or a wrong address?",
		"source", c.raw.RemoteAddr())
}
