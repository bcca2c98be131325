package gate

import "golang.org/x/sys/unix"

// bytesWaiting is the ioctl that tells how many bytes a socket has to read.
const bytesWaiting = unix.TIOCINQ
