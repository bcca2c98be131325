package node

import "github.com/eventstreamcore/semel/raft/protocol"

// Bulk is transport.Handler's. There is nothing yet that others could get here.
func (h *realHost) Bulk(_ protocol.NodeID, _ []byte, reply func([]byte)) { reply(nil) }
