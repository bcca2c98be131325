package node

import "time"

// progress is what the log was told of the replay. The loop's.
type progress struct {
	began bool
	over  bool
	start int64 // when the replay began, of Clock.Now
	told  int64 // when it was spoken of last
}

// toldEvery is the least time between two lines about a replay that goes on.
const toldEvery = int64(2 * time.Second)

// tellProgress says how far the replay is, at a bounded rate, and when it is over.
func (n *Node) tellProgress() {
	p, r := &n.progress, n.replica
	if p.over {
		return
	}
	now := n.options.Clock.Now()
	if !p.began {
		p.began, p.start, p.told = true, now, now
	}
	switch to := r.replayTo(); {
	case r.replay.over:
		p.over = true
		n.options.Logger.Info("what was committed at the start is applied: ready for calls",
			"entries", r.applied, "took", time.Duration(now-p.start).Round(time.Millisecond).String())
	case r.applied < to && now-p.told >= toldEvery:
		p.told = now
		n.options.Logger.Info("replaying the log; calls are told LOADING", "applied", r.applied, "of", to,
			"percent", int(100*float64(r.applied)/float64(to)))
	}
}
