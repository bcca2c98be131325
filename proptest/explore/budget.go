package explore

import "github.com/eventstreamcore/semel/raft/protocol"

// counter is what some actions cost: a field of MCRaft's spent.
type counter uint8

const (
	crashes counter = iota
	resigns
	prevotes
	transfers
	reads
	compacts
	changes
	counters // how many there are
)

// budget is a number for each counter: what was spent, or what a model may spend in all.
type budget [counters]uint8

// counterNames are the fields of spent; budgetNames bound them. A .cfg that leaves one of these
// out spends none of it.
var (
	counterNames = [counters]string{"crashes", "resigns", "prevotes", "transfers", "reads", "compacts", "changes"}
	budgetNames  = [counters]string{"MaxCrashes", "MaxResigns", "MaxPrevotes", "MaxTransfers", "MaxReads", "MaxCompacts", "MaxChanges"}
)

// priced are the actions of node i that cost one of c.
func (m *Model) priced(c counter, i *protocol.Node) []*Action {
	switch {
	case c == crashes:
		return []*Action{{Name: "Restart", Node: i.ID()}}
	case c == resigns:
		return []*Action{{Name: "Resign", Node: i.ID()}}
	case c == prevotes && i.CurrentTerm() < m.MaxTerm:
		return []*Action{{Name: "PreVote", Node: i.ID()}}
	case c == transfers && i.CurrentTerm() < m.MaxTerm:
		return m.toEach("TransferLeadership", i)
	case c == reads:
		return []*Action{{Name: "ReadRequest", Node: i.ID()}}
	case c == changes && i.LastIndex() < m.MaxLog:
		return m.changes(i)
	case c == compacts:
		return []*Action{{Name: "Compact", Node: i.ID(), Prev: i.CompactBound()}}
	}
	return nil
}

func (m *Model) toEach(name string, i *protocol.Node) (all []*Action) {
	for j := m.Server.Next(protocol.Nil); j != protocol.Nil; j = m.Server.Next(j) {
		all = append(all, &Action{Name: name, Node: i.ID(), To: j})
	}
	return all
}

func (m *Model) changes(i *protocol.Node) (all []*Action) {
	for _, t := range targets[m.Targets] {
		if beginnings[m.Begins](i, t) {
			all = append(all, &Action{Name: "ChangeConfiguration", Node: i.ID(), Voters: t.voters, Learners: t.learners})
		}
	}
	return all
}

// spent is what a state says of the budget.
func (r *reader) spent(v value) (b budget) {
	for c, name := range counterNames {
		b[c] = uint8(r.number(r.field(v, name)))
	}
	if len(v.names) != len(counterNames) {
		r.fail("a record of %v, not %v", counterNames, v)
	}
	return b
}

// value is the way back.
func (b budget) value() value {
	v := value{kind: record}
	for c, name := range counterNames {
		v = v.with(name, natural(uint64(b[c])))
	}
	return v
}
