package raft

import "github.com/eventstreamcore/semel/raft/protocol"

// Output is what one Step wants done, top to bottom, before the next one. It belongs
// to the Raft and is valid until then.
type Output struct {
	// Writes are to be written in order, each atomically, after all earlier ones. They
	// need not be durable before anything below is done.
	Writes []Write
	// NoOp is the index of the entry that this Step appended by itself, 0 for none, for
	// the caller to supply its payload. At index 1 it is the cluster's bootstrap entry.
	NoOp protocol.Index
	// LeftJoint is the index of the entry by which this Step ended a change of who decides, 0 for none, for the caller to supply its
	// payload. Config.Fit may have been asked about it in this Step, as about the entry of a Change: its bytes are those of that payload.
	LeftJoint protocol.Index
	// Configuration: another configuration is in force, see InForce: one was appended, or removed again, or came with a snapshot; or the one that
	// is stands elsewhere. Links are to be to its members.
	Configuration bool
	// Proposed is where the commands of a Proposed event went, or the entry of a Change.
	Proposed Proposal
	// Reads is what became of those of Read events.
	Reads Reads
	// Messages may leave at once. Any order is safe; a network that keeps this one is faster.
	Messages []protocol.Message
	// Installed is up to where a snapshot that came with a message takes the place of all that was applied; 0: none does. The
	// state machine is to be swapped for it before Committed, which follows it.
	Installed protocol.Index
	// Committed is what is to be applied, in order.
	Committed Committed
}

// Write is one record for the disk: the merged change of one or more consecutive writes
// of the mechanism, the last of them numbered Mark.
type Write struct {
	Mark Mark
	protocol.Write
}

// Proposal tells where the commands of a Proposed event went, or the one entry of a Change: they are the entries First
// to First+Count-1 of Term, which may yet be replaced by another leader's. Count is 0
// where they were refused, since this replica does not lead; nothing was appended then.
type Proposal struct {
	Term   protocol.Term
	First  protocol.Index
	Count  int
	Leader protocol.NodeID // who leads Term, as far as is known; else Nil

	Refused Refusal // why a Change was refused
}

// Reads tells of the reads that wait: the oldest Confirmed of them may be answered from a state in which all up to Index is
// applied, and from any later one; and the Dropped behind them, which are all that are left, by nobody: this replica does not
// lead, or no more. A read that was dropped was not done.
type Reads struct {
	Confirmed int
	Index     protocol.Index
	Dropped   int
}

// Committed is the entries after From, up to To; none where both are equal. The ranges
// of successive outputs follow one another; the first one starts where the snapshot ends that
// the disk has which New was given, or at 0, and may hold what that disk says is committed.
type Committed struct {
	From, To protocol.Index
}

// begin empties the output for a new step; the room it has stays.
func (r *Raft) begin() {
	r.taken.Writes, r.taken.Messages, r.told = r.taken.Writes[:0], r.taken.Messages[:0], 0
	r.out = Output{Writes: r.out.Writes[:0]}
}

// finish turns what the step's actions gave into its output.
func (r *Raft) finish() *Output {
	r.numberWrites()
	r.out.Messages = r.taken.Messages
	if r.out.Installed = installed(r); r.out.Installed > 0 {
		r.appliedIndex = r.out.Installed
	}
	commit := r.node.CommitIndex()
	r.out.Committed = Committed{From: r.appliedIndex, To: commit}
	r.appliedIndex = commit
	return &r.out
}

// numberWrites gives each write its mark, and makes one record of writes that append
// where the one before ended: the disk then has one record for a batch of proposals.
func (r *Raft) numberWrites() {
	for k := range r.taken.Writes {
		w := &r.taken.Writes[k]
		r.lastMark++
		if n := len(r.out.Writes); n > 0 && r.out.Writes[n-1].goesOnWith(w) {
			r.out.Writes[n-1].add(r.lastMark, w)
			continue
		}
		r.out.Writes = append(r.out.Writes, Write{r.lastMark, *w})
	}
}

// goesOnWith reports whether w starts where the record ends and so removes nothing of it, and the log begins where it did.
func (record *Write) goesOnWith(w *protocol.Write) bool {
	return w.Base == record.Base && w.BaseTerm == record.BaseTerm && w.Prev == record.Prev+protocol.Index(record.Entries.Len())
}

func (record *Write) add(mark Mark, w *protocol.Write) {
	record.Mark, record.Term, record.Vote, record.Commit = mark, w.Term, w.Vote, w.Commit
	record.Entries = record.Entries.Then(&w.Entries)
}

// durableMark is the last mark that was acknowledged; what is pending follows it.
func (r *Raft) durableMark() Mark {
	return r.lastMark - Mark(r.node.Pending())
}
