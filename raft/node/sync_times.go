package node

import (
	"slices"
	"sync"
	"time"
)

// DiskState says whether a disk takes its time for syncs.
type DiskState string

// The states.
const (
	DiskOK    DiskState = "ok"    // or nothing was asked of it of late
	DiskSlow  DiskState = "slow"  // half of the syncs of late took SlowSync or more, or one SlowestSync
	DiskHangs DiskState = "hangs" // one has been running for HungSync: the node can acknowledge nothing meanwhile
)

// From when on a disk is called slow. A disk in health takes a few milliseconds; with SlowSync each claim of one caller takes as long,
// and with SlowestSync calls wait for longer than an election takes.
const (
	SlowSync    = 50 * time.Millisecond
	SlowestSync = time.Second
	HungSync    = 5 * time.Second
)

// Of late: the last so many syncs, and none that ended longer ago.
const (
	lateSyncs = 256
	lateFor   = time.Minute
)

// DiskStatus is how long the log's syncs took of late.
type DiskStatus struct {
	State   DiskState
	Syncs   int // of late
	Median  time.Duration
	Longest time.Duration
	Running time.Duration // for how long one has been running; 0: none is
}

// syncTimes are the syncs of late. Its methods may be called by several goroutines at once.
type syncTimes struct {
	mu    sync.Mutex
	began time.Time // of the one that runs; zero: none does
	last  [lateSyncs]syncTime
	next  int
}

type syncTime struct {
	ended time.Time // zero: there was none
	took  time.Duration
}

func (s *syncTimes) begin(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.began = now
}

func (s *syncTimes) end(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last[s.next] = syncTime{now, now.Sub(s.began)}
	s.next = (s.next + 1) % lateSyncs
	s.began = time.Time{}
}

func (s *syncTimes) status(now time.Time) DiskStatus {
	s.mu.Lock()
	var took []time.Duration
	for _, one := range s.last {
		if !one.ended.IsZero() && isLate(now.Sub(one.ended)) {
			took = append(took, one.took)
		}
	}
	began := s.began
	s.mu.Unlock()
	d := DiskStatus{Syncs: len(took)}
	if len(took) > 0 {
		slices.Sort(took)
		d.Median, d.Longest = took[len(took)/2], took[len(took)-1]
	}
	if !began.IsZero() {
		d.Running = now.Sub(began)
	}
	d.State = stateOf(&d)
	return d
}

func stateOf(d *DiskStatus) DiskState {
	switch {
	case isHung(d.Running):
		return DiskHangs
	case isSlow(d.Median, max(d.Longest, d.Running)):
		return DiskSlow
	}
	return DiskOK
}

// Disk returns how long the log's syncs took of late.
func (n *Node) Disk() DiskStatus { return n.syncTimes.status(time.Now()) }
