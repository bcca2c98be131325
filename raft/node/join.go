package node

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

// A folder joins: it draws an incarnation, keeps it, and asks members until one says which slot it has. The same incarnation gets the same slot
// however often it asks; what it is told is in the log of a majority by then. That it keeps (told.go), and only then its log is made, as that of every other folder
// was: with the first members.

// JoinName is the file of a folder that joins: its incarnation and, before there is a log, what it was told. joinTemp is the file while it is written.
const (
	JoinName = "JOIN"
	joinTemp = "join.tmp"
)

// joining is what a folder asks for, and joined the answer.
type joining struct {
	Cluster     string          `json:"cluster"`
	Incarnation uint64          `json:"incarnation"`
	ID          uint8           `json:"id"`
	Peer        string          `json:"peer"`
	HTTP        string          `json:"http,omitempty"`
	Redis       string          `json:"redis,omitempty"`
	Becomes     Wish            `json:"becomes,omitempty"`
	Replaces    protocol.NodeID `json:"replaces,omitempty"`
	ReplacesID  uint8           `json:"replaces_id,omitempty"`
	Speaks      *Versions       `json:"speaks,omitempty"`
}

type joined struct {
	Slot      protocol.NodeID `json:"slot,omitempty"`
	ClusterID [16]byte        `json:"cluster_id"`
	Told      *Told           `json:"told,omitempty"`

	Pending bool   `json:"pending,omitempty"` // ask again, soon
	Leader  string `json:"leader,omitempty"`  // ask there
	Error   string `json:"error,omitempty"`
	Never   bool   `json:"never,omitempty"` // asking again is of no use
	Other   bool   `json:"other,omitempty"` // for this is another cluster: somebody else that is asked may be of the one that is meant
}

func (j joined) encode() []byte {
	b, err := json.Marshal(j)
	assert(err == nil, "an answer can be encoded")
	return b
}

// Joining says which folder is to join, and whom it asks. All but Becomes and Replaces are required.
type Joining struct {
	Cluster string
	Dir     string   // an empty folder, or one that was to join before; it is made where missing
	FS      disk.FS  // takes the place of Dir, where not nil
	Secret  Secret   // the cluster's
	Ask     []string // addresses for other nodes, of some members: host:port each; of a name each address that it has is asked
	Member           // ID, the addresses, and what it is to become
	Machine StateMachine

	ReplacesID uint8            // likewise, by the id, where one member alone has it; 0: as Replaces says
	Told       func(*JoinError) // where not nil, is called with what each question came to that has not ended in an answer

	LookUp func(ctx context.Context, host string) ([]string, error) // the addresses of a name; default: as the system says

	SegmentBytes int64 // as of Options
}

// JoinError is why a folder has not joined.
type JoinError struct {
	Whom  string // was asked last
	Why   string
	Never bool // asking again comes to the same
}

// Error says whom it asked, and why that came to nothing.
func (e *JoinError) Error() string { return fmt.Sprintf("join by way of %s: %s", e.Whom, e.Why) }

// joinPause is the time from one question to the next.
const joinPause = 200 * time.Millisecond

// Join makes the log of a folder that joins a cluster, once that has taken it in as a learner. It asks until then, or until ctx ends: then the error says what
// the last answer was. Where the folder has a log already it does nothing. It is safe to repeat, and a crash leaves what a repetition goes on with.
func Join(ctx context.Context, j Joining) error {
	if _, err := wal.ReadIdentity(wal.Config{Dir: j.Dir, FS: j.FS}); !errors.Is(err, wal.ErrNoLog) {
		return err
	}
	folder, err := folderOf(j.FS, j.Dir, disk.OpenFolder)
	if err != nil {
		return err
	}
	incarnation, err := keptIncarnation(folder)
	if err != nil {
		return err
	}
	speaks := j.Machine.Speaks()
	request, err := json.Marshal(joining{
		Speaks:  &speaks,
		Cluster: j.Cluster, Incarnation: incarnation, ID: j.ID, Peer: j.Peer, HTTP: j.HTTP, Redis: j.Redis, Becomes: j.Becomes, Replaces: j.Replaces, ReplacesID: j.ReplacesID,
	})
	if err != nil {
		return err
	}
	answer, err := (&asking{j: &j, request: request}).all(ctx)
	if err != nil {
		return err
	}
	if err := writeWhole(folder, joinTemp, JoinName, encodeJoin(incarnation, answer.Told)); err != nil {
		return fmt.Errorf("keep what the folder was told: %w", err)
	}
	log, _, err := wal.Open(wal.Config{
		FS: folder, Cluster: answer.ClusterID, Node: answer.Slot, Incarnation: incarnation, SegmentBytes: cmp.Or(j.SegmentBytes, int64(segmentBytes)),
		First: beginning(j.Machine, answer.Told.Members.Cluster, firstOf(answer.Told.Members)),
	})
	if err != nil {
		return err
	}
	return log.Close()
}

// beginning is what the log of each folder of a cluster begins with.
func beginning(m StateMachine, cluster string, founders protocol.NodeSet) *wal.Membership {
	return &wal.Membership{
		Configuration: protocol.Configuration{Voters: founders},
		Members:       m.AppendFirstMembers(nil, firstMembers(cluster, founders).encode()),
	}
}

// folderOf is the folder that options name: an FS, or else a Dir, which is opened.
func folderOf(of disk.FS, dir string, open func(dir string) (disk.FS, error)) (disk.FS, error) {
	if of == nil {
		opened, err := open(dir)
		if err != nil {
			return nil, disk.Tell(err)
		}
		of = opened
	}
	return disk.Told(of), nil
}

// unchanged opens a folder that is not made where it is missing.
func unchanged(dir string) (disk.FS, error) { return disk.ReadOnlyFolder(dir), nil }

// keptIncarnation returns the incarnation of a folder that is to join, which is drawn once.
func keptIncarnation(folder disk.FS) (uint64, error) {
	text, err := readWhole(folder, JoinName)
	if errors.Is(err, fs.ErrNotExist) {
		return drawIncarnation(folder)
	}
	if err != nil {
		return 0, err
	}
	incarnation, _, err := parseJoin(text)
	if err != nil {
		return 0, fmt.Errorf("%w: %s: %w: empty the folder, which has joined nothing yet, or goes by another slot from then on", wal.ErrDamaged, JoinName, err)
	}
	return incarnation, nil
}

func drawIncarnation(folder disk.FS) (uint64, error) {
	incarnation := drawn()
	return incarnation, writeWhole(folder, joinTemp, JoinName, encodeJoin(incarnation, nil))
}

// readTold returns what a folder was told that joined; nil where nothing of that is kept.
func readTold(folder disk.FS) (*Told, error) {
	text, err := readWhole(folder, JoinName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	_, told, err := parseJoin(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %s, whom this folder is to meet: %w: remove the node, empty the folder and have it join anew", wal.ErrDamaged, JoinName, err)
	}
	return told, nil
}

// CheckJoin returns an error where what a folder was told when it joined is not what was written.
func CheckJoin(folder disk.FS) error {
	_, err := readTold(disk.Told(folder))
	return err
}

// forgetTold removes what a folder was told that has it all in its log.
func forgetTold(folder disk.FS) error {
	if err := folder.Remove(JoinName); err != nil {
		return fmt.Errorf("remove %s: %w", JoinName, err)
	}
	return folder.SyncDir()
}

// mostTold bounds what is read of a file.
const mostTold = 1 << 20

// readWhole reads a file.
func readWhole(folder disk.FS, name string) ([]byte, error) {
	f, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.NewSectionReader(f, 0, mostTold))
	return text, errors.Join(err, f.Close())
}

// writeWhole writes a file beside, and renames it: it is there as a whole, or not.
func writeWhole(folder disk.FS, temp, name string, text []byte) error {
	f, err := folder.Create(temp)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(text, 0)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := folder.Rename(temp, name); err != nil {
		return err
	}
	return folder.SyncDir()
}
