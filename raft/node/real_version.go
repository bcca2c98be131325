package node

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"strconv"
	"strings"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/transport"
	"github.com/eventstreamcore/semel/raft/wal"
)

// VersionName is the file of a folder that says which version the cluster has, once that was raised: a line with the number, and the CRC-32C of the number.
// It is written before anything of that version is applied, so that a program which does not speak it does not come up with the folder.
const VersionName = "VERSION"

// encodeVersion returns what stands in the file.
func encodeVersion(v Version) string {
	text := strconv.Itoa(int(v))
	return fmt.Sprintf("%s\n%08x\n", text, crc32.Checksum([]byte(text), castagnoli))
}

// ReadVersion returns which version a folder says that the cluster has; 0 where it says nothing. An error wraps wal.ErrDamaged or wal.ErrDisk.
func ReadVersion(of disk.FS) (Version, error) {
	text, err := readWhole(of, VersionName)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	number, _, _ := strings.Cut(string(text), "\n")
	v, err := strconv.ParseUint(number, 10, 8)
	if err != nil || v == 0 || string(text) != encodeVersion(Version(v)) {
		return 0, fmt.Errorf("%w: %s is not what was written: a program that speaks the cluster's version writes it anew where it is removed", wal.ErrDamaged, VersionName)
	}
	return Version(v), nil
}

// checkVersion returns an error where the folder is of a version that this program does not speak.
func (n *Node) checkVersion() error {
	of, err := folderOf(n.options.FS, n.options.Dir, unchanged)
	if err != nil {
		return err
	}
	v, err := ReadVersion(of)
	if err != nil {
		return fmt.Errorf("open folder: %w", err)
	}
	if speaks := n.options.Machine.Speaks(); v > 0 && !isSpoken(speaks, v) {
		return fmt.Errorf("open folder: %w: it speaks %v, and the cluster's version is %d", ErrUpgrade, speaks, v)
	}
	return nil
}

// Raised is Host's.
func (h *realHost) Raised(v Version) error {
	if err := h.keepVersion(v); err != nil {
		return err
	}
	h.members.version.Store(uint32(v))
	h.options.Logger.Info("the cluster has a later version: programs that do not speak it take no part any more", "version", v)
	if h.transport == nil { // it comes up
		return nil
	}
	all := (*Node)(h).members.everybody()
	for id := all.Next(protocol.Nil); id != protocol.Nil; id = all.Next(id) {
		if speaks := h.Speaks(id); speaks != (Versions{}) && isBehind(speaks, v) {
			h.transport.Reject(id, fmt.Errorf("its program speaks %v, the cluster's version is %d", speaks, v))
		}
	}
	return nil
}

// keepVersion writes the file beside, and renames it, unless it says so already.
func (h *realHost) keepVersion(v Version) error {
	of, err := folderOf(h.options.FS, h.options.Dir, disk.OpenFolder)
	if err != nil {
		return err
	}
	if there, err := ReadVersion(of); err != nil || there == v {
		return err
	}
	return writeWhole(of, VersionName+".tmp", VersionName, []byte(encodeVersion(v)))
}

// Speaks is Host's.
func (h *realHost) Speaks(slot protocol.NodeID) Versions {
	h.members.mu.Lock()
	defer h.members.mu.Unlock()
	return h.members.speaks[slot]
}

// SpeaksOf returns which versions of the log the program of a member speaks, as it has told this node; none where it has not.
func (n *Node) SpeaksOf(slot protocol.NodeID) Versions {
	if slot == n.options.Raft.ID {
		return n.options.Machine.Speaks()
	}
	return (*realHost)(n).Speaks(slot)
}

// verifyVersion reports whether a node's program speaks the cluster's version, as far as this node knows that. It may be later than this node knows.
func (n *Node) verifyVersion(peer protocol.NodeID, said []byte) (transport.Refusal, error) {
	v := Version(n.members.version.Load())
	if _, speaks := parseAdvertised(said); isBehind(speaks, v) {
		return transport.NotSpoken, fmt.Errorf("node %d speaks version %v of the log, and the cluster's is %d", peer, speaks, v)
	}
	return 0, nil
}
