package folder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal"
)

// Verify reads all of a folder at rest. An error says that it could not be looked at: it wraps ErrNone, ErrInUse, wal.ErrVersion, or is of the file
// system. What is damaged stands in the report.
func Verify(dir string) (*Report, error) {
	r, err := open(dir)
	if err != nil {
		return nil, err
	}
	defer r.close()
	v := &verification{rest: r, report: Report{Folder: dir, Peers: []Peer{}}}
	if err := v.all(); err != nil {
		return nil, err
	}
	v.report.Whole = isWhole(v.report.Damage)
	for k := range v.report.Damage {
		if d := &v.report.Damage[k]; d.ToDo == toDoSnapshot && v.report.State == nil {
			d.ToDo = toDoCopy
		}
	}
	return &v.report, nil
}

// verification is a folder that is being verified.
type verification struct {
	*rest
	report Report
	found  *wal.Inspection
	sound  []snapshot.Snapshot // those that are whole and fit the log, oldest first
	files  *snapshot.Store     // nil: there are none
}

func (v *verification) all() (err error) {
	var logErr error
	if v.found, logErr = wal.Inspect(v.log); logErr != nil && !errors.Is(logErr, wal.ErrDamaged) {
		return logErr
	}
	v.tellLog()
	if err := v.tellSnapshots(); err != nil {
		return err
	}
	if err := v.tellOthers(); err != nil {
		return err
	}
	if logErr == nil {
		return v.replay()
	}
	return nil // it stands in the report
}

// What to do, told with what is wrong.
const (
	toDoLog = "keep a copy of the folder as it is, check the disk, put no older copy in its place: the others have what was committed and go on without this node. " +
		"Where a majority of the nodes is lost, see \"lost quorum\" in docs/operations.md"
	toDoSnapshot = "nothing: the node comes up without it, and removes it when it has two newer ones; check the disk"
	toDoCopy     = "where the disk refused to be read, mend that. Otherwise copy a file from another node's folder of snapshots into this node's, see \"a node that comes back\" in docs/operations.md"
	toDoState    = "do not start this node: it would take part with what it can't have; keep a copy of the folder, check the machine's memory and disk, and please report it"
	toDoRestore  = "run semel restore again: where a restore has not ended into this folder, otherwise into a new one"
	toDoPeers    = "nothing: the next start writes both copies anew; check the disk"
)

// damaged notes what is wrong with a file.
func (v *verification) damaged(file string, err error, toDo string) {
	d := Damage{File: file, What: err.Error(), ToDo: toDo}
	if of, ok := errors.AsType[*wal.DamageError](err); ok {
		d.Offset, d.What = &of.Offset, of.Reason
	}
	if of, ok := errors.AsType[*snapshot.DamageError](err); ok {
		d.Offset, d.What = &of.Offset, of.Reason
	}
	v.report.Damage = append(v.report.Damage, d)
}

// tellLog tells of the log's files, and of what they hold together.
func (v *verification) tellLog() {
	in, told := v.found, &v.report
	told.Cluster, told.Node, told.Starts = fmt.Sprintf("%x", in.Cluster), uint8(in.Node), in.Starts
	told.Incarnation = fmt.Sprintf("%016x", in.Incarnation)
	base, baseTerm := in.State.Log.Base()
	last := in.State.Log.LastIndex()
	told.Log = Log{
		Begins: uint64(base), BeginTerm: uint64(baseTerm), Last: uint64(last), LastTerm: uint64(in.State.Log.TermAt(last)),
		Commit: uint64(in.State.Commit), Term: uint64(in.State.Term), Vote: uint8(in.State.Vote), Mark: in.Mark, Torn: in.Torn > 0,
	}
	for _, p := range in.Peers {
		peer := Peer{Node: uint8(p.Node), Start: p.Start}
		if p.Incarnation != 0 {
			peer.Incarnation = fmt.Sprintf("%016x", p.Incarnation)
		}
		if p.Condemned != 0 {
			peer.KeptOut = p.Condemned.String()
		}
		told.Peers = append(told.Peers, peer)
	}
	for _, f := range in.Files {
		told.Files = append(told.Files, File{
			Name: f.Name, Bytes: v.size(f.Name), Found: v.wordsOf(f), Records: f.Records, FirstMark: f.FirstMark, LastMark: f.Mark,
			FirstIndex: uint64(f.First), LastIndex: uint64(f.Last), FirstTerm: uint64(f.FirstTerm), LastTerm: uint64(f.Term),
		})
		switch {
		case f.Err != nil:
			v.damaged(f.Name, f.Err, toDoLog)
		case f.Flaw != nil:
			v.damaged(f.Name, f.Flaw, toDoPeers)
		}
	}
}

func (v *verification) wordsOf(f wal.FileFound) string {
	switch {
	case f.Err != nil:
		return "DAMAGED"
	case f.Flaw != nil:
		return "one of two copies DAMAGED"
	case f.Stale:
		return "below the log's beginning; the next start removes it"
	case f.Unread:
		return "not read, since another file is damaged"
	case f.Name == peersName:
		return "whole"
	case f.Records == 0:
		return "whole, empty"
	case v.found.Torn > 0 && f.Mark == v.found.Mark:
		return fmt.Sprintf("whole up to offset %d, where a crash tore what was being written", v.found.Torn)
	}
	return "whole"
}

// size is how long a file is that may not be there.
func (v *verification) size(name string) int64 {
	info, err := os.Stat(filepath.Join(v.dir, name))
	if err != nil {
		return 0
	}
	return info.Size()
}

// tellSnapshots reads each snapshot to its end.
func (v *verification) tellSnapshots() (err error) {
	if v.snapshots == nil {
		return nil
	}
	if v.files, err = snapshot.Inspect(v.snapshots, v.found.Cluster); err != nil {
		return err
	}
	all := v.files.List()
	if came, ok := v.files.Received(); ok {
		all = append(all, came)
	}
	for _, s := range all {
		name := filepath.Join(snapshotsName, s.Name())
		if s.Err == nil {
			s.Err = v.files.Verify(s.Index)
		}
		v.report.Files = append(v.report.Files, File{
			Name: name, Bytes: v.size(name), Found: v.wordsOfSnapshot(s), FirstIndex: uint64(s.Index), LastIndex: uint64(s.Index), FirstTerm: uint64(s.Term), LastTerm: uint64(s.Term),
		})
		switch {
		case s.Err != nil:
			v.damaged(name, s.Err, toDoSnapshot)
		case v.fits(s):
			v.sound = append(v.sound, s)
		}
	}
	slices.SortFunc(v.sound, func(a, b snapshot.Snapshot) int { return int(a.Index) - int(b.Index) })
	return nil
}

// fits reports whether a start may load a snapshot that is whole: the log goes on from it. What came from another node counts where the log begins
// behind it.
func (v *verification) fits(s snapshot.Snapshot) bool {
	base, _ := v.found.State.Log.Base()
	if s.Name() == receivedName && s.Index != base {
		return false
	}
	return idOf(s).Fits(&v.found.State.Log)
}

func (v *verification) wordsOfSnapshot(s snapshot.Snapshot) string {
	base, _ := v.found.State.Log.Base()
	switch {
	case s.Err != nil:
		return "DAMAGED"
	case v.fits(s):
		return "whole, the log goes on from it"
	case s.Name() == receivedName:
		return "whole, came from another node, and was not taken up"
	case s.Index < base:
		return "whole, older than the log; the next start removes it"
	}
	return "whole, of entries that the log does not have yet"
}

// Names of files that are there for a while.
const (
	peersName    = "PEERS"
	receivedName = "received.tmp"
	lockName     = "LOCK"
)

// tellOthers tells of the files that are neither.
func (v *verification) tellOthers() error {
	for _, below := range []string{"", snapshotsName} {
		names, err := os.ReadDir(filepath.Join(v.dir, below))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		for _, entry := range names {
			v.tellOther(filepath.Join(below, entry.Name()), entry.IsDir())
		}
	}
	return nil
}

func (v *verification) tellOther(name string, isFolder bool) {
	known := slices.ContainsFunc(v.report.Files, func(f File) bool { return f.Name == name })
	if known || filepath.Base(name) == lockName || name == snapshotsName {
		return
	}
	found := "not of a node: nobody reads it"
	switch {
	case name == node.RestoringName:
		found = "DAMAGED"
		v.damaged(name, node.ErrRestoring, toDoRestore)
	case name == node.RestoredName:
		found = v.wordsOfRestored()
	case name == node.JoinName:
		found = v.wordsOfJoin()
	case name == node.BootstrapName:
		found = "whole"
		if err := node.CheckBootstrap(v.log); err != nil {
			v.damaged(name, err, "where the cluster has begun, remove the node from it, empty its folder and have it join anew")
			found = "DAMAGED"
		}
	case name == node.VersionName:
		found = v.wordsOfVersion()
	case isFolder:
		name += string(filepath.Separator)
	case filepath.Base(name) == receivedName:
		found = "received in part from another node; a start keeps it if it can be gone on with"
	case strings.HasSuffix(name, ".tmp"):
		found = "left by a crash; the next start removes it"
	}
	v.report.Files = append(v.report.Files, File{Name: name, Bytes: v.size(name), Found: found})
}

func (v *verification) wordsOfRestored() string {
	told, err := node.ReadRestored(v.log)
	if err != nil {
		v.damaged(node.RestoredName, err, toDoRestore)
		return "DAMAGED"
	}
	return fmt.Sprintf("whole: the folder was restored as one of cluster %q", told.Name)
}

func (v *verification) wordsOfJoin() string {
	if err := node.CheckJoin(v.log); err != nil {
		v.damaged(node.JoinName, err, "remove the node from its cluster, empty its folder and have it join anew")
		return "DAMAGED"
	}
	return "whole: whom the folder meets until its log says who the members are; a later start removes it"
}

func (v *verification) wordsOfVersion() string {
	version, err := node.ReadVersion(v.log)
	if err != nil {
		v.damaged(node.VersionName, err, "remove it: a start writes it anew")
		return "DAMAGED"
	}
	return fmt.Sprintf("whole: the cluster has version %d", version)
}

// errLost is what is wrong with a folder that has no state to go on from.
func errLost(base, last protocol.Index) error {
	return fmt.Errorf("the log begins behind entry %d, and no snapshot of an entry from there to %d is whole: the state is lost here", base, last)
}
