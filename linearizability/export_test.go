package linearizability

import (
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// JudgeWithin is Judge with another limit for porcupine.
var JudgeWithin = judge

// Minimize is minimize of numbers.
func Minimize(items []int, fails func([]int) bool) []int { return minimize(items, fails) }

// SearchFreely returns the keys that porcupine rejects when nothing but the
// model tells it the order: whole histories, no ranks, no portions.
func SearchFreely(h *History, timeout time.Duration) (bad []string, finished bool) {
	r := settle(h)
	r.witness()
	finished = true
	for _, k := range r.keys {
		whole := portion{key: k, rets: make([]int64, len(k.steps))}
		for i, s := range k.steps {
			whole.steps = append(whole.steps, ranked{s, i})
			whole.rets[i] = s.ret
		}
		model := whole.model()
		guided := model.Step
		model.Step = func(was, input, output any) (bool, any) {
			s, in := was.(searched), input.(ranked)
			s.rank = in.rank // any step may be next
			ok, next := guided(s, in, output)
			if !ok {
				return false, was
			}
			after := next.(searched)
			after.rank = 0
			return true, after
		}
		switch porcupine.CheckOperationsTimeout(model, whole.operations(), timeout) {
		case porcupine.Illegal:
			bad = append(bad, k.name)
		case porcupine.Unknown:
			finished = false
		}
	}
	slices.Sort(bad)
	return bad, finished
}

// Quarrel is what a verdict says of two judges that reject these keys.
func Quarrel(porcupine, witness []string) []Violation {
	v := &Verdict{Porcupine: EngineResult{BadKeys: porcupine}, Witness: EngineResult{BadKeys: witness}}
	v.explain(&run{}, &witnessed{})
	return v.Violations
}
