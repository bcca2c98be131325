package tlc

import (
	"slices"
	"strings"
)

// name gives actions and the violated property the names they have in the
// specification and in the .cfg, whose invariants and properties are checked.
func (r *Result) name(m Modules, checked Model) {
	for _, c := range r.rawCoverage {
		r.count(m, c)
	}
	for i := range r.Trace {
		r.Trace[i].Action = m.stepName(r.Trace[i].label)
	}
	switch {
	case r.Violated == temporalLine:
		r.Violated = m.violatedTemporal(checked.Properties)
	case r.Violated != "":
		r.Violated = m.violated(r.Violated, checked)
	}
}

// count adds c to the action that it is a part of. TLC reports an action once for
// each place that names it. An initial predicate is no action.
func (r *Result) count(m Modules, c coverageLine) {
	where := c.part
	if where == (span{}) {
		if def, ok := m.enclosing(c.at); ok {
			where = def.at
		}
	}
	if !m.acts(m.text(where)) {
		return
	}
	name := m.actionName(c.operator, c.part)
	i := slices.IndexFunc(r.Coverage, func(a Action) bool { return a.Name == name })
	if i < 0 {
		i = len(r.Coverage)
		r.Coverage = append(r.Coverage, Action{Name: name})
	}
	r.Coverage[i].Distinct += c.distinct
	r.Coverage[i].Generated += c.generated
}

// acts reports whether text says something of the next state.
func (m Modules) acts(text string) bool {
	return m.reaches(text, func(_, text string) bool { return changesState.MatchString(text) })
}

// actionName names an operator that TLC counts or, if it counts a part of one by
// itself, the action that this part is made of.
//
// TLC follows disjunctions and operators from the next-state relation down, but not
// into a quantifier over a set that depends on the state: it then reports a part of
// the relation. The action is the operator named in that part that says something
// of the next state; one from another module goes before the part's own module,
// whose operators (a bound, a counter) wrap it.
func (m Modules) actionName(operator string, part span) string {
	if part == (span{}) {
		return m.unwrapped(operator)
	}
	var own, others []string
	for _, id := range identifier.FindAllString(m.text(part), -1) {
		def, ok := m.find(id)
		switch {
		case !ok || !m.acts(m.text(def.at)):
		case def.at.module == part.module:
			own = append(own, m.unwrapped(id))
		default:
			others = append(others, id)
		}
	}
	if len(others) == 0 {
		others = own
	}
	if len(others) == 0 {
		return operator
	}
	slices.Sort(others)
	return strings.Join(slices.Compact(others), "+")
}

// unwrapped takes the MC off an action that bounds the one of that name, and then the P off
// one that adds to it what RaftGhosts remembers.
func (m Modules) unwrapped(operator string) string {
	for _, prefix := range []string{"MC", "P"} {
		inner, wrapped := strings.CutPrefix(operator, prefix)
		if _, ok := m.find(inner); wrapped && ok {
			operator = inner
		}
	}
	return operator
}

// stepName names the action that a trace's label tells: an operator and its body's
// place, or the next-state relation and the place of a part.
func (m Modules) stepName(label string) string {
	operator, _, _ := strings.Cut(label, " ")
	place := spanText.FindStringSubmatch(label)
	if place == nil {
		return "" // the initial state
	}
	if strings.HasSuffix(operator, "Next") {
		return m.actionName(operator, newSpan(place[1:]))
	}
	return m.unwrapped(operator)
}

// violated finds the checked property that TLC means by told: a name, or the place
// of a conjunct, in the property itself or in what it is made of.
func (m Modules) violated(told string, checked Model) string {
	name := told
	if place := spanText.FindStringSubmatch(told); place != nil {
		def, ok := m.enclosing(newSpan(place[1:]))
		if !ok {
			return told
		}
		name = def.name
	}
	if checked.Checks(name) {
		return name
	}
	return oneOf(told, checked, func(property string) bool {
		def, ok := m.find(property)
		return ok && m.reaches(m.text(def.at), func(reached, _ string) bool { return reached == name })
	})
}

// violatedTemporal finds the checked property that is temporal. TLC does not tell
// which broke, so a model checks one.
func (m Modules) violatedTemporal(properties []string) string {
	return oneOf(temporalLine, Model{Properties: properties}, m.isTemporal)
}

// isTemporal reports whether a property says what must come in the end.
func (m Modules) isTemporal(property string) bool {
	def, ok := m.find(property)
	return ok && m.reaches(m.text(def.at), func(_, text string) bool { return temporal.MatchString(text) })
}

// oneOf returns the checked property that satisfies is if there is exactly one, and
// told if not.
func oneOf(told string, checked Model, is func(string) bool) string {
	var found []string
	for _, property := range slices.Concat(checked.Invariants, checked.Properties) {
		if is(property) {
			found = append(found, property)
		}
	}
	if len(found) != 1 {
		return strings.TrimSpace(told + " " + strings.Join(found, " or "))
	}
	return found[0]
}
