package sim

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// disk is the log of one member: what is durable, and the records that a crash may lose.
type disk struct {
	durable image
	visible image // durable and all of queue
	queue   []node.Record
}

// image is a hard state with payloads.
type image struct {
	mark    raft.Mark
	term    protocol.Term
	vote    protocol.NodeID
	entries []node.Entry
}

func (i *image) apply(r *node.Record) {
	i.mark, i.term, i.vote = r.Mark, r.Term, r.Vote
	if int(r.Prev) < len(i.entries) {
		i.entries = slices.Clone(i.entries[:r.Prev])
	}
	i.entries = append(i.entries, r.Entries...)
}

func (i *image) hardState() protocol.HardState {
	log := make([]protocol.Entry, len(i.entries))
	for k, e := range i.entries {
		log[k] = protocol.Entry{Term: e.Term, Value: e.Value}
	}
	return protocol.HardState{Term: i.term, Vote: i.vote, Log: protocol.LogOf(log...)}
}

func (d *disk) append(r *node.Record) error {
	switch {
	case r.Mark <= d.visible.mark:
		return fmt.Errorf("mark %d after mark %d", r.Mark, d.visible.mark)
	case int(r.Prev) > len(d.visible.entries):
		return fmt.Errorf("entries behind %d, the last is %d", r.Prev, len(d.visible.entries))
	}
	record := *r
	record.Entries = slices.Clone(r.Entries)
	for k := range record.Entries {
		record.Entries[k].Payload = bytes.Clone(record.Entries[k].Payload)
	}
	d.queue = append(d.queue, record)
	d.visible.apply(&record)
	return nil
}

// keep makes the first n records of the queue durable.
func (d *disk) keep(n int) {
	for k := range n {
		d.durable.apply(&d.queue[k])
	}
	d.queue = slices.Clone(d.queue[n:])
}

// keepUpTo makes the records up to mark durable.
func (d *disk) keepUpTo(mark raft.Mark) {
	n := 0
	for n < len(d.queue) && d.queue[n].Mark <= mark {
		n++
	}
	d.keep(n)
}

// crash loses the queue but for its first n records.
func (d *disk) crash(n int) {
	d.keep(n)
	d.queue = nil
	d.visible = d.durable
	d.visible.entries = slices.Clone(d.durable.entries)
}

func (d *disk) read(k protocol.Index) (node.Entry, error) {
	if k < 1 || int(k) > len(d.visible.entries) {
		return node.Entry{}, fmt.Errorf("read entry %d: the log holds 1 to %d", k, len(d.visible.entries))
	}
	e := d.visible.entries[k-1]
	e.Payload = bytes.Clone(e.Payload)
	return e, nil
}
