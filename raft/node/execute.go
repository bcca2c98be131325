package node

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// arrive takes a message. One of a peer that is kept out is as if it were lost. One that no correct peer sends does nothing, as if it were lost, and its sender is
// rejected: what a peer says must not stop this replica, only what is wrong with its own state.
func (r *Replica) arrive(m *protocol.Message, number uint64, payload []byte) error {
	r.source.reset(m.Prev + 1)
	payload = r.hearScarcity(m, payload)
	if wrong := r.checkArrived(m, number, payload); !isBelieved(wrong) {
		r.host.Reject(m.From, wrong)
		return nil
	}
	if r.out.has(m.From) || r.accuses(m, number) || !isBelievedOfLoaded(r.deniesLoaded(m)) {
		return nil
	}
	if !mayHandle(r.takes(m, len(payload))) {
		r.lack()
		return nil
	}
	if isBytesLacking(r.lacksBytes(m)) {
		r.fetch(m)
		return nil
	}
	if r.isHeldBack(m) {
		return nil
	}
	if err := r.receive(m, number); err != nil {
		return err
	}
	r.noteLeader(m)
	return nil
}

// checkArrived returns an error for a message that no correct peer sends, with what is attached to it, and splits that.
func (r *Replica) checkArrived(m *protocol.Message, number uint64, bundle []byte) error {
	if err := r.core.CheckMessage(m); err != nil {
		return err
	}
	if err := r.checkNumber(m, number); err != nil {
		return err
	}
	n := m.Entries.Len()
	if n > uint64(r.cfg.Raft.MaxEntriesPerMessage) {
		return fmt.Errorf("%w: %d entries, the most in a message are %d", protocol.ErrImpossible, n, r.cfg.Raft.MaxEntriesPerMessage)
	}
	split, ok := splitBundle(r.source.payloads, bundle, n)
	r.source.payloads = split
	if !ok {
		return fmt.Errorf("%w: %d bytes are attached that are not the payloads of %d entries", protocol.ErrImpossible, len(bundle), n)
	}
	for k, payload := range split {
		if len(payload) > r.cfg.MaxEntryBytes {
			return fmt.Errorf("%w: entry %d has %d bytes, the most are %d", protocol.ErrImpossible, m.Prev+1+protocol.Index(k), len(payload), r.cfg.MaxEntryBytes)
		}
		if _, err := r.machine.Stamp(payload); err != nil {
			return fmt.Errorf("%w: entry %d: %w", protocol.ErrImpossible, m.Prev+1+protocol.Index(k), err)
		}
		if e := m.Entries.At(uint64(k) + 1); e.Value == protocol.Configured {
			if err := r.checkMembers(e.Configuration, payload); err != nil {
				return fmt.Errorf("%w: entry %d: %w", protocol.ErrImpossible, m.Prev+1+protocol.Index(k), err)
			}
		}
	}
	return nil
}

// step takes one step of the core and executes its output, top to bottom.
func (r *Replica) step(e raft.Event) error { return r.execute(r.core.Step(e)) }

func (r *Replica) execute(out *raft.Output) error {
	if out.NoOp != 0 {
		r.supplyNoOp(out.NoOp)
	}
	if out.LeftJoint != 0 {
		r.supplyLeft(out.LeftJoint)
		r.left = 0
	}
	for k := range out.Writes {
		if err := r.write(&out.Writes[k]); err != nil {
			return err
		}
	}
	for k := range out.Messages {
		if m := &out.Messages[k]; !r.isOldNews(m) {
			r.send(m)
		}
	}
	r.cache.trim()
	r.committed = max(r.committed, out.Committed.To) // a core may not know yet that what a snapshot stands for is
	r.noteReads(out.Reads)
	if out.Installed > r.applied {
		if err := r.install(out.Installed); err != nil {
			return err
		}
	}
	if out.Configuration {
		if err := r.followMembers(); err != nil {
			return err
		}
	}
	if r.isRemoved() {
		return ErrRemoved
	}
	return nil
}

// supplyNoOp makes the payload of the entry that the core appended by itself.
func (r *Replica) supplyNoOp(k protocol.Index) {
	stamp := r.clock.next(r.host)
	r.source.reset(k)
	supply := r.machine.AppendNoOp
	if k == 1 {
		supply = r.machine.AppendBootstrap
	}
	r.source.payloads = append(r.source.payloads, supply(nil, stamp))
}

// underOf returns who decides where a record has the log begin behind what it keeps nothing of: a snapshot that came takes its place, or it ends
// there. By the log alone nobody can tell the two apart before it is known to be committed. Nil for every other record.
func (r *Replica) underOf(w *raft.Write) *Membership {
	if w.Base == r.base.index || w.Prev != w.Base {
		return nil
	}
	if s := r.obtained; s != nil && w.Base == s.Index {
		return &Membership{w.BaseConfiguration, s.Under.Members}
	}
	members, err := r.host.Members(w.Base)
	if err != nil || !saysAtItsEnd(r.cfg.Raft.Configurations) {
		return nil
	}
	return &Membership{w.BaseConfiguration, members}
}

// write gives a record to the host, with its payloads.
func (r *Replica) write(w *raft.Write) error {
	n := protocol.Index(w.Entries.Len())
	assert(n > 0 || w.Prev == r.lastIndex || w.Prev == w.Base, "a log is cut only where it goes on, or where a snapshot takes its place")
	record := &r.record
	*record = Record{
		Mark: w.Mark, Term: w.Term, Vote: w.Vote, Base: w.Base, BaseTerm: w.BaseTerm, Prev: w.Prev, Commit: w.Commit, Entries: record.Entries[:0],
	}
	record.Installed = r.underOf(w)
	for k := protocol.Index(1); k <= n; k++ {
		e, payload := w.Entries.At(uint64(k)), r.source.at(w.Prev+k)
		record.Entries = append(record.Entries, Entry{e.Term, e.Value, payload, e.Configuration})
		r.cache.put(w.Prev+k, e.Term, payload)
		r.written += int64(lengthBytes + len(payload))
	}
	if err := r.host.Append(record); err != nil {
		return fmt.Errorf("append to the log: %w", err)
	}
	r.appendedMark, r.lastIndex = w.Mark, w.Prev+n
	r.sync.cut(w.Prev)
	if w.Base != r.base.index {
		r.cache.truncate(w.Prev + 1)
		r.rebased(w.Base, w.Mark)
	}
	if n == 0 {
		return nil
	}
	return r.noteStamp(r.lastIndex, record.Entries[n-1].Payload)
}

// bundled is the bundle made last and what is in it: all followers mostly get the same.
type bundled struct {
	bytes       []byte
	first, last protocol.Index
	term        protocol.Term // of the leader that sends it
}

// send attaches the payloads of a message's entries. Where the log does not hold those entries any
// more, or the receiver is kept out, the message is dropped.
func (r *Replica) send(m *protocol.Message) {
	if r.out.has(m.To) {
		return
	}
	if m.Type == protocol.InstallSnapshot {
		tellOfSnapshot(r, m.LastIndex) // who loads it, and who had another state there, are to know
		tellOfLate(r)                  // and who has another one now
	}
	if m.Entries.Len() == 0 {
		r.host.Send(m, r.numbers.of(m), r.attachScarcity(m))
		return
	}
	if !isBundleOf(&r.bundle, m) && !r.fill(&r.bundle, m) {
		return
	}
	r.host.Send(m, r.numbers.of(m), r.bundle.bytes)
	r.forgetSent(m)
}

// fill makes the bundle of m; false where the log holds other entries than m, or memory does not hold their payloads.
func (r *Replica) fill(b *bundled, m *protocol.Message) bool {
	n := m.Entries.Len()
	*b = bundled{bytes: b.bytes[:0]}
	for k := uint64(1); k <= n; k++ {
		at := m.Prev + protocol.Index(k)
		if at <= r.base.index || at > r.lastIndex || r.core.At(at) != m.Entries.At(k) {
			return false
		}
		payload, ok := r.held(m.To, at)
		if !ok {
			return false
		}
		b.bytes = appendToBundle(b.bytes, payload)
	}
	b.first, b.last, b.term = m.Prev+1, m.Prev+protocol.Index(n), m.Term
	return true
}
