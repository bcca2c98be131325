package linearizability

import "fmt"

// belief is who holds a key as clients were told, followed by the direct checks.
// It knows nothing of the model: it takes what was told for true and asks what
// can't be true beside it. Ends are the earliest that the contract allows, so
// that rounding is never a finding.
type belief struct {
	win         *step // that holds the key: a claim or Put; nil: nobody
	owner       string
	token       uint64
	fingerprint Text
	done        bool
	straight    bool   // DONE straight from its claim
	lease, end  uint64 // ns of log time; end 0: never
}

// stands reports whether the window certainly lasts.
func (b *belief) stands(now uint64) bool { return b.win != nil && (b.end == 0 || now < b.end) }

// held reports whether nobody else may win now.
func (b *belief) held(now uint64) bool { return b.stands(now) && (b.done || now < b.lease) }

// fresh reports whether a claim won, rather than was told again that it had.
func (s *step) fresh() bool {
	outcome, replayed := s.verdict()
	return s.args.Kind == Claim && outcome == Won && !replayed
}

// follow learns from a step. What nobody was told is what the log made of it.
func (b *belief) follow(s *step) {
	outcome, replayed := s.verdict()
	switch {
	case s.fresh():
		b.won(s)
	case outcome != OK || replayed:
	case s.args.Kind == Put:
		*b = belief{win: s, token: s.token(), done: true, end: s.after(s.args.TTLMillis)}
	case s.args.Kind == Forget:
		*b = belief{}
	case b.win == nil || s.args.Token != b.token:
	case s.args.Kind == Release:
		*b = belief{}
	case s.args.Kind == Extend:
		b.lease = s.time + s.args.LeaseMillis*milli
	case s.args.Kind == Complete:
		b.done = true
		if s.args.TTLMillis > 0 {
			b.end = s.after(s.args.TTLMillis)
		}
	}
}

func (b *belief) won(s *step) {
	*b = belief{win: s, owner: s.args.Owner, token: s.token(), fingerprint: s.args.Fingerprint, end: s.after(s.args.TTLMillis)}
	if s.args.LeaseMillis == 0 {
		b.done, b.straight = true, true
		return
	}
	b.lease = s.time + s.args.LeaseMillis*milli
}

// after is when a span that begins with the step is over; 0: never.
func (s *step) after(millis uint64) uint64 {
	if millis == 0 {
		return 0
	}
	return s.time + millis*milli
}

// token is what the winner was told, else the number that is its token.
func (s *step) token() uint64 {
	if a := s.answer(); a != nil && a.Token != 0 {
		return a.Token
	}
	return s.number
}

// words says until when the key is held.
func (b *belief) words(now uint64) string {
	switch {
	case !b.done && now < b.lease:
		return fmt.Sprintf("its lease has %d ms to go", (b.lease-now)/milli)
	case b.end == 0:
		return "its window never ends"
	default:
		return fmt.Sprintf("its window has %d ms to go", (b.end-min(b.end, now))/milli)
	}
}
