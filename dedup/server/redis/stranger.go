package redis

import (
	"bytes"
	"fmt"
)

// A page in anybody's browser may post text to this port without asking: its lines would be read as inline
// requests. So whoever speaks HTTP is hung up on at the first line that shows it, and nothing behind it is run.

// speaksHTTP reports whether a request is a line of HTTP: a method or a request line, or a header.
func speaksHTTP(request [][]byte) bool {
	name := request[0]
	requestLine := len(request) == 3 && bytes.HasPrefix(request[2], []byte("HTTP/")) && !is(name, "set") && !is(name, "setnx")
	return is(name, "post") || bytes.HasSuffix(name, []byte(":")) || requestLine
}

// misdirected is what a request of HTTP is answered with, so that whoever has the wrong port learns of it. A page of
// another origin can't read it, and nothing of what was sent stands in it.
const (
	misdirected = "HTTP/1.1 421 Misdirected Request\r\nContent-Type: application/problem+json\r\nX-Content-Type-Options: nosniff\r\n" +
		"Connection: close\r\nContent-Length: %d\r\n\r\n%s"
	wrongPort = `{"type":"/problems/wrong-port","title":"Wrong port","status":421,"detail":"this is the port for Redis clients of a node of Semel, ` +
		`and nothing was run: HTTP is at another of its addresses, see semel serve --help","applied":"no"}`
)

// hangUp ends the connection. Who sends a request line of HTTP, and nothing in front of it, is answered in HTTP; else
// nothing is said.
func (c *conn) hangUp(request [][]byte) {
	if c.leaving = true; len(request) == 3 && bytes.HasPrefix(request[2], []byte("HTTP/1.")) && len(c.steps) == 0 {
		c.said.buf = fmt.Appendf(c.said.buf, misdirected, len(wrongPort), wrongPort)
	}
	c.door.gate.Notices().Note("http", "somebody speaks HTTP to the Redis door: the connection was closed, nothing of it was run; is it a web page, or a wrong address?",
		"source", c.raw.RemoteAddr())
}
