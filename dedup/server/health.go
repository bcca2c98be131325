package server

import "fmt"

// Health is how the node is, in a word or two: ready, replaying 42 %, no leader, no majority (it
// leads and hears too few of the others) or loading.
func (s *Status) Health() string {
	switch {
	case s.Ready:
		return "ready"
	case s.Applied < s.Replay:
		return fmt.Sprintf("replaying %d %%", s.percent())
	case s.Leader == 0:
		return "no leader"
	case s.Loading:
		return "loading" // nothing of this leader's own is committed yet
	case s.Role == "leader":
		return "no majority"
	}
	return "stopped"
}

// Detail is Health with what it means for callers.
func (s *Status) Detail() string {
	switch {
	case s.Ready:
		return "it takes calls"
	case s.Applied < s.Replay:
		return fmt.Sprintf("%s: %d of %d entries that were committed when it started are applied; calls are told LOADING", s.Health(), s.Applied, s.Replay)
	case s.Loading:
		return s.Health() + ": it has yet to learn what was committed when it started; calls are told LOADING"
	}
	return s.Health()
}

// percent of the replay is done, rounded down.
func (s *Status) percent() uint64 { return uint64(100 * (float64(s.Applied) / float64(s.Replay))) }
