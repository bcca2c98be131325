package linearizability

import "time"

// Verdict is what Judge found. Nothing of it depends on the machine but the
// Elapsed times.
type Verdict struct {
	OK         bool          `json:"ok"`
	Porcupine  EngineResult  `json:"porcupine"` // what clients saw, searched by porcupine: see package clientview
	Witness    EngineResult  `json:"witness"`   // the model, replayed in the order of command numbers
	Checks     []CheckResult `json:"checks"`    // in a fixed order
	Violations []Violation   `json:"violations,omitempty"`
	Stats      Stats         `json:"stats"`
}

// EngineResult is the opinion of one of the two judges of the whole.
type EngineResult struct {
	Result     Result        `json:"result"`
	Operations int           `json:"operations"` // that were judged
	Keys       int           `json:"keys"`
	BadKeys    []string      `json:"bad_keys,omitempty"` // sorted; keys of checkpoints have "checkpoint " in front
	Elapsed    time.Duration `json:"elapsed_ns"`

	// Of porcupine: keys with too many calls for it, which it was not given and are not among Keys; the steps
	// that it tried, with no more than Operations where it had no choice; calls that were open while another of their key was.
	LeftOut     int `json:"left_out,omitempty"`
	Steps       int `json:"steps,omitempty"`
	Overlapping int `json:"overlapping,omitempty"`
}

// Result is a judge's word.
type Result string

// The results. Only Accepted is good; TooLarge leaves it to the witness.
const (
	Accepted   Result = "accepted"
	Rejected   Result = "rejected"
	OutOfTime  Result = "out of time" // porcupine did not finish: that is a failure
	NotReached Result = "not reached" // the history was not fit to be judged; see Violations
	TooLarge   Result = "too large"   // every key had too many calls for porcupine
)

func (r Result) good() bool { return r == Accepted || r == TooLarge }

// CheckResult is the result of one direct check.
type CheckResult struct {
	Name     string `json:"name"`
	Promise  string `json:"promise"` // in a user's words
	OK       bool   `json:"ok"`
	Examined int    `json:"examined"` // cases that the check had to decide; 0: it said nothing about this run
	Found    int    `json:"found"`    // violations, of which the first few are listed
}

// Violation is one thing that is wrong, with the smallest witness.
type Violation struct {
	Check    string `json:"check"`         // a direct check's name, or Porcupine, Witness, Log
	Sentence string `json:"sentence"`      // in words
	Key      string `json:"key,omitempty"` // as clients see it
	// Operations are the ids of the operations that suffice to see it, in the order in which to read
	// them; Story tells each in a line.
	Operations []int    `json:"operations"`
	Story      []string `json:"story,omitempty"`
}

// Stats count what there was to judge.
type Stats struct {
	Operations int `json:"operations"`
	Answered   int `json:"answered"`
	Open       int `json:"open"`        // nothing came back
	Unknown    int `json:"unknown"`     // came back with outcome unknown
	NotApplied int `json:"not_applied"` // came back as not applied
	TookEffect int `json:"took_effect"` // of open and unknown: those that the log has
	StaleReads int `json:"stale_reads"`

	Clients         int            `json:"clients"`
	Keys            int            `json:"keys"`
	ContendedKeys   int            `json:"contended_keys"`    // asked for by two owners or more
	OverlappingKeys int            `json:"overlapping_keys"`  // with two calls open at once
	MostOverlapping int            `json:"most_overlapping"`  // calls open at once on one key
	Kinds           map[string]int `json:"kinds"`             // operations by kind
	Outcomes        map[string]int `json:"outcomes"`          // answers by outcome
	Doors           map[string]int `json:"doors,omitempty"`   // operations by door
	Faults          map[string]int `json:"faults,omitempty"`  // by word
	FaultsInEffect  int            `json:"faults_in_effect"`  // that say what they did
	Entries         int            `json:"entries,omitempty"` // of the log, with commands
	Commands        int            `json:"commands,omitempty"`

	Span    time.Duration `json:"span_ns"`    // from the first call to the last return
	Elapsed time.Duration `json:"elapsed_ns"` // that judging took
}
