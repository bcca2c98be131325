package main

import (
	"fmt"
	"slices"

	"github.com/eventstreamcore/semel/spec/prove/smt"
	"github.com/eventstreamcore/semel/spec/prove/symbolic"
)

// The rows of the table that are no action.
const (
	rowInit  = "Init"
	rowState = "the invariant"
)

// ofInit: what is true at first.
func (p *proof) ofInit() ([]*query, error) {
	var all []*query
	for _, name := range p.conjuncts {
		c, err := p.x.OfState(name, p.initial.After)
		if err != nil {
			return nil, err
		}
		q := &query{name: rowInit + " " + name, row: rowInit, goal: name, parts: []*smt.Term{c.Holds}, question: &smt.Question{
			Theory: p.x.Theory(), Definitions: p.initial.Definitions, Hypotheses: append(assumed(p.initial.Obligations), p.initial.Hypotheses...)}}
		all = append(all, q)
	}
	some, err := p.chooses(rowInit, p.initial, p.initial.Hypotheses, p.initial.Obligations)
	return append(all, some...), err
}

// ofFacts: what follows from the invariant alone. One may rest on those before it.
func (p *proof) ofFacts() ([]*query, error) {
	var all []*query
	before := map[string]bool{}
	for _, name := range p.facts {
		key := "fact " + name
		hs := p.needs.of(nil, key)
		for _, h := range hs {
			if slices.Contains(p.facts, h) && !before[h] {
				return nil, fmt.Errorf("%s rests on %s, which is not before it", key, h)
			}
		}
		before[name] = true
		q, err := p.ask(key, name, nil, symbolic.Claim{Holds: p.hypotheses[name]}, hs)
		if err != nil {
			return nil, err
		}
		q.row = rowState
		all = append(all, q)
	}
	return all, nil
}

// ofRows: every action keeps every conjunct.
func (p *proof) ofRows() ([]*query, error) {
	var all []*query
	for _, r := range p.rows {
		some, err := p.chooses(r.Name, r, r.Hypotheses, r.Obligations)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
		if some, err = p.lemmas(r); err != nil {
			return nil, err
		}
		all = append(all, some...)
		for _, name := range p.conjuncts {
			key := r.Name + " " + name
			p.needs.used["* "+name] = true
			if name != types && r.Untouched(name) {
				all = append(all, &query{name: key, row: r.Name, goal: name, untouched: true})
				p.needs.of(nil, key)
				continue
			}
			c, err := p.x.OfState(name, r.After)
			if err != nil {
				return nil, err
			}
			q, err := p.ask(key, name, r, c, p.needs.of(p.itself(name), key, "* "+name))
			if err == nil && name == types {
				q.parts, err = p.x.OfTypes(r.After)
			}
			if err != nil {
				return nil, err
			}
			all = append(all, q)
		}
	}
	return all, nil
}

// itself is what a conjunct is asked with that has no line.
func (p *proof) itself(name string) []string {
	if name == types {
		return nil
	}
	return []string{name}
}

// lemmas of a step rest on those before them.
func (p *proof) lemmas(r *symbolic.Row) ([]*query, error) {
	var all []*query
	before := map[string]bool{}
	for _, l := range p.needs.lemmas {
		if l.row != r.Name {
			continue
		}
		c, err := lemma(r, l.name)
		if err != nil {
			return nil, err
		}
		key := "lemma " + l.row + " " + l.name
		hs := p.needs.of(nil, key)
		for _, h := range hs {
			if h[0] == '@' && !before[h] {
				return nil, fmt.Errorf("%s rests on %s, which is not before it", key, h)
			}
		}
		before["@"+l.name] = true
		q, err := p.ask(key, l.name, r, c, hs)
		if err != nil {
			return nil, err
		}
		all = append(all, q)
	}
	return all, nil
}

// lemma is what an operator says of a row's step. It chooses nothing: nobody would ask whether there is something to choose.
func lemma(r *symbolic.Row, name string) (symbolic.Claim, error) {
	c, err := r.OfStep(name)
	if err == nil && len(c.Obligations) > 0 {
		err = fmt.Errorf("lemma %s %s chooses: a lemma may not", r.Name, name)
	}
	return c, err
}

// chooses: each obligation holds, given base and those before it. It rests on no lemma: each lemma of a row is proved with the row's
// choices made.
func (p *proof) chooses(name string, r *symbolic.Row, base []*smt.Term, list []symbolic.Obligation) ([]*query, error) {
	if len(list) == 0 {
		return nil, nil
	}
	key := "choose " + name
	var hs []*smt.Term
	for _, h := range p.needs.of(nil, key) {
		if h[0] == '@' {
			return nil, fmt.Errorf("%s rests on %s, and that on what is chosen", key, h)
		}
		t, err := p.hypothesis(h, r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		hs = append(hs, t)
	}
	hs = append(hs, base...)
	var all []*query
	for k, o := range list {
		q := &query{name: key, row: r.Name, goal: fmt.Sprintf("choice at %s", o.Place), parts: []*smt.Term{o.Holds}, question: &smt.Question{
			Theory: p.x.Theory(), Definitions: r.Definitions, Hypotheses: append(assumed(list[:k]), hs...)}}
		if name != rowInit {
			p.addTypes(q)
		}
		all = append(all, q)
	}
	return all, nil
}

// ofStates: the invariant implies every property of states.
func (p *proof) ofStates() ([]*query, error) {
	var all []*query
	for _, name := range p.states {
		c, err := p.x.OfState(name, p.x.Before())
		if err != nil {
			return nil, err
		}
		if len(c.Obligations) > 0 {
			return nil, fmt.Errorf("%s chooses: a property of states may not", name)
		}
		key := "state " + name
		q, err := p.ask(key, name, nil, c, p.needs.of(nil, key))
		if err != nil {
			return nil, err
		}
		q.row = rowState
		all = append(all, q)
	}
	return all, nil
}

// ofSteps: every step of every action, from a state of the invariant, has every property of steps.
func (p *proof) ofSteps() ([]*query, error) {
	var all []*query
	for _, name := range p.steps {
		for _, r := range p.rows {
			c, err := r.OfStep(name)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			general, own := "step "+name, "step "+r.Name+" "+name
			q, err := p.ask(own, name, r, c, p.needs.of(nil, own, general))
			if err != nil {
				return nil, err
			}
			all = append(all, q)
			// What a property chooses, it chooses in the state before the step: what the step does would only be in the solver's way.
			some, err := p.chooses(name, r, c.Facts, c.Obligations)
			if err != nil {
				return nil, err
			}
			all = append(all, some...)
		}
	}
	return all, nil
}
