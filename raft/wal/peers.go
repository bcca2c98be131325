package wal

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/eventstreamcore/semel/raft/protocol"
)

const (
	peersName  = "PEERS"
	peersTemp  = "peers.tmp"
	peersMagic = "SEMELPRS"
	peersBytes = atPeers + 8*(int(protocol.MaxNodeID)+1) + 4
	atPeers    = 48 // incarnations, 8 bytes for each id from 0
)

// peers is the file of the incarnations under which this replica has met others; 0 is never met.
type peers struct {
	identity
	known  [protocol.MaxNodeID + 1]uint64
	stored bool // there is a file
}

// Peer returns the incarnation stored for a peer, 0 if none is.
func (l *Log) Peer(id protocol.NodeID) uint64 {
	l.peersMu.Lock()
	defer l.peersMu.Unlock()
	return l.peers.known[id]
}

// StorePeer keeps a peer's incarnation, durably when it returns. To be called before the peer's
// first message is handled; the same incarnation again costs nothing. An error wraps ErrIncarnation
// if the peer is known under another one: it was wiped. It wraps ErrNoRoom if there is none to store it: nothing has
// changed, and the peer has to wait. Any other wraps ErrFailed and stays.
func (l *Log) StorePeer(id protocol.NodeID, incarnation uint64) error {
	if id == protocol.Nil || id > protocol.MaxNodeID || incarnation == 0 {
		return fmt.Errorf("store peer %d with incarnation %x: ids are 1 to %d, an incarnation is not 0", id, incarnation, protocol.MaxNodeID)
	}
	l.peersMu.Lock()
	defer l.peersMu.Unlock()
	switch known := l.peers.known[id]; {
	case known == incarnation:
		return nil
	case known != 0:
		return fmt.Errorf("%w: node %d was %x and is %x now: its folder was lost; bring it back: without it that node can not come back yet",
			ErrIncarnation, id, known, incarnation)
	}
	return l.storePeer(id, incarnation)
}

// storePeer holds peersMu.
func (l *Log) storePeer(id protocol.NodeID, incarnation uint64) error {
	l.changing.Lock()
	defer l.changing.Unlock()
	if err := l.working(); err != nil {
		return err
	}
	next := *l.peers
	next.known[id], next.stored = incarnation, true
	err := saved(next.rewrite(l.fs))
	switch {
	case survivable(err):
		return fmt.Errorf("store the incarnation of peer %d: %w", id, err)
	case err != nil:
		l.mu.Lock()
		defer l.mu.Unlock()
		l.fail(err)
		return l.failure()
	}
	*l.peers = next
	return nil
}

// readPeers reads the file, if there is one.
func readPeers(fs FS, id identity, there bool) (*peers, error) {
	p := &peers{identity: id, stored: there}
	if !there {
		return p, nil
	}
	f, err := fs.Open(peersName)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", peersName, err)
	}
	defer f.Close()
	b := make([]byte, peersBytes)
	n, err := f.ReadAt(b, 0)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, fmt.Errorf("read %s: %w", peersName, err)
	case n < peersBytes:
		return nil, damaged(peersName, int64(n), "the file ends after %d bytes of %d", n, peersBytes)
	}
	return p, p.parse(b)
}

func (p *peers) parse(b []byte) error {
	sum := b[len(b)-4:]
	switch {
	case string(b[:len(peersMagic)]) != peersMagic:
		return damaged(peersName, 0, "the file does not begin with %q", peersMagic)
	case order.Uint32(sum) != checksum(0, b[:len(b)-4]):
		return damaged(peersName, 0, "the checksum is wrong")
	case order.Uint64(b[atVersion:]) != version:
		return fmt.Errorf("%w: %s is of version %d, this program reads %d", ErrVersion, peersName, order.Uint64(b[atVersion:]), version)
	case parseIdentity(b[atIdentity:]) != p.identity:
		return damaged(peersName, atIdentity, "the file is of another log")
	}
	for k := range p.known {
		p.known[k] = order.Uint64(b[atPeers+8*k:])
	}
	return nil
}

func (p *peers) encode() []byte {
	b := make([]byte, 0, peersBytes)
	b = append(b, peersMagic...)
	b = order.AppendUint64(b, version)
	b = p.identity.appendTo(b)
	for _, incarnation := range p.known {
		b = order.AppendUint64(b, incarnation)
	}
	return order.AppendUint32(b, checksum(0, b))
}

// rewrite replaces the file, durably; recovery does so too, since the name that it read the file
// under may not be durable.
func (p *peers) rewrite(fs FS) error {
	if err := p.writeTemp(fs); err != nil {
		return fmt.Errorf("write %s: %w", peersTemp, err)
	}
	if err := fs.Rename(peersTemp, peersName); err != nil {
		return fmt.Errorf("rename %s: %w", peersTemp, err)
	}
	if err := fs.SyncDir(); err != nil {
		return fmt.Errorf("sync the folder of %s: %w", peersName, err)
	}
	return keepTemp(fs)
}

// writeTemp writes the file that is to be renamed, in the room that keepTemp left for it.
func (p *peers) writeTemp(fs FS) error {
	f, err := fs.Open(peersTemp)
	if errors.Is(err, os.ErrNotExist) {
		f, err = fs.Create(peersTemp)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.WriteAt(p.encode(), 0); err != nil {
		return err
	}
	return syncOnce(f)
}

// keepTemp keeps room for the next rewrite, on a disk that is full by then; what the file before took is free now.
func keepTemp(fs FS) error {
	f, err := fs.Create(peersTemp)
	if err == nil {
		_, err = f.WriteAt(zeros[:peersBytes], 0)
		if err == nil {
			err = syncOnce(f)
		}
		f.Close()
	}
	if err != nil && !errors.Is(err, ErrNoRoom) {
		return fmt.Errorf("keep room as %s: %w", peersTemp, err)
	}
	return nil
}

// renew makes durable what recovery read. Where there is no room for a new file the old one is synced: its content
// is durable since before it had its name, and the name is unless a sync of the folder failed in an earlier life.
func (p *peers) renew(fs FS) error {
	if !p.stored {
		return nil
	}
	err := p.rewrite(fs)
	if survivable(err) {
		return fs.SyncDir()
	}
	return err
}
