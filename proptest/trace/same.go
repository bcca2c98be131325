package trace

import (
	"github.com/eventstreamcore/semel/proptest/specvalues"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/spec/ground"
)

// A node's state has its log several times over: its own, the disk's, and one in each pending write. To compare all of it, entry by entry,
// at every record would take time that grows with the run. But logs mostly go on where the last one ended: agreed is a recorded log and the
// specification's value that was found to be the same, and what is compared is what stands behind it. The specification's
// values share their memory where one goes on from the other, so ground.Equal is quick there.
type agreed struct {
	recorded  Log
	specified ground.Value // behind the base
}

// sameLog reports whether a recorded log is the specification's. Of a node it remembers the last one.
func (v *Validator) sameLog(node protocol.NodeID, recorded *Log, specified ground.Value) bool {
	n, base := int(recorded.Entries.Len()), int(recorded.Base)
	if specified.Len() != base+n || base > 0 && specified.At(base-1).Field("term").AsInt() != int(recorded.BaseTerm) {
		return false
	}
	if !v.saysTheSame(node, recorded, specified) {
		return false
	}
	specified = specified.SubSeq(base+1, base+n)
	known, from := v.logs[node], 0
	if known.recorded.Base == recorded.Base && known.specified.Kind() == ground.Sequence {
		both := min(n, known.specified.Len())
		if agreeUpTo(&recorded.Entries, &known.recorded.Entries, uint64(both)) && ground.Equal(specified.SubSeq(1, both), known.specified.SubSeq(1, both)) {
			from = both
		}
	}
	if !sameEntries(&recorded.Entries, specified, from) {
		return false
	}
	v.logs[node] = agreed{*recorded, specified}
	return true
}

// saysTheSame reports whether what a recorded log says is in force at its base is that.
func (v *Validator) saysTheSame(node protocol.NodeID, recorded *Log, specified ground.Value) bool {
	said := v.said[node]
	if said == nil {
		said = &specvalues.Sayings{}
		v.said[node] = said
	}
	return ground.Equal(specvalues.Configuration(recorded.BaseConfiguration), said.SaidBy(v.beginning(), specified.SubSeq(1, int(recorded.Base))))
}

// agreeUpTo reports whether the first n entries of both are the same.
func agreeUpTo(a, b *protocol.Entries, n uint64) bool {
	for k := 0; n > 0; k++ {
		x, y := a.Run(k), b.Run(k)
		if x.Term != y.Term || x.Value != y.Value || x.Configuration != y.Configuration || x.Count != y.Count && min(x.Count, y.Count) < n {
			return false
		}
		n -= min(n, x.Count)
	}
	return true
}

// sameEntries compares what stands behind the first entries.
func sameEntries(recorded *protocol.Entries, specified ground.Value, from int) bool {
	at := 0
	for k := range recorded.Runs() {
		r := recorded.Run(k)
		end := at + int(r.Count)
		if end <= from {
			at = end
			continue
		}
		entry := specvalues.Entry(protocol.Entry{Term: r.Term, Value: r.Value, Configuration: r.Configuration})
		for at = max(at, from); at < end; at++ {
			if !ground.Equal(specified.At(at), entry) {
				return false
			}
		}
	}
	return true
}

func (v *Validator) sameImage(node protocol.NodeID, i *Image, specified ground.Value) bool {
	return ground.Equal(specified.Field("term"), number(i.Term)) && ground.Equal(specified.Field("vote"), number(i.Vote)) &&
		ground.Equal(specified.Field("commit"), number(i.Commit)) &&
		ground.Equal(specified.Field("snapshot"), number(i.Log.Base)) && v.sameLog(node, &i.Log, specified.Field("log"))
}

// sameWhole reports whether the node is in all as it was recorded; what After has of it was compared before.
func (v *Validator) sameWhole(s *State, next ground.State) bool {
	of := func(name string) ground.Value { return v.of(next, name, s.Node) }
	pending := of("pending")
	if pending.Len() != len(s.Pending) || !v.sameLog(s.Node, &s.Hard.Log, of("log")) || !v.sameImage(s.Node, &s.Disk, of("disk")) {
		return false
	}
	for k := range s.Pending {
		p, write := &s.Pending[k], pending.At(k)
		if !v.sameImage(s.Node, &p.State, write.Field("state")) || !ground.Equal(write.Field("out"), specvalues.Messages(p.Out)) {
			return false
		}
	}
	small := smallValues(s)
	for name, recorded := range small {
		if !ground.Equal(recorded, of(name)) {
			return false
		}
	}
	return true
}
