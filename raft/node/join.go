package node

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/transport"
	"github.com/eventstreamcore/semel/raft/wal"
)

// A folder joins: it draws an incarnation, keeps it, and asks members until one says which slot it has. The same incarnation gets the same slot
// however often it asks; what it is told is in the log of a majority by then. Only then its log is made.

// joinName is the file of a folder that is to join and has no log yet: its incarnation.
const joinName = "JOIN"

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
}

type joined struct {
	Slot          protocol.NodeID        `json:"slot,omitempty"`
	ClusterID     [16]byte               `json:"cluster_id"`
	Configuration protocol.Configuration `json:"configuration"`
	Members       *Members               `json:"members,omitempty"`

	Pending bool   `json:"pending,omitempty"` // ask again, soon
	Leader  string `json:"leader,omitempty"`  // ask there
	Error   string `json:"error,omitempty"`
	Never   bool   `json:"never,omitempty"` // asking again is of no use
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
	Secret  Secret   // the cluster's
	Ask     []string // addresses for other nodes, of some members
	Member           // ID, the addresses, and what it is to become
	Machine StateMachine

	ReplacesID uint8            // likewise, by the id, where one member alone has it; 0: as Replaces says
	Told       func(*JoinError) // where not nil, is called with what each question came to that has not ended in an answer

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
	if _, err := wal.ReadIdentity(wal.Config{Dir: j.Dir}); !errors.Is(err, wal.ErrNoLog) {
		return err
	}
	incarnation, err := keptIncarnation(j.Dir)
	if err != nil {
		return err
	}
	request, err := json.Marshal(joining{
		Cluster: j.Cluster, Incarnation: incarnation, ID: j.ID, Peer: j.Peer, HTTP: j.HTTP, Redis: j.Redis, Becomes: j.Becomes, Replaces: j.Replaces, ReplacesID: j.ReplacesID,
	})
	if err != nil {
		return err
	}
	answer, err := j.askAll(ctx, request)
	if err != nil {
		return err
	}
	log, _, err := wal.Open(wal.Config{
		Dir: j.Dir, Cluster: answer.ClusterID, Node: answer.Slot, Incarnation: incarnation, SegmentBytes: cmp.Or(j.SegmentBytes, int64(segmentBytes)),
		First: &wal.Membership{Configuration: answer.Configuration, Members: j.Machine.AppendMembers(nil, 0, answer.Members.encode())},
	})
	if err != nil {
		return err
	}
	return errors.Join(log.Close(), os.Remove(filepath.Join(j.Dir, joinName)))
}

// askAll asks one after another, whom they name first, until one says which slot it is.
func (j *Joining) askAll(ctx context.Context, request []byte) (answer joined, err error) {
	last := &JoinError{Whom: strings.Join(j.Ask, ", "), Why: "nobody has answered yet"}
	leader := ""
	for k := 0; ; k++ {
		whom := cmp.Or(leader, j.Ask[k%len(j.Ask)])
		leader = ""
		bytes, err := transport.Ask(ctx, transport.AskConfig{Secret: j.Secret, Address: whom}, request)
		if err == nil {
			answer = joined{}
			err = json.Unmarshal(bytes, &answer)
		}
		switch {
		case ctx.Err() != nil:
			return joined{}, fmt.Errorf("%w: %w", last, context.Cause(ctx))
		case errors.Is(err, transport.ErrStranger):
			return joined{}, &JoinError{whom, err.Error(), true}
		case err != nil:
			last = &JoinError{Whom: whom, Why: err.Error()}
		case answer.Slot != protocol.Nil && answer.Members != nil:
			_, err := parseMembers(answer.Members.encode(), answer.Configuration)
			return answer, err
		case answer.Never:
			return joined{}, &JoinError{whom, answer.Error, true}
		case answer.Pending:
			last, leader = &JoinError{Whom: whom, Why: "it is not decided yet"}, whom
		default:
			last, leader = &JoinError{Whom: whom, Why: answer.Error}, answer.Leader
		}
		if j.Told != nil {
			j.Told(last)
		}
		select {
		case <-ctx.Done():
		case <-time.After(joinPause):
		}
	}
}

// keptIncarnation returns the incarnation of a folder that is to join, which is drawn once.
func keptIncarnation(dir string) (uint64, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	path := filepath.Join(dir, joinName)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return drawIncarnation(path)
	}
	if err != nil {
		return 0, err
	}
	b, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(b) != 8 || binary.BigEndian.Uint64(b) == 0 {
		return 0, fmt.Errorf("%s is not what was written; where this folder has joined nothing yet, empty it", path)
	}
	return binary.BigEndian.Uint64(b), nil
}

func drawIncarnation(path string) (uint64, error) {
	var b [8]byte
	for binary.BigEndian.Uint64(b[:]) == 0 {
		_, _ = rand.Read(b[:]) // ends the process where there is no randomness
	}
	return binary.BigEndian.Uint64(b[:]), writeSynced(path, hex.EncodeToString(b[:])+"\n")
}

// writeSynced writes a file beside, and renames it: it is there as a whole, or not.
func writeSynced(path, text string) error {
	f, err := os.OpenFile(path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
