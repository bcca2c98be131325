package gate

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// Waiting reports whether bytes lie in the socket that were not read yet, as far as that can be known.
func (c *Conn) Waiting() bool {
	if c == nil {
		return false
	}
	if known, ok := c.Conn.(interface{ Waiting() bool }); ok {
		return known.Waiting()
	}
	return waiting(c.Conn)
}

func waiting(conn net.Conn) bool {
	socket, ok := conn.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return false
	}
	n := 0
	err = raw.Control(func(fd uintptr) { n, _ = unix.IoctlGetInt(int(fd), bytesWaiting) })
	return err == nil && n > 0
}
