package node

import (
	"sync/atomic"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
)

// FetchProgress is how far a snapshot has come that this node gets from another one.
type FetchProgress struct {
	From      protocol.NodeID // who gives it; Nil: nobody has said yet that it does
	Index     protocol.Index  // of its last entry
	Bytes, Of int64           // of its file: what is here, and its length; 0 of 0: not known yet
	Phase     string          // PhaseFetching, PhaseChecking or PhaseLoading
	Began     time.Time       // this attempt; what came in earlier ones is gone on with
}

// The phases of FetchProgress.
const (
	PhaseFetching = "fetching" // its bytes come
	PhaseChecking = "checking" // what was here of it, or all of it, is read, checked and made durable
	PhaseLoading  = "loading"  // it is on the disk, and its state is made of it
)

// Fetching returns how far the snapshot is that this node gets; false where it gets none. A fetch that failed is over, and begins
// again some moments later. It waits for nothing.
func (n *Node) Fetching() (FetchProgress, bool) {
	if p := n.fetched.now.Load(); p != nil {
		return *p, true
	}
	return FetchProgress{}, false
}

// fetchReport says how a fetch goes on. Who fetches writes it, anybody reads now.
type fetchReport struct {
	now atomic.Pointer[FetchProgress] // nil: nothing is being got. What it points to does not change

	since    int64 // Clock.Now when the first header came
	kept     int64 // bytes that were here then
	quarters int64 // of the file, that the log was told of
}

func (r *fetchReport) begin(index protocol.Index) {
	r.now.Store(&FetchProgress{Index: index, Phase: PhaseFetching, Began: time.Now()})
}

func (r *fetchReport) end() { r.now.Store(nil) }

// change has what is told be another, and returns that.
func (r *fetchReport) change(by func(p *FetchProgress)) *FetchProgress {
	next := *r.now.Load()
	by(&next)
	r.now.Store(&next)
	return &next
}

func (r *fetchReport) phase(phase string) { r.change(func(p *FetchProgress) { p.Phase = phase }) }

// header notes who gives it and how long it is.
func (r *fetchReport) header(from protocol.NodeID, h snapshot.Header) {
	r.change(func(p *FetchProgress) { p.From, p.Of = from, h.FileBytes() })
}

// whole notes that all of it is on the disk.
func (r *fetchReport) whole(bytes int64) {
	r.change(func(p *FetchProgress) { p.Bytes, p.Of, p.Phase = bytes, bytes, PhaseLoading })
}

// fetchBegins notes how much of it is here before anything comes.
func (n *Node) fetchBegins(bytes int64) {
	r := &n.fetched
	p := r.change(func(p *FetchProgress) { p.Bytes, p.Phase = bytes, PhaseFetching })
	r.since, r.kept, r.quarters = n.options.Clock.Now(), bytes, quarters(p)
	n.options.Logger.Info("a snapshot that this node lacks is fetched", "index", p.Index, "from", p.From, "bytes", bytes, "of", p.Of)
}

// fetchCame notes how much is here, and tells the log at each quarter.
func (n *Node) fetchCame(bytes int64) {
	r := &n.fetched
	p := r.change(func(p *FetchProgress) { p.Bytes = bytes })
	if q := quarters(p); q > r.quarters && q < 4 {
		r.quarters = q
		n.options.Logger.Info("a snapshot is being fetched", "index", p.Index, "from", p.From, "bytes", bytes, "of", p.Of,
			"percent", 25*q, "bytes_per_second", n.fetchRate(bytes))
	}
}

// fetchCommitted notes that all has come.
func (n *Node) fetchCommitted() {
	p, r := n.fetched.now.Load(), &n.fetched
	n.options.Logger.Info("a snapshot was fetched", "index", p.Index, "from", p.From, "bytes", p.Of, "came", p.Of-r.kept,
		"took", rounded(n.options.Clock.Now()-r.since), "bytes_per_second", n.fetchRate(p.Of))
}

func quarters(p *FetchProgress) int64 { return 4 * p.Bytes / p.Of }

// fetchRate is how fast it came, up to so many bytes.
func (n *Node) fetchRate(bytes int64) int64 {
	took := max(time.Duration(n.options.Clock.Now()-n.fetched.since), time.Millisecond)
	return int64(float64(bytes-n.fetched.kept) / took.Seconds())
}

// rounded is a time in ns as the log tells it.
func rounded(took int64) string { return time.Duration(took).Round(time.Millisecond).String() }
