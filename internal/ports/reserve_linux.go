package ports

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Holds says whether a reserved port is held while a node uses it.
const Holds = true

// Reserve returns a port of 127.0.0.1 that is free (any for 0), and holds it: it is
// bound and not listened on. So a node, whose listener may share the address, can take it
// now and after each restart; what connects in between is refused at once; and the
// kernel gives it to nobody else.
func Reserve(port int) (int, io.Closer, error) {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, nil, err
	}
	held := os.NewFile(uintptr(socket), "reserved port")
	err = unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	if err == nil {
		err = unix.Bind(socket, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
	}
	var bound unix.Sockaddr
	if err == nil {
		bound, err = unix.Getsockname(socket)
	}
	if err != nil {
		_ = held.Close()
		return 0, nil, err
	}
	return bound.(*unix.SockaddrInet4).Port, held, nil
}
