package workload

import (
	"time"

	"pgregory.net/rapid"
)

// Timing is how time passes at replicas.
type Timing struct {
	Tick          time.Duration `json:"tick"`           // between ticks
	ElectionTicks int           `json:"election_ticks"` // at least, without a leader before an election
	Round         time.Duration `json:"round"`          // that a replica is busy at most, while what comes waits; 0: never
}

// quick has more elections in a run than shipping, which is package node's.
var (
	quick    = Timing{Tick: 10 * time.Millisecond, ElectionTicks: 10}
	shipping = Timing{Tick: 20 * time.Millisecond, ElectionTicks: 20}
)

// timing is one of both, and in two of three runs replicas take what comes in rounds, as they do.
func timing(t *rapid.T) Timing {
	drawn := oneOf(t, quick, shipping)
	drawn.Round = time.Duration(oneOf(t, 0, 0, 1, 2, 5, 15)) * time.Millisecond
	return drawn
}
