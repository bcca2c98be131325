//go:build !linux

package gate

// bytesWaiting is the ioctl that tells how many bytes a socket has to read: FIONREAD of the BSDs, macOS among them.
const bytesWaiting = 0x4004667f
