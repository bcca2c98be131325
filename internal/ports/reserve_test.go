package ports

// Goal: a port that is held is the node's, and nobody else's. Method: listeners, and a second try to reserve it.

import (
	"fmt"
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPortsThatAreHeldStayFreeForTheirNode(t *testing.T) {
	port, held, err := Reserve(0)
	require.NoError(t, err)
	defer held.Close()
	if !Holds {
		require.NoError(t, held.Close())
	}
	for range 2 { // a node, and the same one after a restart
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		require.NoError(t, err)
		_, _, err = Reserve(port)
		require.ErrorIs(t, err, syscall.EADDRINUSE)
		require.NoError(t, l.Close())
	}
}
