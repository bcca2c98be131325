package workload

import "github.com/eventstreamcore/semel/linearizability"

// Least is what a run of the plan has to hold to say anything: a run that was drawn to be small has little to show,
// one in which nobody was answered, no two met and no fault did anything shows nothing.
func (p *Plan) Least() linearizability.Least {
	least := linearizability.Least{
		Answered: p.Steps() / 4, ContendedKeys: 1, Overlapping: 1, FaultsInEffect: min(1, len(p.Faults)/leastFaults),
	}
	if profile, err := Named(p.Profile); err == nil && profile.Searched { // its worth is in what overlaps
		least.Searched, least.FaultsInEffect = true, 0
	}
	return least
}

// leastFaults is how many faults a plan has, of which one at least must find something to do.
const leastFaults = 3

// TooManyIdle reports whether too many runs of a suite showed too little. Now and then the faults of a plan find nothing to do:
// that run is no evidence and does not count, and another is drawn in its place. A suite in which it happens more
// often than to one run in fifty, and to two, draws the wrong plans.
func TooManyIdle(idle, counted int) bool { return idle > 2+counted/50 }
