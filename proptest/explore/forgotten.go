package explore

import (
	"slices"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// The specification's logs are whole, also where a snapshot stands for their beginning; a node has forgotten that, and
// knows the term of the last entry alone. What it has forgotten was committed, and is the beginning of `ever`: so a
// state of the specification and one of nodes, with `ever`, say the same. A log behind a base is written here as a record
// [base, term, configuration, entries], and what a snapshot stands for is left out of its message,
// which has the configuration in force at its last entry in its place.

// forget takes out of the variables what nodes have forgotten, and fails where that is not what was ever committed.
func (r *reader) forget(vars []variable) {
	ever := vars[slices.Index(variables, "ever")].items
	logs, bases := &vars[slices.Index(variables, "log")], vars[slices.Index(variables, "snapshotIndex")]
	for k := range logs.items {
		r.change(logs, k, r.kept(logs.items[k], r.number(r.item(bases.value, k)), ever))
	}
	disks := &vars[slices.Index(variables, "disk")]
	for k := range disks.items {
		r.change(disks, k, r.keptImage(disks.items[k], ever))
	}
	queues := &vars[slices.Index(variables, "pending")]
	for k := range queues.items {
		queue := value{kind: tuple}
		for _, w := range r.members(queues.items[k], tuple) {
			queue.items = append(queue.items, fields("state", r.keptImage(r.field(w, "state"), ever), "out", r.field(w, "out")))
		}
		r.change(queues, k, queue)
	}
	messages := &vars[slices.Index(variables, "messages")]
	messages.items = slices.Clone(messages.items)
	for k, m := range messages.items {
		messages.items[k] = r.keptMessage(m, ever)
	}
}

// change puts another value at node k, from 0.
func (r *reader) change(v *variable, k int, to value) {
	if v.kind != tuple {
		r.fail("a function over the nodes, not %v", v.value)
		return
	}
	v.items, v.at = slices.Clone(v.items), slices.Clone(v.at)
	v.items[k] = to
	v.at[k] = to.sorted().String()
}

// kept is a log without what a snapshot up to base stands for.
func (r *reader) kept(log value, base uint64, ever []value) value {
	if base == 0 || r.err != nil {
		return log
	}
	entries := r.members(log, tuple)
	if base > uint64(len(entries)) {
		r.fail("a log that goes to its snapshot's end at %d, not %v", base, log)
		return log
	}
	r.areEver(entries[:base], ever)
	return fields("base", natural(base), "term", r.field(entries[base-1], "term"), "configuration", configurationValue(r.saidBy(entries[:base])),
		"entries", value{kind: tuple, items: entries[base:]})
}

// saidBy is the configuration in force behind entries.
func (r *reader) saidBy(entries []value) protocol.Configuration {
	for _, e := range slices.Backward(entries) {
		if entry := r.entry(e); entry.Value == protocol.Configured {
			return entry.Configuration
		}
	}
	return r.parts.first
}

// configurationValue is a configuration as kept has it; nothing for the zero one.
func configurationValue(c protocol.Configuration) value {
	if c == (protocol.Configuration{}) {
		return value{kind: tuple}
	}
	return votersAndLearners(value{kind: record}, c)
}

// configuration is the way back from configurationValue, and from an entry.
func (r *reader) configuration(v value) (c protocol.Configuration) {
	if v.kind == tuple {
		return c
	}
	sets := r.members(r.field(v, "voters"), tuple)
	if len(sets) != 1 && len(sets) != 2 {
		r.fail("one or two sets of voters, not %v", v)
		return c
	}
	c.Voters, c.Learners = r.nodes(sets[0]), r.nodes(r.field(v, "learners"))
	if len(sets) == 2 {
		c.Next = r.nodes(sets[1])
	}
	return c
}

// areEver requires that entries are the first that were ever committed.
func (r *reader) areEver(entries, ever []value) {
	if len(entries) > len(ever) {
		r.fail("a snapshot of what was ever committed, %v, not of %v", ever, entries)
		return
	}
	for k, e := range entries {
		if was := r.field(ever[k], "entry"); was.sorted().String() != e.sorted().String() {
			r.fail("a snapshot of what was ever committed, %v, not of %v", was, e)
		}
	}
}

func (r *reader) keptImage(h value, ever []value) value {
	log := r.kept(r.field(h, "log"), r.number(r.field(h, "snapshot")), ever)
	return fields("term", r.field(h, "term"), "vote", r.field(h, "vote"), "log", log, "snapshot", r.field(h, "snapshot"), "commit", r.field(h, "commit"))
}

func (r *reader) keptMessage(m value, ever []value) value {
	k := slices.Index(m.names, "covers")
	if k < 0 || r.err != nil {
		return m
	}
	covers := r.members(m.items[k], tuple)
	if r.areEver(covers, ever); uint64(len(covers)) != r.number(r.field(m, "lastIndex")) {
		r.fail("a snapshot of all up to its last entry, not %v", m)
	}
	m.names = slices.Delete(slices.Clone(m.names), k, k+1)
	m.items = slices.Delete(slices.Clone(m.items), k, k+1)
	return m.with("configuration", configurationValue(r.saidBy(covers)))
}

// logValue is a log as kept returns it.
func logValue(base, term uint64, said protocol.Configuration, entries value) value {
	if base == 0 {
		return entries
	}
	return fields("base", natural(base), "term", natural(term), "configuration", configurationValue(said), "entries", entries)
}

// remembered is the way back from kept: all that a node has forgotten is what was ever committed.
func remembered(v value, ever []committed) value {
	switch {
	case v.kind == record && slices.Contains(v.names, "base"):
		var covered []protocol.Entry
		for _, was := range ever[:v.items[0].n] {
			covered = append(covered, was.entry)
		}
		whole := entriesValue(covered)
		whole.items = append(whole.items, v.items[3].items...)
		return whole
	case v.kind == record && len(v.items) > 0 && v.items[0].text == protocol.InstallSnapshot.String():
		var covered []protocol.Entry
		for _, was := range ever[:v.items[slices.Index(v.names, "lastIndex")].n] {
			covered = append(covered, was.entry)
		}
		k := slices.Index(v.names, "configuration")
		v.names, v.items = slices.Delete(slices.Clone(v.names), k, k+1), slices.Delete(slices.Clone(v.items), k, k+1)
		return v.with("covers", entriesValue(covered))
	}
	v.items = slices.Clone(v.items)
	for k := range v.items {
		v.items[k] = remembered(v.items[k], ever)
	}
	return v
}
