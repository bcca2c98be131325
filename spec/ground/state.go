package ground

import (
	"fmt"
	"strings"
)

// ParseState reads a state as TLC prints it: a line `/\ name = value` for each variable, in any order; a value may go on in
// further lines.
func (s *Spec) ParseState(text string) (State, error) {
	state := make(State, len(s.module.Variables))
	for _, part := range strings.Split("\n"+strings.TrimSpace(text), "\n/\\ ")[1:] {
		name, value, ok := strings.Cut(part, " = ")
		k := s.Variable(name)
		if !ok || k < 0 || state[k].Kind() != 0 {
			return nil, fmt.Errorf("%w: expected a variable and its value at %.60q", ErrValue, part)
		}
		v, err := ParseValue(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		state[k] = v
	}
	for k, v := range state {
		if v.Kind() == 0 {
			return nil, fmt.Errorf("%w: no value of %s", ErrValue, s.module.Variables[k].Name)
		}
	}
	return state, nil
}

// Format writes a state as TLC prints it, in the order of Spec.Variables.
func (s *Spec) Format(state State) string {
	var b strings.Builder
	for k, v := range state {
		fmt.Fprintf(&b, "/\\ %s = %v\n", s.module.Variables[k].Name, v)
	}
	return b.String()
}

// SameState reports whether both are the same.
func SameState(a, b State) bool {
	for k := range a {
		if !Equal(a[k], b[k]) {
			return false
		}
	}
	return len(a) == len(b)
}
