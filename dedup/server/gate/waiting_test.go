package gate

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBytesThatLieInASocketAreSeen(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	there, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	defer there.Close()
	raw, err := listener.Accept()
	require.NoError(t, err)
	defer raw.Close()
	here := &Conn{Conn: raw}
	require.False(t, here.Waiting())
	_, err = there.Write([]byte("PING\r\n"))
	require.NoError(t, err)
	require.Eventually(t, here.Waiting, 30*time.Second, time.Millisecond)
	_, err = raw.Read(make([]byte, 64))
	require.NoError(t, err)
	require.False(t, here.Waiting())
	require.False(t, (*Conn)(nil).Waiting())
	pipe, _ := net.Pipe()
	require.False(t, (&Conn{Conn: pipe}).Waiting(), "what can't be known")
}
