package operate

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
)

// A process that hangs has its connections taken by the system, and answers none: who asks how much is held is told so.
func TestANodeThatHangsHoldsUpNobody(t *testing.T) {
	t.Parallel()
	hung, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, hung.Close()) }()
	var c operation
	c.Nodes = hung.Addr().String()
	_, err = c.anyStatus(t.Context())
	require.Equal(t, exit.Unavailable, exit.Code(err))
}
