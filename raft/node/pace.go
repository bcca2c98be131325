package node

import "time"

// pace bounds what is in the log and not committed yet, in time: a leader that appends all that came while a slow disk
// was busy makes each sync longer than the one before. What is in flight is kept to what the disks of a majority took
// of late within paceTarget, and all else waits in the queue, where it can still be refused. It begins small, and doubles
// at most with each entry that is applied.
type pace struct {
	window int // bytes
	inLog  int // bytes of proposals that are in the log and not applied
	next   int // of them, for the next sync
}

const (
	paceTarget  = int64(100 * time.Millisecond)
	leastWindow = 64 << 10
	mostWindow  = 16 << 20
)

// room is how many bytes may be appended now: half of the window at a time, so that the disk has the other half to do
// while this one is on its way to be committed; unless others' disks decide when that is.
func (p *pace) room(othersDecide bool) int {
	if othersDecide {
		return p.window - p.inLog
	}
	return min(p.window-p.inLog, p.window/2-p.next)
}

func (p *pace) appended(bytes int) {
	p.inLog += bytes
	p.next += bytes
}

// noted takes what became of an entry: appended when so many bytes were in flight with it, and applied since.
func (p *pace) noted(inFlight int, took int64) {
	p.window = windowAfter(p.window, inFlight, took)
}

// patience is how long a proposal may wait here, from its arrival, before it is in a log: Config.MaxWait, for a disk may
// be busy for a moment; less once there was always somebody waiting for so long: then all who wait only make others wait.
func (r *Replica) patience(q *queue, now int64) int64 {
	if q.len() > 0 && now-q.since > int64(r.cfg.MaxWait) {
		return int64(r.cfg.MaxWait) * 2 / 5
	}
	return int64(r.cfg.MaxWait)
}

// refuseOverdue refuses those who have waited too long, unless it is a leader that they wait for.
func (r *Replica) refuseOverdue() {
	r.refuseOldest(&r.reads.ready)
	if r.search.on {
		return
	}
	for _, q := range r.untaken() {
		r.refuseOldest(q)
	}
}

func (r *Replica) refuseOldest(q *queue) {
	if q.len() == 0 {
		return
	}
	now := r.host.Now()
	patience := r.patience(q, now)
	q.removeOldest(func(w *waiter) bool { return isOverdue(now-w.arrived, patience) },
		func(w *waiter) { r.verdict(w, ErrOverloaded) })
}
