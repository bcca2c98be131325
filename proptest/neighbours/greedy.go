package neighbours

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// greedy ones ask for what a client may ask, or nearly, and for as much of it as they can.
func greedy() []*kind {
	return []*kind{
		{name: "announcer", what: "lengths that are announced and never sent", members: 24, enter: announcer},
		{name: "huge-request", what: "heads and bodies without end", members: 6, enter: hugeRequest},
		{name: "pipeline", what: "thousands of requests at once on one connection", members: 4, holds: 32, enter: pipeline},
		{name: "large-reads", what: "reads of 250 values of 64 KiB, one after another", members: 40, values: true, holds: 160, enter: largeReads},
		{name: "read-flood", what: "pipelines of GET of large values, and queries by the hundred at all nodes", members: 48, values: true, holds: 200, enter: readFlood},
		{name: "snapshots", what: "snapshots at all nodes, each asked for when the last is there", members: 24, holds: 64, enter: snapshots},
	}
}

// announced are beginnings of requests that promise more than any client may send.
var announced = [3][]string{
	atHTTP: {
		"POST /v1/claim HTTP/1.1\r\nHost: semel\r\nContent-Length: 1099511627776\r\n\r\n{",
		"POST /v1/batch HTTP/1.1\r\nHost: semel\r\nTransfer-Encoding: chunked\r\n\r\n40000000\r\n{",
	},
	atRedis: {"*1048576\r\n", "*3\r\n$536870912\r\nSET", "*8000\r\n$4\r\nMGET\r\n", "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$524000\r\nv"},
}

func announcer(n *neighbour) {
	n.crowd(n.kind.members, func(m *member) error {
		address, which := m.door()
		return m.at(address, func(c net.Conn) error {
			if err := say(c, []byte(announced[which][m.rng.IntN(len(announced[which]))])); err != nil {
				return err
			}
			m.acts.Add(1)
			m.listen(c, 1<<10, 200*time.Millisecond)
			return nil
		})
	})
}

// hugeBytes is how much a member writes of one request, at most.
const hugeBytes = 32 << 20

func hugeRequest(n *neighbour) {
	chunk := bytes.Repeat([]byte("a"), 64<<10)
	begins := [3][]string{
		atHTTP: {
			"GET /v1/status HTTP/1.1\r\nHost: semel\r\nX-Long: ",
			fmt.Sprintf("POST /v1/claim HTTP/1.1\r\nHost: semel\r\nContent-Length: %d\r\n\r\n{\"key\":\"", hugeBytes),
		},
		atRedis: {"PING ", fmt.Sprintf("*2\r\n$4\r\nPING\r\n$%d\r\n", hugeBytes)},
	}
	n.crowd(n.kind.members, func(m *member) error {
		address, which := m.door()
		return m.at(address, func(c net.Conn) error {
			if err := say(c, []byte(begins[which][m.rng.IntN(2)])); err != nil {
				return err
			}
			m.acts.Add(1)
			for range hugeBytes / len(chunk) {
				if err := say(c, chunk); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// pipelined is how many requests are written before the first answer is read.
const pipelined = 4000

func pipeline(n *neighbour) {
	var batch bytes.Buffer
	for k := range pipelined {
		fmt.Fprintf(&batch, "*2\r\n$3\r\nGET\r\n$%d\r\n%s\r\n", len(fmt.Sprintf("nobody's-%d", k)), fmt.Sprintf("nobody's-%d", k))
	}
	n.crowd(n.kind.members, func(m *member) error {
		return m.at(m.node.Ports().Redis, func(c net.Conn) error {
			var writing sync.WaitGroup
			defer writing.Wait()
			writing.Go(func() { _ = say(c, batch.Bytes()) })
			lines := bufio.NewReader(c)
			_ = c.SetReadDeadline(time.Now().Add(patience))
			for range pipelined {
				line, err := lines.ReadString('\n')
				if err != nil {
					m.hangUp(c)
					return err
				}
				m.told.Add(int64(len(line)))
			}
			m.acts.Add(1)
			return nil
		})
	})
}

// largeReads reads what it asked for as fast as it comes, and asks again.
func largeReads(n *neighbour) {
	request := mget(n.values)
	n.crowd(n.kind.members, func(m *member) error {
		return m.at(m.node.Ports().Redis, func(c net.Conn) error {
			from := bufio.NewReaderSize(c, 64<<10)
			for m.ctx.Err() == nil {
				if err := say(c, request); err != nil {
					return err
				}
				_ = c.SetReadDeadline(time.Now().Add(patience))
				values, err := m.readArray(from)
				if err != nil {
					return err
				}
				m.acts.Add(values) // a refusal is no read
			}
			return nil
		})
	})
}

// floods are how many reads a member of a flood asks for before it reads the first answer.
const floods = 100

// readFlood has half of its members read large values one by one, in pipelines, and the others query at the HTTP doors, of followers too: what is
// long lies on the leader's shelf then, and is fetched.
func readFlood(n *neighbour) {
	n.crowd(n.kind.members, func(m *member) error {
		address, which := m.door()
		var ask bytes.Buffer
		for range floods {
			key := n.values[m.rng.IntN(len(n.values))]
			if which == atRedis {
				fmt.Fprintf(&ask, "*2\r\n$3\r\nGET\r\n$%d\r\n%s\r\n", len(key), key)
				continue
			}
			body := fmt.Sprintf(`{"key":%q}`, key)
			fmt.Fprintf(&ask, "POST /v1/query HTTP/1.1\r\nHost: semel\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		}
		return m.at(address, func(c net.Conn) error {
			var writing sync.WaitGroup
			defer writing.Wait()
			writing.Go(func() { _ = say(c, ask.Bytes()) })
			answers := bufio.NewReaderSize(c, 64<<10)
			for range floods {
				_ = c.SetReadDeadline(time.Now().Add(patience))
				read, err := m.readOne(answers, which)
				if err != nil {
					m.hangUp(c)
					return err
				}
				if read { // a refusal is no read
					m.acts.Add(1)
				}
			}
			return nil
		})
	})
}

// snapshots has all nodes write their tables again and again, and their logs begin as late as can be.
func snapshots(n *neighbour) {
	const ask = "POST /v1/snapshot HTTP/1.1\r\nHost: semel\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
	n.crowd(n.kind.members, func(m *member) error {
		node := m.cluster.Nodes[m.id%len(m.cluster.Nodes)]
		return m.at(node.Ports().HTTP, func(c net.Conn) error {
			answers := bufio.NewReader(c)
			for m.ctx.Err() == nil {
				if err := say(c, []byte(ask)); err != nil {
					return err
				}
				_ = c.SetReadDeadline(time.Now().Add(patience))
				taken, err := m.readOne(answers, atHTTP)
				if err != nil {
					return err
				}
				if taken {
					m.acts.Add(1)
				}
				m.pause(pace)
			}
			return nil
		})
	})
}

// readOne reads an answer to GET, or to a query, and reports whether it was no refusal.
func (n *neighbour) readOne(from *bufio.Reader, which int) (bool, error) {
	if which == atHTTP {
		response, err := http.ReadResponse(from, nil)
		if err != nil {
			return false, err
		}
		defer response.Body.Close()
		length, err := io.Copy(io.Discard, response.Body)
		n.told.Add(length)
		return response.StatusCode == http.StatusOK, err
	}
	line, err := from.ReadString('\n')
	var length int64
	if _, scanned := fmt.Sscanf(line, "$%d", &length); err != nil || scanned != nil || length < 0 {
		return false, err // nothing is there, or it says why not
	}
	_, err = io.CopyN(io.Discard, from, length+2)
	n.told.Add(length)
	return true, err
}

// readArray reads an answer to MGET, or an error, and returns how many values came.
func (n *neighbour) readArray(from *bufio.Reader) (values int64, err error) {
	line, err := from.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "*") {
		return 0, err
	}
	var places int
	if _, err := fmt.Sscanf(line, "*%d", &places); err != nil {
		return 0, err
	}
	for range places {
		var length int
		if line, err = from.ReadString('\n'); err != nil {
			return values, err
		}
		if _, err := fmt.Sscanf(line, "$%d", &length); err != nil || length < 0 {
			continue // nil, or an error in a value's place
		}
		if _, err := io.CopyN(io.Discard, from, int64(length)+2); err != nil {
			return values, err
		}
		values++
		n.told.Add(int64(length))
	}
	return values, nil
}
