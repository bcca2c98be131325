package ground

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/eventstreamcore/semel/spec/tla"
)

// ErrConfig is returned where constants and replacements do not fit the module.
var ErrConfig = errors.New("constants that do not fit the module")

// ErrConstruct is returned where an operator uses what is not known here.
var ErrConstruct = errors.New("construct of TLA+ that is not evaluated here")

// ErrEvaluation is returned where a formula has no value.
var ErrEvaluation = errors.New("no value")

// State has a value for each variable, in the order of Spec.Variables.
type State []Value

// Spec is a module whose constants have values. It and what it compiles are for one goroutine; any number may be made of one
// tla.Module.
type Spec struct {
	module     *tla.Module
	config     Config
	variables  map[string]int
	overridden map[*tla.Operator]Value
	replaced   map[*tla.Operator]*tla.Operator
	primes     map[*tla.Operator]bool // whether a body speaks of a next state
	frees      map[*tla.Operator][]*tla.Param
}

// New returns the module with what a .cfg says of it. It returns ErrConfig, wrapped, where a constant has no value, or something
// is named that the module does not have.
func New(m *tla.Module, c Config) (*Spec, error) {
	s := &Spec{module: m, config: c, variables: map[string]int{}, overridden: map[*tla.Operator]Value{},
		replaced: map[*tla.Operator]*tla.Operator{}, primes: map[*tla.Operator]bool{}, frees: map[*tla.Operator][]*tla.Param{}}
	for k, v := range m.Variables {
		s.variables[v.Name] = k
	}
	for _, d := range m.Constants {
		_, given := c.Constants[d.Name]
		_, replaced := c.Replace[d.Name]
		if !given && !replaced {
			return nil, fmt.Errorf("%w: constant %s has no value", ErrConfig, d.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Constants)) {
		if o := m.Operators[name]; o != nil && len(o.Params) == 0 {
			s.overridden[o] = c.Constants[name]
		} else if !s.declares(name) {
			return nil, fmt.Errorf("%w: %s is no constant of %s", ErrConfig, name, m.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Replace)) {
		by := m.Operators[c.Replace[name]]
		switch o := m.Operators[name]; {
		case by == nil:
			return nil, fmt.Errorf("%w: %s <- %s: no such operator in %s", ErrConfig, name, c.Replace[name], m.Name)
		case o != nil && len(o.Params) == len(by.Params):
			s.replaced[o] = by
		case o != nil || !s.declares(name):
			return nil, fmt.Errorf("%w: %s <- %s: no such operator with %d parameters", ErrConfig, name, by.Name, len(by.Params))
		}
	}
	for _, o := range m.Operators {
		s.speaksOfNext(o)
	}
	return s, nil
}

func (s *Spec) declares(name string) bool {
	return slices.ContainsFunc(s.module.Constants, func(d tla.Declaration) bool { return d.Name == name })
}

// Variables are the names of the variables, in the order of a State.
func (s *Spec) Variables() []string {
	var names []string
	for _, v := range s.module.Variables {
		names = append(names, v.Name)
	}
	return names
}

// Variable returns the place of a variable in a State; -1 where there is none of that name.
func (s *Spec) Variable(name string) int {
	if k, ok := s.variables[name]; ok {
		return k
	}
	return -1
}

// operator returns an operator by its name, or what replaces it.
func (s *Spec) operator(name string) (*tla.Operator, error) {
	o := s.module.Operators[name]
	if o == nil || o.Body == nil {
		return nil, fmt.Errorf("%w: no operator %s in %s", ErrConstruct, name, s.module.Name)
	}
	return s.inPlace(o), nil
}

// inPlace is what stands in the place of o.
func (s *Spec) inPlace(o *tla.Operator) *tla.Operator {
	if by, ok := s.replaced[o]; ok {
		return by
	}
	return o
}
