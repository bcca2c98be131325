package node

import (
	"fmt"
	"math"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Payloads that the cache holds no more are read off the loop: for each peer that is behind, and for the state
// machine, at most one stretch of the log at a time is asked of Host.ReadAhead, and comes back as WasRead.
// Until then its entries wait: the peer gets heartbeats, the state machine nothing.

// What is read of the log at once, for one reader, and no more than a window to a peer.
const (
	stretchEntries = 1024
	peerBytes      = 128 << 10
	machineBytes   = 1 << 20
)

func stretchBytes(reader Reader) int {
	if reader == ForMachine {
		return machineBytes
	}
	return peerBytes
}

// Reading is a wish of a reader's: the entries from First on, as many as there are up to Last until their payloads
// have Bytes.
type Reading struct {
	For         Reader
	First, Last protocol.Index
	Bytes       int
	Calm        bool // others come first: a pause before it hurts nobody
}

// Reader is who a stretch of the log is read for: a peer, by its id, or ForMachine.
type Reader = protocol.NodeID

// ForMachine is the state machine as a Reader.
const ForMachine Reader = protocol.Nil

// ahead is what was read for a reader, until it was used.
type ahead struct {
	first   protocol.Index
	sent    int64 // bytes sent to the peer
	nearest int64 // the fewest bytes that it lacked, counted from any start, when some were read for it
	entries []Entry
	latest  protocol.Index // where what was read last begins
	asked   bool           // Host.ReadAhead was called, and its WasRead has not come
	sure    protocol.Index // what was committed then: what is read of it can't have changed since
}

// at returns the payload of the entry at k, if it was read and is the entry that is wanted.
func (a *ahead) at(k protocol.Index, want protocol.Entry) ([]byte, bool) {
	if k < a.first || k >= a.first+protocol.Index(len(a.entries)) {
		return nil, false
	}
	e := a.entries[k-a.first]
	return e.Payload, isEntry(e, want)
}

// usedUpTo drops what was read, once the last of it was used.
func (a *ahead) usedUpTo(k protocol.Index) {
	if a.first+protocol.Index(len(a.entries)) <= k+1 {
		a.entries = nil
	}
}

// held returns the payload of the log's entry at k, if it is in memory.
func (r *Replica) held(reader Reader, k protocol.Index) ([]byte, bool) {
	want := r.core.At(k)
	if payload, ok := r.cache.get(k, want.Term); ok {
		return payload, true
	}
	return r.ahead[reader].at(k, want)
}

// askAhead has the entries from k on read for a reader, up to last and to those in the cache, unless some are
// being read for it.
func (r *Replica) askAhead(reader Reader, k, last protocol.Index) {
	a := &r.ahead[reader]
	if a.asked {
		return
	}
	a.entries = nil
	r.ask(reader, k, last)
}

// ask has entries read for a reader for whom none are being read.
func (r *Replica) ask(reader Reader, k, last protocol.Index) {
	a := &r.ahead[reader]
	a.asked, a.sure = true, r.committed
	calm := reader != ForMachine && r.gains(reader)
	a.nearest = min(a.nearest, r.written-a.sent)
	if k < r.cache.first {
		last = min(last, r.cache.first-1)
	}
	r.host.ReadAhead(Reading{
		For: reader, First: k, Last: min(last, k+stretchEntries-1), Bytes: min(stretchBytes(reader), r.cfg.Raft.MaxInflightBytes), Calm: calm,
	})
}

// readOn has the stretch behind the machine's read while it applies that one.
func (r *Replica) readOn() {
	a := &r.ahead[ForMachine]
	behind := a.first + protocol.Index(len(a.entries))
	if len(a.entries) > 0 && !a.asked && r.applied >= a.latest && behind <= r.committed && behind < r.cache.first {
		r.ask(ForMachine, behind, r.committed)
	}
}

// readsOn reports whether a stretch that was read for the machine follows what it has and has not applied.
func (r *Replica) readsOn(reader Reader, first protocol.Index) bool {
	a := &r.ahead[reader]
	return reader == ForMachine && len(a.entries) > 0 && r.applied+1 >= a.first && first == a.first+protocol.Index(len(a.entries))
}

// gains reports whether a peer is less far behind, in bytes, than ever since it needed the disk. It can then be served calmly: one
// stretch at a time, the next when it has the last one on disk and after a pause, so that it takes little of the machine and of a
// disk that others wait for. Where the log grows as fast as it follows it is served as fast as can be.
func (r *Replica) gains(to protocol.NodeID) bool {
	return isCalm(r.written-r.ahead[to].sent, r.ahead[to].nearest)
}

// maySupply reports whether more of the log is to be read for a peer that was sent it up to prev.
func (r *Replica) maySupply(to protocol.NodeID, prev protocol.Index) bool {
	return r.core.Acknowledged(to) >= prev || !r.gains(to)
}

// wasRead takes what was read for a reader. The log may have changed since: an entry that was replaced is of no
// use, and is read again if it is needed. What was committed before it was read never changes: there, log and core have parted.
func (r *Replica) wasRead(reader Reader, first protocol.Index, entries []Entry) error {
	a := &r.ahead[reader]
	a.asked, a.latest = false, first
	if r.readsOn(reader, first) {
		used := r.applied + 1 - a.first
		entries = append(a.entries[used:len(a.entries):len(a.entries)], entries...)
		first = r.applied + 1
	}
	a.first, a.entries = first, entries
	for k := range entries {
		at := first + protocol.Index(k)
		if at <= r.base.index { // a snapshot stands for it since
			continue
		}
		if at > readSurely(r, a) {
			break
		}
		if e, want := entries[k], r.core.At(at); !isEntry(e, want) {
			return fmt.Errorf("entry %d is %d %v on disk, expected %d %v: the log is not the one that was written",
				at, e.Term, e.Value, want.Term, want.Value)
		}
	}
	if reader == ForMachine {
		a.usedUpTo(r.applied)
		return nil
	}
	return r.step(raft.Supplied())
}

// fit is raft.Config.Fit: a message takes the payloads that are in memory. Those of entries that this step
// appends are in source; the core's own no-op has none yet, and is small. What ends a change may be large, and gets its own now.
func (r *Replica) fit(to protocol.NodeID, prev protocol.Index, n uint64, most int) (count uint64, bytes int) {
	for count < n {
		size, ok := r.sizeOf(to, prev+1+protocol.Index(count))
		if !ok {
			break
		}
		if count > 0 && bytes+size > most {
			break
		}
		count, bytes = count+1, bytes+size
	}
	switch {
	case count > 0 && prev+1 >= r.cache.first:
		r.ahead[to].nearest = math.MaxInt64 // level with what is in memory
	case count == 0 && r.maySupply(to, prev):
		r.askAhead(to, prev+1, r.lastIndex)
	}
	return count, bytes
}

// sizeOf is what the entry at k takes in a message, as it is counted; false if its payload is not in memory.
func (r *Replica) sizeOf(to protocol.NodeID, k protocol.Index) (bytes int, ok bool) {
	if k > r.lastIndex {
		if endsChange(r, k) {
			r.supplyLeft(k)
		}
		return weight(r.source.find(k)), true
	}
	payload, ok := r.held(to, k)
	return weight(payload), ok
}

// forgetSent counts what was sent to a peer, and drops what was read for it once a message has taken it.
func (r *Replica) forgetSent(m *protocol.Message) {
	r.ahead[m.To].sent += int64(len(r.bundle.bytes))
	r.ahead[m.To].usedUpTo(m.Prev + protocol.Index(m.Entries.Len()))
}
