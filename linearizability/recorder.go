package linearizability

import (
	"slices"
	"sync"
	"time"
)

// Recorder writes a history down while clients run. It is safe for concurrent
// use; a call costs a lock and an append.
type Recorder struct {
	now func() int64

	mu      sync.Mutex
	history History
	batches int
}

// NewRecorder returns a Recorder whose times are what now says, in ns: of virtual
// time or, if now is nil, of the monotonic clock from here on.
func NewRecorder(header Header, now func() int64) *Recorder {
	if now == nil {
		start := time.Now()
		now = func() int64 { return int64(time.Since(start)) }
	}
	if header.Format == 0 {
		header.Format = FormatVersion
	}
	return &Recorder{now: now, history: History{Header: header}}
}

// Call records that a client makes one call, right before it does: an operation or the items of
// a batch. It sets ID, Batch and Call, and returns the id of the first; the others
// follow it.
func (r *Recorder) Call(operations ...Operation) (first int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	first = len(r.history.Operations)
	batch := 0
	if len(operations) > 1 {
		r.batches++
		batch = r.batches
	}
	for _, o := range operations {
		o.ID, o.Batch, o.Call = len(r.history.Operations), batch, now
		r.history.Operations = append(r.history.Operations, o)
	}
	return first
}

// Answered records that the call of operation first returned with an answer for
// each of its operations, in their order. To be called once the answers are there.
func (r *Recorder) Answered(first int, answers ...Answer) {
	now := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range answers {
		o := &r.history.Operations[first+i]
		o.Return, o.Answer = &now, &answers[i]
	}
}

// Failed records that the call of operation first, with all its operations, returned without an answer:
// NotApplied or Unknown, and what the door said.
func (r *Recorder) Failed(first int, kind, text string) {
	now := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	batch := r.history.Operations[first].Batch
	for i := first; i < len(r.history.Operations); i++ {
		o := &r.history.Operations[i]
		if i > first && (batch == 0 || o.Batch != batch) {
			return
		}
		o.Return, o.Error, o.ErrorText = &now, kind, text
	}
}

// Fault records that a fault begins, and returns its id. It sets ID and From.
func (r *Recorder) Fault(f Fault) (id int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f.ID, f.From = len(r.history.Faults), r.now()
	r.history.Faults = append(r.history.Faults, f)
	return f.ID
}

// FaultOver records that the fault ended, and what it was seen to do: "" for nothing.
func (r *Recorder) FaultOver(id int, effect string) {
	now := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	f := &r.history.Faults[id]
	f.Until, f.Effect = &now, effect
}

// Log records what the log decided: all of its committed entries that have
// commands, see EntryOf.
func (r *Recorder) Log(entries []LogEntry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.history.Header.Log = true
	r.history.Log = entries
}

// History returns what was recorded until now. It shares nothing that later calls change.
func (r *Recorder) History() *History {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.history
	h.Operations = slices.Clone(h.Operations)
	h.Faults = slices.Clone(h.Faults)
	return &h
}
