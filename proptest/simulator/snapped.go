package simulator

// Snapped counts what became of a member's snapshots, over all its lives.
type Snapped struct {
	Taken          int // durable, of its own
	Fetched        int // durable, of others
	Dropped        int // of others, that were of no use any more
	Failed         int // of all three, and removals
	Pieces         int // written, or asked for
	Lost           int // pieces on their way to the member or from it
	Compacted      int // logs that began behind one of its own
	Installed      int // logs that began behind one of others
	InstalledLater int // of these, in another term than they were asked for in
	Resumed        int // times that fetching went on behind a first part, elsewhere or after a start
	FellBack       int // starts from an older one, or from the log, because one was damaged
	Ahead          int // snapshots that a start found and whose entry the log had lost
	TakingDied     int // processes that ended while one was taken
	FetchingDied   int // while one was fetched
	ForgettingDied int // while something was being removed
	BasingDied     int // while the record that says where the log begins was on its way to the disk
}

// Snapped returns what became of the member's snapshots so far.
func (m *Member) Snapped() Snapped { return m.snapped }

// Counts are all figures, by what they count.
func (s Snapped) Counts() map[string]int {
	return map[string]int{
		"snapshots taken": s.Taken, "snapshots fetched": s.Fetched, "snapshots dropped": s.Dropped, "snapshots failed": s.Failed, "pieces lost": s.Lost,
		"logs compacted": s.Compacted, "snapshots installed": s.Installed, "installed in a later term": s.InstalledLater,
		"fetches resumed": s.Resumed, "falls back to an older snapshot": s.FellBack, "snapshots ahead of a log": s.Ahead,
		"deaths while taking": s.TakingDied, "deaths while fetching": s.FetchingDied, "deaths while forgetting": s.ForgettingDied,
		"deaths while a log is cut": s.BasingDied,
	}
}
