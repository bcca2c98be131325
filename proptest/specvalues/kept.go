package specvalues

import (
	"slices"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/spec/ground"
)

// The specification's logs are whole, also where a snapshot stands for their beginning, and its InstallSnapshot has what it
// stands for. A node knows neither, but for the index and term of the last entry: the base. What a node knows is *kept*:
// a log behind a base is then a record of base, term and entries, and of the configuration in force at the base where a node says which; that is in the
// message, too.

// Beginning is what nodes say is in force in a log in which no configuration stands. Where they say none, the zero one, all decide.
type Beginning protocol.Configuration

var (
	behindBase      = ground.Fields("base", "term", "entries")
	behindSaying    = ground.Fields("base", "term", "entries", "configuration")
	installSnapshot = message("lastIndex", "lastTerm")
	installSaying   = message("lastIndex", "lastTerm", "configuration")
	wholeSnapshot   = message("lastIndex", "lastTerm", "covers")
)

// LogOf returns a log, kept: the entries behind a base, of which the term is known.
func LogOf(base, term, said, entries ground.Value) ground.Value {
	switch {
	case base.AsInt() == 0:
		return entries
	case said.Kind() == ground.Record:
		return behindSaying(base, term, entries, said)
	}
	return behindBase(base, term, entries)
}

var configuredText = ground.Text(protocol.Configured.String())

// SaidBy is the configuration that is in force behind whole entries; the empty sequence where none of them is one, and none is said before them.
func (b Beginning) SaidBy(entries ground.Value) ground.Value {
	if k := lastConfigured(entries, 0); k > 0 {
		return saidIn(entries, k)
	}
	return Configuration(protocol.Configuration(b))
}

// lastConfigured returns which entry behind the first ones is the last configuration, from 1; 0 where none is.
func lastConfigured(entries ground.Value, behind int) int {
	for k := entries.Len(); k > behind; k-- {
		if entries.At(k-1).Field("value") == configuredText {
			return k
		}
	}
	return 0
}

func saidIn(entries ground.Value, k int) ground.Value {
	e := entries.At(k - 1)
	return saying(e.Field("voters"), e.Field("learners"))
}

// Sayings is SaidBy of entries that mostly go on from those before, as a node's do: it looks at what stands behind them. Its zero value knows none.
type Sayings struct {
	entries ground.Value // the longest looked at
	last    int          // their last configuration
}

// SaidBy is the same as Beginning.SaidBy.
func (s *Sayings) SaidBy(b Beginning, entries ground.Value) ground.Value {
	switch n := entries.Len(); {
	case !s.agrees(entries):
		s.last, s.entries = lastConfigured(entries, 0), entries
	case n > s.entries.Len():
		if k := lastConfigured(entries, s.entries.Len()); k > 0 {
			s.last = k
		}
		s.entries = entries
	case n < s.last:
		return b.SaidBy(entries)
	}
	if s.last > 0 {
		return saidIn(entries, s.last)
	}
	return Configuration(protocol.Configuration(b))
}

// agrees reports whether one of both begins with the other. The specification's values share their memory where one goes on from the other, so
// that is quick there.
func (s *Sayings) agrees(entries ground.Value) bool {
	if s.entries.Kind() != ground.Sequence {
		return false
	}
	n := min(entries.Len(), s.entries.Len())
	return ground.Equal(entries.SubSeq(1, n), s.entries.SubSeq(1, n))
}

// keptLog returns what is kept of a whole log up to whose entry at base a snapshot stands.
func (b Beginning) keptLog(log, base ground.Value) ground.Value {
	if base.AsInt() == 0 {
		return log
	}
	return LogOf(base, log.At(base.AsInt()-1).Field("term"), b.SaidBy(log.SubSeq(1, base.AsInt())), log.SubSeq(base.AsInt()+1, log.Len()))
}

// keptImage is the same of a hard state.
func (b Beginning) keptImage(h ground.Value) ground.Value {
	return hardState(h.Field("term"), h.Field("vote"), b.keptLog(h.Field("log"), h.Field("snapshot")), h.Field("snapshot"), h.Field("commit"))
}

// Kept returns what a node knows of its variables, which are whole and in the order of Variables.
func (b Beginning) Kept(whole []ground.Value) []ground.Value {
	kept := slices.Clone(whole)
	log, base, disk, pending := at("log"), at("snapshotIndex"), at("disk"), at("pending")
	kept[log], kept[disk] = b.keptLog(whole[log], whole[base]), b.keptImage(whole[disk])
	var writes []ground.Value
	for k := range whole[pending].Len() {
		w := whole[pending].At(k)
		writes = append(writes, write(b.keptImage(w.Field("state")), w.Field("out")))
	}
	kept[pending] = ground.Seq(writes...)
	return kept
}

// KeptMessage is what a node knows of a message.
func (b Beginning) KeptMessage(m ground.Value) ground.Value {
	if m.Field("type") != ground.Text(protocol.InstallSnapshot.String()) {
		return m
	}
	return snapshotOf(m.Field("type"), m.Field("from"), m.Field("to"), m.Field("term"), m.Field("lastIndex"), m.Field("lastTerm"), b.SaidBy(m.Field("covers")))
}

// saidAt is the configuration that a kept log or message has; the empty sequence where it has none.
func saidAt(kept ground.Value) ground.Value {
	if said, ok := kept.Lookup("configuration"); ok {
		return said
	}
	return ground.Seq()
}

// snapshotOf is a kept InstallSnapshot.
func snapshotOf(kind, from, to, term, lastIndex, lastTerm, said ground.Value) ground.Value {
	if said.Kind() == ground.Record {
		return installSaying(kind, from, to, term, lastIndex, lastTerm, said)
	}
	return installSnapshot(kind, from, to, term, lastIndex, lastTerm)
}

// KeptMessages is the same of a set of messages.
func (b Beginning) KeptMessages(set ground.Value) ground.Value {
	var members []ground.Value
	for k := range set.Len() {
		members = append(members, b.KeptMessage(set.At(k)))
	}
	return ground.SetOf(members...)
}

// A History says what stood in logs below their bases: entry k of any that has forgotten it.
type History func(k int) ground.Value

// before are the entries up to a base, of which the last has the term that is known.
func (h History) before(base, term, said ground.Value) (entries []ground.Value) {
	for k := 1; k < base.AsInt(); k++ {
		entries = append(entries, h(k))
	}
	switch {
	case said.Kind() == ground.Record:
		entries = append(entries, configured(term, ground.Text(protocol.Configured.String()), said.Field("voters"), said.Field("learners")))
	case base.AsInt() > 0:
		entries = append(entries, entry(term, ground.Text(protocol.Command.String())))
	}
	return entries
}

func (h History) log(kept ground.Value) ground.Value {
	if kept.Kind() != ground.Record {
		return kept
	}
	whole, rest := h.before(kept.Field("base"), kept.Field("term"), saidAt(kept)), kept.Field("entries")
	for k := range rest.Len() {
		whole = append(whole, rest.At(k))
	}
	return ground.Seq(whole...)
}

func (h History) image(kept ground.Value) ground.Value {
	return hardState(kept.Field("term"), kept.Field("vote"), h.log(kept.Field("log")), kept.Field("snapshot"), kept.Field("commit"))
}

// Whole returns variables of which Kept knows what is kept.
func (h History) Whole(kept []ground.Value) []ground.Value {
	whole := slices.Clone(kept)
	log, disk, pending := at("log"), at("disk"), at("pending")
	whole[log], whole[disk] = h.log(kept[log]), h.image(kept[disk])
	var writes []ground.Value
	for k := range kept[pending].Len() {
		w := kept[pending].At(k)
		writes = append(writes, write(h.image(w.Field("state")), w.Field("out")))
	}
	whole[pending] = ground.Seq(writes...)
	return whole
}

// WholeMessage is the same of a message.
func (h History) WholeMessage(m ground.Value) ground.Value {
	if m.Field("type") != ground.Text(protocol.InstallSnapshot.String()) {
		return m
	}
	return wholeSnapshot(m.Field("type"), m.Field("from"), m.Field("to"), m.Field("term"), m.Field("lastIndex"), m.Field("lastTerm"),
		ground.Seq(h.before(m.Field("lastIndex"), m.Field("lastTerm"), saidAt(m))...))
}

func at(variable string) int { return slices.Index(Variables, variable) }
