package neighbours

import (
	"encoding/binary"
	"net"
	"time"

	"github.com/eventstreamcore/semel/proptest/cluster"
)

// strangers know an address and nothing else.
func strangers() []*kind {
	return []*kind{
		{name: "garbage", what: "random bytes at all three ports, from many addresses", members: 24, enter: garbage},
		{name: "silence", what: "sockets at all three ports that say nothing, more than there are places", members: 1800, thrown: allPorts, enter: silence},
		{name: "half-greeting", what: "half of a first request at each port, then silence", members: 1800, thrown: allPorts, enter: halfGreeting},
		{name: "flood", what: "connections at all three ports, as fast as they come", members: 12, enter: flood},
	}
}

// port is one of a node's three: members share them out, half of them at the port between nodes.
func (m *member) port() (address string, which int) {
	which = []int{atPeer, atHTTP, atPeer, atRedis}[m.id%4]
	return address3(m.cluster.Nodes[m.id/4%len(m.cluster.Nodes)])[which], which
}

const (
	atPeer = iota
	atHTTP
	atRedis
)

var (
	allPorts = []int{atPeer, atHTTP, atRedis}
	doors    = []int{atHTTP, atRedis}
)

func address3(n *cluster.Node) [3]string {
	p := n.Ports()
	return [3]string{p.Peer, p.HTTP, p.Redis}
}

func garbage(n *neighbour) {
	n.crowd(n.kind.members, func(m *member) error {
		address, _ := m.port()
		return m.from(m.somewhere(), address, func(c net.Conn) error {
			b := make([]byte, 1+m.rng.IntN(8<<10))
			for k := range b {
				b[k] = byte(m.rng.Uint32())
			}
			if err := say(c, b); err != nil {
				return err
			}
			m.acts.Add(1)
			m.listen(c, 4<<10, 50*time.Millisecond)
			return nil
		})
	})
}

func silence(n *neighbour) {
	n.crowd(n.kind.members, func(m *member) error {
		address, which := m.port()
		return m.at(address, func(c net.Conn) error {
			m.acts.Add(1)
			m.hold(c, which)
			return nil
		})
	})
}

// halves are the first half of what each port expects first: a hello of the protocol between nodes or a TLS record that
// announces more than comes, the head of an HTTP request, a Redis command.
var halves = [3][][]byte{
	atPeer:  {plainHello(1, 2, [16]byte{}, 1)[:20], clientHelloHead()},
	atHTTP:  {[]byte("POST /v1/claim HTTP/1.1\r\nHost: semel\r\nContent-Le"), []byte("POST /v1/claim HTTP/1.1\r\nHost: semel\r\nContent-Length: 40\r\n\r\n{\"key\":")},
	atRedis: {[]byte("*6\r\n$3\r\nSET\r\n$16\r\n0123456"), []byte("*3\r\n$3\r\nSE")},
}

// clientHelloHead is the beginning of a TLS handshake record of 512 bytes.
func clientHelloHead() []byte {
	b := []byte{22, 3, 1}
	b = binary.BigEndian.AppendUint16(b, 512)
	return append(b, 1, 0, 1, 252, 3, 3)
}

func halfGreeting(n *neighbour) {
	n.crowd(n.kind.members, func(m *member) error {
		address, which := m.port()
		return m.at(address, func(c net.Conn) error {
			half := halves[which][m.rng.IntN(len(halves[which]))]
			if err := say(c, half); err != nil {
				return err
			}
			m.acts.Add(1)
			m.hold(c, which)
			return nil
		})
	})
}

func flood(n *neighbour) {
	n.crowd(n.kind.members, func(m *member) error {
		address, _ := m.port()
		for range 20 {
			if err := m.at(address, func(net.Conn) error { return nil }); err != nil {
				return err
			}
			m.acts.Add(1)
		}
		return nil
	})
}
