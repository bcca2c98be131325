package cluster

import (
	"bytes"
	"net"
)

// What is kept of what nodes say: the beginning of the newest connections of each direction.
const (
	mostRecordings = 4
	recordedBytes  = 256 << 10
)

// recording is the beginning of what a dialler said on one connection.
type recording struct {
	network *Network
	bytes   bytes.Buffer
}

// Write keeps what there is room for, and takes all.
func (r *recording) Write(b []byte) (int, error) {
	r.network.mu.Lock()
	defer r.network.mu.Unlock()
	r.bytes.Write(b[:min(len(b), recordedBytes-r.bytes.Len())])
	return len(b), nil
}

// tapped is a connection of which all that is written to it is recorded.
type tapped struct {
	net.Conn
	kept *recording
}

func (t *tapped) Write(b []byte) (int, error) {
	_, _ = t.kept.Write(b)
	return t.Conn.Write(b)
}

// tap has what is said on a connection recorded, as it goes over the wire.
func (n *Network) tap(r route, c net.Conn) net.Conn {
	n.mu.Lock()
	defer n.mu.Unlock()
	kept := &recording{network: n}
	all := append(n.heard[r], kept)
	n.heard[r] = all[max(0, len(all)-mostRecordings):]
	return &tapped{c, kept}
}

// Recorded returns what one node said to another on connections that it dialled, byte for byte, as whoever listens on the
// wire has it: the beginning of each of the newest ones.
func (n *Network) Recorded(from, to uint8) (streams [][]byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, r := range n.heard[route{from, to}] {
		if r.bytes.Len() > 0 {
			streams = append(streams, bytes.Clone(r.bytes.Bytes()))
		}
	}
	return streams
}

// Dials returns how often nodes have dialled one another.
func (n *Network) Dials() int { return int(n.dials.Load()) }
