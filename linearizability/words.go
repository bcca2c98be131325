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
	CheckPorcupine = "Porcupine" // the model, searched
	CheckWitness   = "Witness"   // the model, replayed
)

func (r *run) problem(o *Operation, format string, what ...any) {
	r.problems = append(r.problems, Violation{
		Check: CheckLog, Key: keyName(o.Kind, string(o.Key)), Operations: []int{o.ID}, Sentence: fmt.Sprintf(format, what...),
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
	return fmt.Sprintf("the %s of %s by %s at %s (operation %d)", o.Kind, o.Key, r.history.who(o.Client), when(o.Call), o.ID)
}

// name names a step in a sentence.
func (r *run) name(s *step) string {
	if s.op == nil {
		return fmt.Sprintf("the %s that only the log knows (number %d)", s.args.Kind, s.number)
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

// words tells a state to a reader of porcupine's view.
func (s state) words(now uint64) string {
	switch s = s.at(now); {
	case !s.stands:
		return "ABSENT"
	case s.isCheckpoint:
		return fmt.Sprintf("offset %d, token %d", s.offset, s.token)
	case s.done:
		return fmt.Sprintf("DONE, token %d%s", s.token, s.ends("expires", s.expires, now))
	default:
		return fmt.Sprintf("PENDING, token %d, owner %s%s%s", s.token, s.owner, s.ends("lease over", s.lease, now), s.ends("expires", s.expires, now))
	}
}

func (s state) ends(what string, at, now uint64) string {
	switch {
	case at == 0:
		return ""
	case at <= now:
		return ", " + what
	default:
		return fmt.Sprintf(", %s in %d ms", what, left(at, now))
	}
}

func (s *step) client() int {
	if s.op == nil {
		return 0
	}
	return s.op.Client
}

// words is the step in a line, without who and when.
func (s *step) words() string {
	ended := "no answer; the log has it"
	switch a := s.answer(); {
	case a != nil:
		ended = a.words()
	case s.op == nil:
		ended = "only the log knows of it"
	}
	return fmt.Sprintf("%s → %s", s.args.words(), ended)
}

// words is what was asked for.
func (a *Arguments) words() string {
	words := []string{string(a.Kind)}
	say := func(said bool, format string, what any) {
		if said {
			words = append(words, fmt.Sprintf(format, what))
		}
	}
	say(a.Owner != "", "owner %s", a.Owner)
	say(a.Token != 0, "token %d", a.Token)
	say(a.Kind == Checkpoint, "offset %d", a.Offset)
	say(a.LeaseMillis != 0, "lease %d ms", a.LeaseMillis)
	say(a.TTLMillis != 0, "ttl %d ms", a.TTLMillis)
	say(a.Fingerprint != "", "fingerprint %.40q", a.Fingerprint)
	if a.Value != nil {
		say(true, "value %.40q", *a.Value)
	}
	return strings.Join(words, ", ")
}

// story is a line for each step, in the order of their numbers, and their ids.
func (r *run) story(steps ...*step) (lines []string, ids []int) {
	for _, s := range steps {
		if s.op == nil {
			lines = append(lines, fmt.Sprintf("number %d: %s", s.number, s.words()))
			continue
		}
		ids = append(ids, s.id())
		until := "never returned"
		if s.op.Return != nil {
			until = "to " + when(*s.op.Return)
		}
		place := ""
		if s.time != 0 {
			place = fmt.Sprintf(" [number %d, log time %d ms]", s.number, s.time/milli)
		}
		lines = append(lines, fmt.Sprintf("operation %d, %s, %s %s: %s%s", s.id(), r.history.who(s.op.Client), when(s.call), until, s.words(), place))
	}
	return lines, ids
}
