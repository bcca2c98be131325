package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// askVersion is of a request for what a node says of itself; nothing follows. The response is kindAnswers and what Options.Describe
// returned, or a verdict. A node that does not know it answers with a verdict, too.
const askVersion = 6

// ErrUntold is wrapped by Ask where a node was reached and says nothing of itself.
var ErrUntold = errors.New("it says nothing of itself")

func isAsk(request []byte) bool { return len(request) == 1 && request[0] == askVersion }

// Ask returns what another node says of itself, as its Options.Describe puts it, or an error soon after the deadline at the latest. It goes
// beside the log: neither of the two nodes needs a leader, and what is told is of that moment, at that node.
func (n *Node) Ask(ctx context.Context, to protocol.NodeID, deadline time.Time) ([]byte, error) {
	response, err := n.transport.Call(ctx, to, []byte{askVersion}, deadline)
	switch {
	case err != nil:
		return nil, err
	case len(response) < 2 || response[0] != kindAnswers:
		return nil, fmt.Errorf("%w: is it of an older version?", ErrUntold)
	}
	return response[1:], nil
}

// describe answers an Ask, apart from those that read requests: what is told may take a moment.
func (h *realHost) describe(reply func([]byte)) {
	tell := h.options.Describe
	if tell == nil {
		reply(appendVerdict(nil, ErrNotApplied))
		return
	}
	(*Node)(h).work(func() { reply(append([]byte{kindAnswers}, tell()...)) })
}
