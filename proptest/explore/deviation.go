package explore

import (
	"errors"
	"fmt"
	"strings"
)

// errElsewhere ends a search at the first state that another one has not.
var errElsewhere = errors.New("another state")

// Deviation searches the model of s, which is done, once more, and tells by what the code is
// no longer what it was then: a check that breaks, a state that s has not, fewer states, or
// another number of steps. It returns nothing where all is as it was. Deep takes every step
// by nodes that lived, too.
func (s *Search) Deviation(deep bool) (told string) {
	defer func() {
		if failed := recover(); failed != nil {
			told = fmt.Sprintf("panic: %v", failed)
		}
	}()
	again := NewSearch(s.model, s.parts)
	again.within = s
	if !deep {
		again.lives = nil
	}
	if err := again.Run(); err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return first
	}
	c := Comparison{Model: s.model, Code: again, Spec: &Reached{steps: s.steps}}
	unequal := c.unequalSteps()
	switch {
	case len(again.states) < len(s.states):
		return fmt.Sprintf("%d of %d states", len(again.states), len(s.states))
	case len(unequal) > 0:
		return "other steps: " + strings.Join(unequal, ", ")
	}
	return ""
}
