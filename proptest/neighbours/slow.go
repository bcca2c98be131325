package neighbours

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// slow ones know how to ask and are never done with it.
func slow() []*kind {
	return []*kind{
		{name: "slow-writer", what: "requests that come a byte at a time", members: 60, thrown: doors, enter: slowWriter},
		{name: "unfinished", what: "requests of which the last bytes never come", members: 600, holds: 32, thrown: doors, enter: unfinished},
		{name: "slow-reader", what: "reads of large values whose answers nobody reads", members: 72, values: true, holds: 340, enter: slowReader},
		{name: "idle", what: "connections that asked once and stay", members: 900, enter: idle},
	}
}

// longBreak is between two rounds of a slow reader: what it holds in each is much.
const longBreak = time.Second

// door is the HTTP or the Redis door of a node.
func (m *member) door() (address string, which int) {
	which = atHTTP + m.id%2
	return address3(m.cluster.Nodes[m.id/2%len(m.cluster.Nodes)])[which], which
}

// Bodies of requests are as long as the doors take them, or nearly.
const unfinishedBytes = 500 << 10

// wholeRequest is a claim of so many bytes at a door.
func wholeRequest(which, size int) []byte {
	if which == atRedis {
		value := strings.Repeat("v", size)
		return fmt.Appendf(nil, "*3\r\n$5\r\nSETNX\r\n$9\r\nneighbour\r\n$%d\r\n%s\r\n", len(value), value)
	}
	return batch(fmt.Sprintf(`{"key":"neighbour","owner":"neighbour","value":"%s"}`, strings.Repeat("v", size)))
}

// batch is a request with claims at the HTTP door.
func batch(claims string) []byte {
	body := `{"claims":[` + claims + `]}`
	return fmt.Appendf(nil, "POST /v1/batch HTTP/1.1\r\nHost: semel\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

func slowWriter(n *neighbour) {
	n.crowd(n.kind.members, func(m *member) error {
		address, which := m.door()
		return m.at(address, func(c net.Conn) error {
			for _, b := range wholeRequest(which, 60<<10) {
				if err := say(c, []byte{b}); err != nil {
					m.ended(err, which)
					return err
				}
				m.acts.Add(1)
				if !m.pause(10 * time.Millisecond) {
					return nil
				}
			}
			return nil
		})
	})
}

func unfinished(n *neighbour) {
	requests := [3][]byte{atHTTP: wholeRequest(atHTTP, unfinishedBytes), atRedis: wholeRequest(atRedis, unfinishedBytes)}
	n.crowd(n.kind.members, func(m *member) error {
		address, which := m.door()
		return m.at(address, func(c net.Conn) error {
			whole := requests[which]
			if err := say(c, whole[:len(whole)-3]); err != nil {
				return err
			}
			m.acts.Add(1)
			m.hold(c, which)
			m.pause(time.Duration(m.rng.Int64N(int64(longBreak))))
			return nil
		})
	})
}

// mget asks for the large values.
func mget(keys []string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "*%d\r\n$4\r\nMGET\r\n", 1+len(keys))
	for _, key := range keys {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(key), key)
	}
	return b.Bytes()
}

// claimAll asks for them too: their keys are taken, and whoever claims one is told its value.
func claimAll(keys []string) []byte {
	claims := make([]string, len(keys))
	for k, key := range keys {
		claims[k] = fmt.Sprintf(`{"key":%q,"owner":"neighbour"}`, key)
	}
	return batch(strings.Join(claims, ","))
}

func slowReader(n *neighbour) {
	requests := [3][]byte{atHTTP: claimAll(n.values), atRedis: mget(n.values)}
	n.crowd(n.kind.members, func(m *member) error {
		address, which := m.door()
		request := requests[which]
		return m.at(address, func(c net.Conn) error {
			_ = c.(*net.TCPConn).SetReadBuffer(4 << 10)
			defer m.pause(longBreak)
			for m.ctx.Err() == nil { // until the node's patience ends, when a write fails
				if err := say(c, request); err != nil {
					return err
				}
				m.acts.Add(1)
				m.pause(100 * time.Millisecond)
			}
			return nil
		})
	})
}

var oneRequest = [3]string{atHTTP: "GET /livez HTTP/1.1\r\nHost: semel\r\n\r\n", atRedis: "PING\r\n"}

func idle(n *neighbour) {
	n.crowd(n.kind.members, func(m *member) error {
		address, which := m.door()
		return m.at(address, func(c net.Conn) error {
			if err := m.askOnce(c, which); err != nil {
				return err
			}
			m.acts.Add(1)
			m.hold(c, which)
			return errComeBack
		})
	})
}

// errComeBack: the member has had enough for a moment.
var errComeBack = errors.New("come back later")

func (m *member) askOnce(c net.Conn, which int) error {
	if err := say(c, []byte(oneRequest[which])); err != nil {
		return err
	}
	if len(m.listen(c, 1, patience)) == 0 {
		return errComeBack
	}
	return nil
}

// comeAndAsk asks once and goes.
func comeAndAsk(m *member) error {
	address, which := m.door()
	return m.at(address, func(c net.Conn) error { return m.askOnce(c, which) })
}
