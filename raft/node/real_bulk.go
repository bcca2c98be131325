package node

import "github.com/eventstreamcore/semel/raft/protocol"

// Bulk is transport.Handler's: other nodes ask for pieces of snapshots, and for nothing else.
func (h *realHost) Bulk(from protocol.NodeID, request []byte, reply func([]byte)) {
	(*Node)(h).give(from, request, reply)
}
