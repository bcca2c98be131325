package trace

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

const (
	magic   = "SEMLTRAC"
	version = 2

	// usual: every so many records one has its node's whole state.
	usual = 100
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Recorder writes the records of one run. All its replicas share it; it may be called by several goroutines at once.
type Recorder struct {
	mu      sync.Mutex
	w       *bufio.Writer
	sum     uint32
	count   uint64
	closed  bool
	err     error
	every   uint64
	scratch []byte
}

// NewRecorder returns a recorder of a run, which begins with empty disks, of those servers. It does not close w.
func NewRecorder(w io.Writer, name string, servers protocol.NodeSet) *Recorder {
	r := &Recorder{w: bufio.NewWriterSize(w, 1<<16), every: usual}
	b := append([]byte(magic), version)
	b = binary.AppendUvarint(b, uint64(servers))
	b = binary.AppendUvarint(b, uint64(len(name)))
	r.write(append(b, name...))
	return r
}

// Every has every so many records have its node's whole state, from now on: 100 where nothing else is said, and with 1 all.
func (r *Recorder) Every(records int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.every = uint64(max(1, records))
}

// Record is a raft.Recorder.
func (r *Recorder) Record(a raft.Action, n *protocol.Node) {
	r.mu.Lock()
	defer r.mu.Unlock()
	code := codes[a.Name]
	switch {
	case code == 0:
		r.fail(fmt.Errorf("record an action %q: there is none of that name in Actions", a.Name))
		return
	case r.closed:
		r.fail(fmt.Errorf("node %d took %s after the run had been closed", n.ID(), a.Name))
		return
	}
	r.count++
	b := append(r.scratch[:0], code, byte(n.ID()))
	b = appendParameters(b, &a)
	b = appendAfter(b, afterOf(n, peerOf(&a)))
	b = appendUints(b, uint64(len(a.Sent)))
	for k := range a.Sent {
		b = protocol.AppendMessage(b, &a.Sent[k])
	}
	if a.Name == "Restart" || r.count%r.every == 0 {
		b = n.AppendState(b)
	}
	r.scratch = b
	r.frame(b)
}

// Close ends the file and returns what went wrong so far, if anything did.
func (r *Recorder) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return r.err
	}
	r.closed = true
	b := binary.AppendUvarint([]byte{0}, r.count)
	r.frame(binary.LittleEndian.AppendUint32(b, r.sum))
	if r.err == nil {
		r.err = r.w.Flush()
	}
	return r.err
}

// Err returns what went wrong so far: also that something was recorded after the end.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// Count returns how many records there are.
func (r *Recorder) Count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return int(r.count)
}

func (r *Recorder) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *Recorder) frame(body []byte) {
	var length [binary.MaxVarintLen64]byte
	r.write(length[:binary.PutUvarint(length[:], uint64(len(body)))])
	r.write(body)
}

func (r *Recorder) write(b []byte) {
	r.sum = crc32.Update(r.sum, castagnoli, b)
	if _, err := r.w.Write(b); err != nil {
		r.fail(err)
	}
}

func appendParameters(b []byte, a *raft.Action) []byte {
	switch {
	case a.Message != nil:
		return protocol.AppendMessage(b, a.Message)
	case a.Name == "ClientRequest":
		return append(b, byte(a.Value))
	case a.Name == "AppendEntries":
		return appendUints(append(b, byte(a.Peer)), uint64(a.Prev), a.Count)
	case a.Name == "Compact":
		return appendUints(b, uint64(a.Prev))
	case a.Name == "TransferLeadership" || a.Name == "ConfirmTerm" || a.Name == "SendSnapshot":
		return append(b, byte(a.Peer))
	case a.Name == "ChangeConfiguration":
		return appendUints(b, uint64(a.Voters), uint64(a.Learners))
	case a.Name == "Restart":
		return appendUints(b, uint64(a.Mark))
	}
	return b
}

func appendAfter(b []byte, a After) []byte {
	b = append(b, byte(a.Role), byte(a.VotedFor))
	b = appendUints(b, uint64(a.CurrentTerm), uint64(a.LastIndex), uint64(a.LastTerm), uint64(a.CommitIndex), uint64(a.DurableIndex),
		uint64(a.Pending), uint64(a.VotesGranted), uint64(a.ReadID), uint64(a.ReadIndex), uint64(a.SnapshotIndex))
	if a.Peer != protocol.Nil {
		b = appendUints(b, uint64(a.NextIndex), uint64(a.MatchIndex), uint64(a.ReadAcked))
	}
	return b
}

func appendUints(b []byte, numbers ...uint64) []byte {
	for _, n := range numbers {
		b = binary.AppendUvarint(b, n)
	}
	return b
}
