package workload

import (
	"time"

	"pgregory.net/rapid"
)

// Timing is how time passes at replicas, and what goes on beside the faults: what they hear of the end of others, and hand-overs.
type Timing struct {
	Tick          time.Duration `json:"tick"`           // between ticks
	ElectionTicks int           `json:"election_ticks"` // at least, without a leader before an election
	Round         time.Duration `json:"round"`          // that a replica is busy at most, while what comes waits; 0: never
	Told          float64       `json:"told"`           // chance that a replica hears that another one's process has ended
	HandOver      float64       `json:"hand_over"`      // with each tick of a leader: that it is asked to have another one lead
	FalselyTold   float64       `json:"falsely_told"`   // with each tick: that it hears so of one that may be well
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
	drawn.Told, drawn.FalselyTold = oneOf(t, 0, 0.5, 1), oneOf(t, 0, 0, 0.002, 0.05)
	drawn.HandOver = oneOf(t, 0, 0, 0.005, 0.05)
	return drawn
}
