package dedup_test

// Goal: the promises themselves, under their names, apart from how model and
// Machine decide. Method: a ledger of what was promised, kept from commands and
// answers alone, with ends in ns as promised and not as rounded; an answer that
// breaks a promise is the error.

import (
	"fmt"
	"testing"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// promise is what the winner of a key was told last.
type promise struct {
	token    uint64
	owner    dedup.Owner
	done     bool
	lease    uint64 // PENDING: may be taken over from here, in ns
	expiry   uint64 // gone from here, in ns; 0: never
	straight bool
}

// stands reports whether the key may not be free yet.
func (p promise) stands(now uint64) bool { return p.token != 0 && (p.expiry == 0 || now < p.expiry) }

// ledger keeps the promises of each key, and the highest token.
type ledger struct {
	promises map[dedup.Key]promise
	highest  uint64
}

// broken names the promise that an answer breaks.
type broken struct {
	name   string
	answer dedup.Result
}

func (b *broken) Error() string {
	return fmt.Sprintf("%s broken by %s %s: %+v", b.name, b.answer.Kind, b.answer.Outcome, b.answer)
}

// judge holds one answer to the promises and enters what it promises itself.
func (l *ledger) judge(c *dedup.Command, a dedup.Result) error {
	p := l.promises[c.Key]
	if name := l.breaks(c, a, p); name != "" {
		return &broken{name, a}
	}
	l.enter(c, a, p)
	return nil
}

// fresh reports whether the answer gives the key away anew.
func fresh(a dedup.Result) bool {
	return a.Outcome == dedup.Won && !a.Replayed || a.Kind == dedup.KindPut && a.Outcome == dedup.OK
}

func (l *ledger) breaks(c *dedup.Command, a dedup.Result, p promise) string {
	stands := p.stands(a.TimeNanos)
	held := stands && (p.done || a.TimeNanos < p.lease)
	own := c.Kind == dedup.KindClaim && c.Owner == p.owner
	switch {
	case fresh(a) && (a.Token != a.Number || a.Token <= l.highest):
		return "TokensRise"
	case a.Outcome == dedup.Won && !a.Replayed && held:
		return "NeverEarly"
	case stands && (a.Outcome == dedup.NotFound || a.Outcome == dedup.Absent):
		return "NoSilentForget"
	case a.Outcome == dedup.Duplicate && (!p.done || a.Token != p.token):
		return "DuplicateImpliesWin"
	case a.Outcome == dedup.Won && a.Replayed && (!own || a.Token != p.token):
		return "OneWinner"
	case own && held && (!p.done || p.straight) && (a.Outcome == dedup.InProgress || a.Outcome == dedup.Duplicate):
		return "RetrySaysWon"
	case a.Kind == dedup.KindComplete && a.Outcome == dedup.OK && (c.Token != p.token || p.token == 0):
		return "FencedCompletion"
	case a.Kind == dedup.KindRelease && a.Outcome == dedup.OK && (p.done || c.Token != p.token):
		return "DoneStays"
	}
	return ""
}

func (l *ledger) enter(c *dedup.Command, a dedup.Result, p promise) {
	end := func(millis uint64) uint64 {
		if millis == 0 {
			return 0
		}
		return a.TimeNanos + millis*milli
	}
	switch {
	case fresh(a):
		l.highest = a.Token
		p = promise{token: a.Token, owner: c.Owner, lease: end(c.LeaseMillis), expiry: end(c.TTLMillis), done: c.LeaseMillis == 0, straight: a.Kind == dedup.KindClaim && c.LeaseMillis == 0}
	case a.Outcome != dedup.OK || a.Replayed:
		return
	case a.Kind == dedup.KindComplete:
		p.done = true
		if c.TTLMillis > 0 {
			p.expiry = end(c.TTLMillis)
		}
	case a.Kind == dedup.KindExtend:
		p.lease = end(c.LeaseMillis)
	case a.Kind == dedup.KindRelease || a.Kind == dedup.KindForget:
		p = promise{}
	}
	l.promises[c.Key] = p
}

// judgeEntry judges all answers to an entry.
func (l *ledger) judgeEntry(commands []byte, answers []dedup.Result) error {
	for len(commands) > 0 {
		c, rest, err := dedup.NextCommand(commands)
		if err != nil {
			return err
		}
		commands = rest
		a := answers[0]
		answers = answers[1:]
		if c.Kind == dedup.KindCheckpoint {
			if err := l.judgeEntry(c.Claims, answers[:c.ClaimCount]); err != nil {
				return err
			}
			answers = answers[c.ClaimCount:]
		} else if c.Kind == dedup.KindCheckpointQuery || c.Kind == dedup.KindSetCheckpoint || c.Kind == dedup.KindResize {
			continue
		} else if err := l.judge(&c, a); err != nil {
			return err
		}
	}
	return nil
}

// history plays a scenario against the Machine alone and judges its answers.
func (s scenario) history() error {
	l := &ledger{promises: map[dedup.Key]promise{}}
	p := s.start()
	p.judge = l.judgeEntry
	return p.all(s)
}

func TestPromisesAreKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		require.NoError(t, scenarios.Draw(t, "scenario").history())
	})
}
