package node

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

// Names of the file that a restore leaves in a folder: the first while it has not ended, the second when it has.
const (
	RestoringName = "RESTORING"
	RestoredName  = "RESTORED"
)

var (
	// ErrRestoring is wrapped by what Start returns for a folder that a restore has not ended in.
	ErrRestoring = errors.New("a restore into this folder has not ended: run it again, it begins anew")
	// ErrRestoredAs is wrapped by what Start returns for a folder that was restored as a cluster of another name.
	ErrRestoredAs = errors.New("the folder was restored as another cluster")
)

// RestoredFolder says of a folder that it was made by a restore, of which state, and whose it is: no cluster of a first start has its id.
type RestoredFolder struct {
	Name    string         // of the new cluster
	Cluster [16]byte       // its id
	Index   protocol.Index // that the log begins behind
	Digest  [32]byte       // of the backup's body
}

// restoredText is a RestoredFolder as it stands in the file: a line of JSON, and the CRC-32C of that.
type restoredText struct {
	Version int    `json:"version"`
	Name    string `json:"cluster"`
	Cluster string `json:"id"`
	Index   uint64 `json:"index"`
	Digest  string `json:"digest"`
}

const restoredVersion = 1

// Encode returns what stands in the file.
func (r *RestoredFolder) Encode() []byte {
	line, err := json.Marshal(restoredText{restoredVersion, r.Name, hex.EncodeToString(r.Cluster[:]), uint64(r.Index), hex.EncodeToString(r.Digest[:])})
	if err != nil {
		panic(err) // numbers and text
	}
	return summed(line)
}

// parseRestored reads what Encode returned. An error wraps wal.ErrDamaged or wal.ErrVersion.
func parseRestored(b []byte) (r RestoredFolder, err error) {
	line, whole := unsummed(b)
	if !whole {
		return r, fmt.Errorf("%w: %s is not what was written: restore again, into another folder", wal.ErrDamaged, RestoredName)
	}
	var text restoredText
	if err := json.Unmarshal(line, &text); err != nil {
		return r, fmt.Errorf("%w: %s: %w", wal.ErrDamaged, RestoredName, err)
	}
	if text.Version != restoredVersion {
		return r, fmt.Errorf("%w: %s is of version %d, this program reads %d", wal.ErrVersion, RestoredName, text.Version, restoredVersion)
	}
	r.Name, r.Index = text.Name, protocol.Index(text.Index)
	_, wrong := hex.Decode(r.Cluster[:], []byte(text.Cluster))
	_, bad := hex.Decode(r.Digest[:], []byte(text.Digest))
	return r, errors.Join(wrong, bad)
}

// ReadRestored says whether a folder was made by a restore; nil: it was not. An error wraps ErrRestoring, wal.ErrDamaged, wal.ErrVersion or wal.ErrDisk.
func ReadRestored(of disk.FS) (*RestoredFolder, error) {
	names, err := of.List()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil // it is made later
	case err != nil:
		return nil, err
	case slices.Contains(names, RestoringName):
		return nil, ErrRestoring
	case !slices.Contains(names, RestoredName):
		return nil, nil
	}
	file, err := of.Open(RestoredName)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it is only read
	text, err := io.ReadAll(io.NewSectionReader(file, 0, 64<<10))
	if err != nil {
		return nil, err
	}
	r, err := parseRestored(text)
	return &r, err
}

// nameCluster finds whose the folder is: of a restore, or of the name and servers that the node was started with.
func (n *Node) nameCluster() error {
	o := &n.options
	n.cluster = ClusterID(o.Cluster, o.Raft.Servers)
	of := o.FS
	if of == nil {
		of = disk.ReadOnlyFolder(o.Dir)
	}
	restored, err := ReadRestored(disk.Told(of))
	switch {
	case err != nil:
		return fmt.Errorf("open folder: %w", err)
	case restored == nil:
		return nil
	case restored.Name != o.Cluster:
		return fmt.Errorf("%w: %q, and this node is one of %q: start it with that name", ErrRestoredAs, restored.Name, o.Cluster)
	}
	n.cluster, n.restored = restored.Cluster, restored.Index
	return nil
}

// isNew reports whether the log has nothing but what it was made with: then whether this node ever held anything is known to the others only.
func (n *Node) isNew() bool { return holdsNothing(n.log.LastIndex(), n.restored) }
