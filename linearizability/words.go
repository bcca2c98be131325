package linearizability

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// CheckLog and the other names of checks stand in Violation.Check.
const (
	CheckLog       = "Log"       // answers and the log agree
	CheckPorcupine = "Porcupine" // what clients saw, searched
	CheckWitness   = "Witness"   // the model, replayed
)

func (r *run) problem(o *Operation, format string, what ...any) {
	r.problems = append(r.problems, Violation{
		Check: CheckLog, Key: keyName(o.Kind, string(o.Key)), Sentence: fmt.Sprintf(format, what...),
		Operations: []int{o.ID}, Story: []string{r.line(&step{op: o, args: &o.Arguments, call: o.Call})},
	})
}

// who names a client.
func (h *History) who(client int) string {
	if client >= 0 && client < len(h.Header.Clients) && h.Header.Clients[client] != "" {
		return h.Header.Clients[client]
	}
	return "client " + strconv.Itoa(client)
}

// tell names an operation in a sentence.
func (r *run) tell(o *Operation) string {
	return fmt.Sprintf("%s's %s of %s at %s (operation %d)", r.history.who(o.Client), o.Kind, o.Key, when(o.Call), o.ID)
}

// name names a step in a sentence.
func (r *run) name(s *step) string {
	if s.op == nil {
		return fmt.Sprintf("the %s that only the log knows of (number %d)", s.args.Kind, s.number)
	}
	return r.tell(s.op)
}

// when is a moment of the history.
func when(ns int64) string {
	return strconv.FormatFloat(time.Duration(ns).Seconds(), 'f', 3, 64) + " s"
}

// words is the outcome as the table of operations spells it.
func (o Outcome) words() string { return strings.ToUpper(string(o)) }

func (t told) words() string {
	switch t.outcome {
	case Won, Fenced, Duplicate, Done, Pending:
		return fmt.Sprintf("%s with token %d", t.outcome.words(), t.token)
	default:
		return t.outcome.words()
	}
}

func (a *Answer) words() string {
	words := a.Outcome.words()
	if a.Replayed {
		words += " again"
	}
	if a.Token != 0 {
		words += fmt.Sprintf(" with token %d", a.Token)
	}
	if a.Value != nil {
		words += fmt.Sprintf(" and %.40q", *a.Value)
	}
	return words
}

// words is the step in a line, without who and when.
func (s *step) words() string { return fmt.Sprintf("%s → %s", s.args.words(""), s.ending()) }

// ending is how the step ended for its client.
func (s *step) ending() string {
	switch a := s.answer(); {
	case a != nil:
		return a.words()
	case s.op == nil:
		return "only the log knows of it"
	case s.op.Error == NotApplied:
		return "not applied"
	case s.time == 0:
		return "no answer"
	default:
		return "no answer; the log has it"
	}
}

// words is what was asked for; of says of what.
func (a *Arguments) words(of string) string {
	var words []string
	say := func(said bool, format string, what any) {
		if said {
			words = append(words, fmt.Sprintf(format, what))
		}
	}
	say(a.Owner != "", "owner %s", a.Owner)
	say(a.Token != 0, "token %d", a.Token)
	say(a.Kind == Checkpoint || a.Kind == SetCheckpoint, "offset %d", a.Offset)
	say(a.Kind == Resize, "%d keys", a.CapacityKeys)
	say(a.Kind == Resize, "%d bytes", a.CapacityBytes)
	say(a.LeaseMillis != 0, "lease %d ms", a.LeaseMillis)
	say(a.TTLMillis != 0, "ttl %d ms", a.TTLMillis)
	say(a.Fingerprint != "", "fingerprint %.40q", a.Fingerprint)
	if a.Value != nil {
		say(true, "value %.40q", *a.Value)
	}
	if len(words) == 0 {
		return string(a.Kind) + of
	}
	return fmt.Sprintf("%s%s (%s)", a.Kind, of, strings.Join(words, ", "))
}

// story is a line for each step, in their order, and the ids of their operations.
func (r *run) story(steps ...*step) (lines []string, ids []int) {
	ids = []int{}
	for _, s := range steps {
		lines = append(lines, r.line(s))
		if s.op != nil {
			ids = append(ids, s.id())
		}
	}
	return lines, ids
}

func (r *run) line(s *step) string {
	if s.op == nil {
		return fmt.Sprintf("number %d: %s", s.number, s.words())
	}
	until, place := "never returned", ""
	if s.op.Return != nil {
		until = "to " + when(*s.op.Return)
	}
	if s.time != 0 {
		place = fmt.Sprintf(" [number %d, log time %d ms]", s.number, s.time/milli)
	}
	return fmt.Sprintf("operation %d, %s, %s %s: %s → %s%s", s.id(), r.history.who(s.op.Client), when(s.call), until,
		s.args.words(" of "+string(s.op.Key)), s.ending(), place)
}
