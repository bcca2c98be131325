package node

// logClock stamps the entries of a leader. It goes on from the log's last stamp at the rate of a
// monotonic clock, and so never falls along a log, whoever leads.
type logClock struct {
	stamp uint64 // S: of the last entry of the log
	since int64  // r: when this process appended that entry, or recovered it
	begun bool   // the log has an entry
}

// appended notes the stamp of what is the log's last entry from now on.
func (c *logClock) appended(stamp uint64, now int64) {
	c.stamp, c.since, c.begun = stamp, now, true
}

// loaded notes that the log ends with what a snapshot stands for. Where its last entry had come before, the time since then counts on.
func (c *logClock) loaded(stamp uint64, now int64) {
	if !isRunning(c, stamp) {
		c.appended(stamp, now)
	}
}

// next returns the stamp of an entry that is appended now.
func (c *logClock) next(h Host) uint64 {
	if !c.begun {
		return h.Wall()
	}
	return nextStamp(c, h)
}
