package simulator

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// bounds holds a member to what one event, or one round of several, may do, and to what may be on its way to a peer. It counts bytes by itself:
// by what was appended, not by what the replica says.
type bounds struct {
	sizes   map[protocol.Index]int // of the log's entries in a message, see byItself, and what an earlier life appended apart
	reading [protocol.MaxNodeID + 1]bool
	calm    [protocol.MaxNodeID + 1][2]int // readings that were, and that were not
	err     error

	applied protocol.Index // before this round
	bytes   int            // sent in this round
}

const (
	roundApplies = 256 // entries that one round may apply, whatever the configuration
	lengthBytes  = 4   // of an entry in a message, beside its payload
)

func (b *bounds) begin() { *b = bounds{sizes: map[protocol.Index]int{}} }

func (b *bounds) broke(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *bounds) appended(r *node.Record) {
	for k, e := range r.Entries {
		at := r.Prev + protocol.Index(k) + 1
		if b.sizes[at] = lengthBytes + len(e.Payload); byItself(&e) {
			b.sizes[at] = 0
		}
	}
}

// byItself reports whether an entry is one that a core appended by itself, and counted before it had a payload.
func byItself(e *node.Entry) bool { return e.Value == protocol.NoOp }

// asked: a reader has one stretch read at a time, of at most a window.
func (b *bounds) asked(m *Member, r node.Reading) {
	if b.reading[r.For] {
		b.broke(fmt.Errorf("a second stretch is read for %d", r.For))
	}
	if most := m.world.cfg.Replica.Raft.MaxInflightBytes; r.Bytes > most {
		b.broke(fmt.Errorf("%d bytes are read at once for %d, at most %d", r.Bytes, r.For, most))
	}
	b.reading[r.For] = true
	if r.Calm {
		b.calm[r.For][0]++
	} else {
		b.calm[r.For][1]++
	}
}

func (b *bounds) came(to node.Reader) { b.reading[to] = false }

// sent: a message has as many bytes as it may have, or one entry.
func (b *bounds) sent(m *Member, message *protocol.Message, payload []byte) {
	b.bytes += len(payload)
	if most := m.world.cfg.Replica.Raft.MaxBytesPerMessage; len(payload) > most && message.Entries.Len() > 1 {
		b.broke(fmt.Errorf("a message of %d entries has %d bytes, at most %d", message.Entries.Len(), len(payload), most))
	}
}

// check is after a round of so many events.
func (b *bounds) check(m *Member, events int) error {
	s := m.replica.Status()
	if n := s.Applied - b.applied; n > roundApplies {
		b.broke(fmt.Errorf("%d entries were applied in one round, at most %d", n, roundApplies))
	}
	cfg := &m.world.cfg.Replica.Raft
	if most := (cfg.MaxInflightBytes + maxEntry(m)) * len(s.Peers) * events; b.bytes > most {
		b.broke(fmt.Errorf("%d bytes were sent in a round of %d events, at most %d", b.bytes, events, most))
	}
	for _, p := range s.Peers {
		if bytes := b.inFlight(p.NextIndex, p.InflightEntries); bytes > cfg.MaxInflightBytes && p.InflightMessages > 1 {
			b.broke(fmt.Errorf("%d bytes in %d messages are on their way to %d, at most %d", bytes, p.InflightMessages, p.ID, cfg.MaxInflightBytes))
		}
	}
	b.applied, b.bytes = s.Applied, 0
	return b.err
}

func maxEntry(m *Member) int { return m.world.cfg.Replica.MaxEntryBytes + lengthBytes }

// inFlight is how many bytes n entries from next on have.
func (b *bounds) inFlight(next protocol.Index, n uint64) (bytes int) {
	for k := next; k < next+protocol.Index(n); k++ {
		bytes += b.sizes[k]
	}
	return bytes
}
