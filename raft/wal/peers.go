package wal

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// The file of what this replica knows of the others, and of its own starts: two copies of the same, so that it is changed
// where it stands, which needs no room, and one of them is whole at any time.
const (
	peersName  = "PEERS"
	peersTemp  = "peers.tmp" // only while the file is made
	peersMagic = "SEMELPRS"
	peersBytes = 4096 // of a copy
	atChange   = 48   // how many changes there were: of two copies the higher is the newer
	atStarts   = 56
	atRecent   = 64 // 8 bytes for each start, at its number modulo RecentStarts
	atKnown    = atRecent + 8*RecentStarts
	knownBytes = 24 // for each node id from 0: incarnation, number and id of the start it was met with
	atReasons  = atKnown + knownBytes*(int(protocol.MaxNodeID)+1)
	atPeersSum = peersBytes - 4
)

// known is what is kept of a node; all 0 is nothing.
type known struct {
	incarnation uint64
	start              // the newest one that it was met in
	condemned   Reason // 0: not
}

// peers is what the file holds.
type peers struct {
	identity
	own    Lineage
	known  [protocol.MaxNodeID + 1]known
	change uint64
	file   File

	mending []int // copies that may not be on disk as this is, in the order in which they are to be written
}

// newPeers is what a folder holds before its first start.
func newPeers(id identity) *peers {
	return &peers{identity: id, own: Lineage{Incarnation: id.incarnation}}
}

func (p *peers) close() error {
	if p == nil || p.file == nil {
		return nil
	}
	return p.file.Close()
}

// Peer returns the incarnation stored for a peer, 0 if none is.
func (l *Log) Peer(id protocol.NodeID) uint64 {
	l.peersMu.Lock()
	defer l.peersMu.Unlock()
	return l.peers.known[id].incarnation
}

// PeerStarts returns the number of the newest start in which a peer was met, 0 if it was not.
func (l *Log) PeerStarts(id protocol.NodeID) uint64 {
	l.peersMu.Lock()
	defer l.peersMu.Unlock()
	return l.peers.known[id].number
}

// StorePeer keeps which folder a peer has and the start that it is in, durably when it returns. To be called before the
// peer's first message of that start is handled; the same again costs nothing. Errors are those of VerifyPeer. One wraps
// ErrNoRoom if there is none to store it: nothing has changed, and the peer has to wait. Any other wraps ErrFailed and stays.
func (l *Log) StorePeer(id protocol.NodeID, theirs Lineage) error {
	if id == protocol.Nil || id > protocol.MaxNodeID {
		return fmt.Errorf("store peer %d: ids are 1 to %d", id, protocol.MaxNodeID)
	}
	if err := theirs.validate(); err != nil {
		return fmt.Errorf("store peer %d: %w", id, err)
	}
	l.changingPeers.Lock()
	defer l.changingPeers.Unlock()
	if err := l.peers.verify(id, theirs); err != nil {
		return err
	}
	met := known{incarnation: theirs.Incarnation, start: theirs.present()}
	if l.peers.known[id] == met {
		return nil
	}
	return l.changePeers(func(p *peers) { p.known[id] = met })
}

// changePeers changes the file. Holds changingPeers.
func (l *Log) changePeers(change func(p *peers)) error {
	if err := l.working(); err != nil {
		return err
	}
	changed := *l.peers
	err := saved(changed.commit(change))
	l.peersMu.Lock()
	*l.peers = changed
	l.peersMu.Unlock()
	switch {
	case survivable(err):
		return fmt.Errorf("change %s: %w", peersName, err)
	case err != nil:
		l.mu.Lock()
		defer l.mu.Unlock()
		l.fail(err)
		return l.failure()
	}
	return nil
}

// commit makes a change durable in the first copy, then in the second: a crash leaves the other one whole. Where the file
// system has no room for the second (some write nothing in place) the change holds all the same.
func (p *peers) commit(change func(p *peers)) error {
	if err := p.mend(); err != nil {
		return err
	}
	next := *p
	change(&next)
	next.change++
	if err := next.writeCopy(0); err != nil {
		return err
	}
	*p = next
	p.mending = []int{1}
	if err := p.mend(); !survivable(err) {
		return err
	}
	return nil
}

// mend writes again the copies that may not be on disk as they are here. Where one is, the same bytes do no harm to it.
func (p *peers) mend() error {
	for len(p.mending) > 0 {
		if err := p.writeCopy(p.mending[0]); err != nil {
			return err
		}
		p.mending = p.mending[1:]
	}
	return nil
}

func (p *peers) writeCopy(place int) error {
	if _, err := p.file.WriteAt(p.encode(), int64(place)*peersBytes); err != nil {
		return fmt.Errorf("write %s: %w", peersName, err)
	}
	if err := syncOnce(p.file); err != nil {
		return fmt.Errorf("sync %s: %w", peersName, err)
	}
	return nil
}

// readPeers reads the file; nil if there is none.
func readPeers(fs FS, id identity, there bool) (*peers, error) {
	if !there {
		return nil, nil
	}
	f, err := fs.Open(peersName)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", peersName, err)
	}
	p, err := parsePeers(f, id)
	if err != nil {
		f.Close()
	}
	return p, err
}

// parsePeers returns the newer copy that is whole.
func parsePeers(f File, id identity) (newer *peers, err error) {
	b := make([]byte, 2*peersBytes)
	if n, err := f.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", peersName, err)
	} else if n < len(b) {
		return nil, damaged(peersName, int64(n), "the file ends after %d bytes of %d", n, len(b))
	}
	for place := range 2 {
		p := &peers{identity: id, file: f, mending: []int{0, 1}}
		if wrong := p.parse(b[place*peersBytes:][:peersBytes]); wrong != nil {
			err = wrong
		} else if newer == nil || p.change > newer.change {
			newer = p
		}
	}
	if newer != nil {
		return newer, nil
	}
	return nil, err
}

// missingPeers returns an error where there is no such file and a log with records: those are written after it.
func missingPeers(p *peers, mark uint64) error {
	if p == nil && mark > 0 {
		return damaged(peersName, 0, "the file is missing, a log with records is there")
	}
	return nil
}

func (p *peers) parse(b []byte) error {
	switch {
	case string(b[:len(peersMagic)]) != peersMagic:
		return damaged(peersName, 0, "a copy does not begin with %q", peersMagic)
	case order.Uint32(b[atPeersSum:]) != checksum(0, b[:atPeersSum]):
		return damaged(peersName, 0, "the checksum of a copy is wrong")
	case order.Uint64(b[atVersion:]) != version:
		return fmt.Errorf("%w: %s is of version %d, this program reads %d", ErrVersion, peersName, order.Uint64(b[atVersion:]), version)
	case parseIdentity(b[atIdentity:]) != p.identity:
		return damaged(peersName, atIdentity, "the file is of another log")
	}
	p.change = order.Uint64(b[atChange:])
	p.own = Lineage{Incarnation: p.incarnation, Starts: order.Uint64(b[atStarts:])}
	for n := p.own.Starts - min(p.own.Starts, RecentStarts); n < p.own.Starts; n++ {
		p.own.Recent = append(p.own.Recent, order.Uint64(b[atRecent+8*((n+1)%RecentStarts):]))
	}
	for k := range p.known {
		row := b[atKnown+knownBytes*k:]
		p.known[k] = known{order.Uint64(row), start{order.Uint64(row[8:]), order.Uint64(row[16:])}, Reason(b[atReasons+k])}
	}
	return nil
}

func (p *peers) encode() []byte {
	b := make([]byte, peersBytes)
	copy(b, peersMagic)
	order.PutUint64(b[atVersion:], version)
	copy(b[atIdentity:], p.identity.appendTo(nil))
	order.PutUint64(b[atChange:], p.change)
	order.PutUint64(b[atStarts:], p.own.Starts)
	for k, id := range p.own.Recent {
		n := p.own.Starts - uint64(len(p.own.Recent)-1-k)
		order.PutUint64(b[atRecent+8*(n%RecentStarts):], id)
	}
	for k, n := range p.known {
		row := b[atKnown+knownBytes*k:]
		order.PutUint64(row, n.incarnation)
		order.PutUint64(row[8:], n.number)
		order.PutUint64(row[16:], n.id)
		b[atReasons+k] = byte(n.condemned)
	}
	order.PutUint32(b[atPeersSum:], checksum(0, b[:atPeersSum]))
	return b
}

// begin adds this start to those that the folder has had, durably, and makes durable what recovery read. It needs no
// room, but for the first start of all.
func (p *peers) begin(fs FS, id uint64) error {
	add := func(p *peers) {
		p.own.Starts++
		recent := append(slices.Clone(p.own.Recent), id)
		p.own.Recent = recent[len(recent)-int(min(p.own.Starts, RecentStarts)):]
	}
	if p.file == nil {
		add(p)
		return p.create(fs)
	}
	return p.commit(add)
}

// create makes the file: whole and durable before it has its name, which is durable at the end of the recovery.
func (p *peers) create(fs FS) (err error) {
	if p.file, err = fs.Create(peersTemp); err != nil {
		return fmt.Errorf("create %s: %w", peersTemp, err)
	}
	p.mending = []int{0, 1}
	err = p.mend()
	if err == nil {
		err = fs.Rename(peersTemp, peersName)
	}
	if err != nil {
		p.file.Close()
		return fmt.Errorf("create %s: %w", peersName, err)
	}
	return nil
}
