package dedup_test

// Goal: the Machine answers and ends as the naive model does, a second Machine
// fed the same log has the same bytes (SameLogSameState), and a state saved and
// loaded goes on as if it had not been. Method: random scenarios; the first
// difference is the error.

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestMachineAnswersAsTheModelDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		require.NoError(t, scenarios.Draw(t, "scenario").run())
	})
}

// run plays the scenario and returns the first difference.
func (s scenario) run() error { return s.watched(func([]answer) {}) }

// watched is run that shows the answers to each command.
func (s scenario) watched(seen func([]answer)) error {
	p := s.start()
	p.seen = seen
	return p.all(s)
}

func (s scenario) start() *play {
	return &play{model: newModel(s.CapacityKeys, s.CapacityCells), machine: dedup.New(), twin: dedup.New(), clock: startNanos, seen: func([]answer) {}, between: func(*dedup.Machine) error { return nil }}
}

// all plays a scenario from the bootstrap entry on.
func (p *play) all(s scenario) error {
	limits := dedup.Bootstrap{Secret: secret, CapacityKeys: uint64(s.CapacityKeys), CapacityBytes: uint64(s.CapacityCells * dedup.CellBytes)}
	if err := p.apply(dedup.AppendBootstrap(nil, 0, &limits)); err != nil {
		return err
	}
	for i, one := range s.Steps {
		if err := p.step(one); err != nil {
			return fmt.Errorf("step %d, %+v: %w", i, one, err)
		}
	}
	return nil
}

type play struct {
	model         *model
	machine, twin *dedup.Machine
	results       dedup.Results
	index, calls  uint64
	clock         uint64
	made          []op
	seen          func([]answer)
	between       func(*dedup.Machine) error // called before each entry

	// judge, if there is one, takes the place of the comparison with the model,
	// which then only chooses tokens.
	judge func(commands []byte, answers []dedup.Result) error
}

func (p *play) step(one step) error {
	if one.Reload {
		if err := p.reload(); err != nil {
			return err
		}
	}
	if err := p.between(p.machine); err != nil {
		return err
	}
	p.clock += one.PassedNanos
	stamp := p.clock
	if one.Behind {
		stamp -= 5 * milli
	}
	p.model.enter(stamp)
	payload := dedup.AppendHeader(nil, stamp)
	if len(one.Ops) == 0 {
		payload = dedup.AppendNoOp(nil, stamp)
	}
	var want []answer
	for _, o := range one.Ops {
		if o.Again > 0 && o.Again <= len(p.made) {
			o = p.made[len(p.made)-o.Again]
		}
		o.resolve(p.model)
		p.made = append(p.made, o)
		var answers []answer
		payload, answers = o.perform(p.model, p.calls, payload)
		p.seen(answers)
		p.calls += uint64(len(answers))
		want = append(want, answers...)
	}
	if err := p.apply(payload); err != nil {
		return err
	}
	if p.judge != nil {
		return p.judgePayload(payload)
	}
	if err := differ(want, &p.results); err != nil {
		return err
	}
	if err := p.compareReads(); err != nil {
		return err
	}
	return p.compareContent()
}

func (p *play) judgePayload(payload []byte) error {
	entry, err := dedup.ParseEntry(payload)
	if err != nil {
		return err
	}
	return p.judge(entry.Commands, p.results.Answers)
}

func (p *play) apply(payload []byte) error {
	p.index++
	if err := p.twin.Apply(p.index, payload, &p.results); err != nil {
		return err
	}
	if err := p.machine.Apply(p.index, payload, &p.results); err != nil {
		return err
	}
	if p.twin.Hash() != p.machine.Hash() || !bytes.Equal(p.twin.AppendState(nil), p.machine.AppendState(nil)) {
		return fmt.Errorf("entry %d: the same log, another state", p.index)
	}
	return nil
}

func (p *play) reload() (err error) {
	p.machine, err = dedup.LoadState(p.machine.AppendState(nil))
	return err
}

func differ(want []answer, got *dedup.Results) error {
	if len(want) != len(got.Answers) {
		return fmt.Errorf("%d answers, want %d", len(got.Answers), len(want))
	}
	for i := range want {
		if w, g := want[i].text(), textOf(got, i); w != g {
			return fmt.Errorf("answer %d\n got %s\nwant %s", i, g, w)
		}
	}
	return nil
}

func textOf(r *dedup.Results, i int) string {
	a := answer{Result: r.Answers[i], has: r.Answers[i].HasValue, value: string(r.Value(i)), fingerprint: string(r.Fingerprint(i))}
	return a.text()
}

func (a answer) text() string {
	return fmt.Sprintf("%s %s replayed=%v call=%d number=%d T=%d token=%d expires_in=%d lease=%d retry_after=%d age=%d offset=%d owner=%d value=%v:%q fingerprint=%q",
		a.Kind, a.Outcome, a.Replayed, a.Call, a.Number, a.TimeNanos, a.Token, a.ExpiresInMillis, a.LeaseMillis, a.RetryAfterMillis,
		a.AgeMillis, a.Offset, a.Owner, a.has, a.value, a.fingerprint)
}

// compareContent reads every key from both, and holds the usage to its limits.
func (p *play) compareContent() error {
	for n := range 5 {
		p.machine.Peek(key(n), &p.results)
		if err := differ([]answer{p.model.query(dedup.Query{Key: key(n)})}, &p.results); err != nil {
			return fmt.Errorf("content of key %d: %w", n, err)
		}
		p.machine.PeekCheckpoint(key(n), &p.results)
		if err := differ([]answer{p.model.checkpointQuery(dedup.CheckpointQuery{Key: key(n)})}, &p.results); err != nil {
			return fmt.Errorf("checkpoint %d: %w", n, err)
		}
	}
	if u := p.machine.Usage(); u.Keys > u.CapacityKeys || u.Bytes > u.CapacityBytes || u.Keys < uint64(len(p.model.records)+len(p.model.checkpoints)) {
		return fmt.Errorf("usage %+v with %d records standing", u, len(p.model.records))
	}
	return nil
}
