package linearizability

import "github.com/eventstreamcore/semel/linearizability/clientview"

// JudgeWithin is Judge with another limit for porcupine.
var JudgeWithin = judge

// Minimize is minimize of numbers.
func Minimize(items []int, fails func([]int) bool) []int { return minimize(items, fails) }

// Unbounded gives porcupine every key, however many calls it has, until the returned function is called.
func Unbounded() (restore func()) {
	was := searchBounds
	searchBounds = clientview.Bounds{}
	return func() { searchBounds = was }
}
