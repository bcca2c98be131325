package workload

import (
	"fmt"

	"github.com/eventstreamcore/semel/linearizability"
)

// Searched is what porcupine had to do in the runs of a suite, together: whether it searched, or was led.
type Searched struct {
	Runs, Keys, Operations int
	LeftOut                int // keys
	Overlapping            int // operations that were open while another one of their key was
	Steps                  int
	WithChoice             int // runs with more steps than operations
	MostSteps              int // of one run
}

// Add counts a run.
func (s *Searched) Add(v *linearizability.Verdict) {
	p := &v.Porcupine
	s.Runs++
	s.Keys += p.Keys
	s.LeftOut += p.LeftOut
	s.Operations += p.Operations
	s.Overlapping += p.Overlapping
	s.Steps += p.Steps
	s.MostSteps = max(s.MostSteps, p.Steps)
	if p.Steps > p.Operations {
		s.WithChoice++
	}
}

// Missing says why the runs are no evidence of a search: "" if they are.
func (s *Searched) Missing() string {
	switch {
	case s.Runs == 0:
		return "nothing was run"
	case s.LeftOut > 0:
		return "porcupine did not take every key"
	case 2*s.Overlapping < s.Operations:
		return "most calls had their key for themselves"
	case s.WithChoice == 0 || 4*s.WithChoice < s.Runs:
		return "in most runs porcupine had nothing to choose"
	}
	return ""
}

// String is a line for people.
func (s *Searched) String() string {
	return fmt.Sprintf("%d runs, %d keys (%d left out), %d operations, of which %d overlap; porcupine tried %d steps, %d in one run at most, and had a choice in %d runs",
		s.Runs, s.Keys, s.LeftOut, s.Operations, s.Overlapping, s.Steps, s.MostSteps, s.WithChoice)
}
