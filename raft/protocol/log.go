package protocol

// Run is a stretch of entries of one term and one value.
type Run struct {
	Term          Term
	Value         Value
	Count         uint64
	Configuration Configuration // of Configured ones
}

// Entries is a stretch of a log, as runs. The first run is held inline, since nearly
// every stretch is one run and must cost no allocation. The zero value is empty.
// Canonical: no run is empty, no two neighbours could be one.
type Entries struct {
	head Run
	tail []Run
}

// EntriesOf returns the given entries as a stretch.
func EntriesOf(entries ...Entry) Entries {
	var e Entries
	for _, entry := range entries {
		e.Add(Run{entry.Term, entry.Value, 1, entry.Configuration})
	}
	return e
}

// Add puts a run behind the stretch, which must share nothing with another one. A configuration is a run of its own.
func (e *Entries) Add(r Run) {
	last := &e.head
	if len(e.tail) > 0 {
		last = &e.tail[len(e.tail)-1]
	}
	switch {
	case r.Count == 0:
	case last.Count == 0:
		*last = r
	case last.Term == r.Term && last.Value == r.Value && r.Value != Configured:
		last.Count += r.Count
	default:
		e.tail = append(e.tail, r)
	}
}

// Len returns the number of entries.
func (e *Entries) Len() uint64 {
	n := e.head.Count
	for _, r := range e.tail {
		n += r.Count
	}
	return n
}

// Runs returns the number of runs.
func (e *Entries) Runs() int {
	if e.head.Count == 0 {
		return 0
	}
	return 1 + len(e.tail)
}

// Run returns run k, 0 <= k < Runs().
func (e *Entries) Run(k int) Run {
	if k == 0 {
		return e.head
	}
	return e.tail[k-1]
}

// At returns entry k of the stretch, 1 <= k <= Len().
func (e *Entries) At(k uint64) Entry {
	for n := 0; ; n++ {
		r := e.Run(n)
		if k <= r.Count {
			return Entry{r.Term, r.Value, r.Configuration}
		}
		k -= r.Count
	}
}

// after returns the stretch without its first n entries.
func (e *Entries) after(n uint64) Entries {
	var rest Entries
	for k := range e.Runs() {
		r := e.Run(k)
		cut := min(n, r.Count)
		n -= cut
		r.Count -= cut
		rest.Add(r)
	}
	return rest
}

// Then returns the stretch that goes on with o. It takes over nothing that either could
// still change.
func (e *Entries) Then(o *Entries) Entries {
	var both Entries
	for k := range e.Runs() {
		both.Add(e.Run(k))
	}
	for k := range o.Runs() {
		both.Add(o.Run(k))
	}
	return both
}

// Equal reports whether both hold the same entries.
func (e *Entries) Equal(o *Entries) bool {
	if e.head != o.head || len(e.tail) != len(o.tail) {
		return false
	}
	for k := range e.tail {
		if e.tail[k] != o.tail[k] {
			return false
		}
	}
	return true
}

// span is a run of entries that starts at first.
type span struct {
	first Index
	term  Term
	value Value
}

// Log is what the core knows of a log: the term and value of each entry, as runs, so
// that its memory follows the number of elections, not the number of entries. It begins
// behind its base: for what stands up to there, there is a snapshot.
//
// Invariants: spans ascend in first and, being appended by leaders, never fall in term,
// also below the base's; the first span starts behind the base; the last one ends at last;
// configurations are those of the entries of that value, in order.
type Log struct {
	base     Index // the last entry that a snapshot stands for; 0: none does
	baseTerm Term  // and its term
	spans    []span
	last     Index

	baseConfiguration Configuration // what is in force at the base
	configurations    []placed
}

// LogOf returns a log of the given entries.
func LogOf(entries ...Entry) Log {
	e := EntriesOf(entries...)
	return LogBehind(0, 0, &e)
}

// LogBehind returns a log that begins behind a base, of which the term is known, with the given entries.
func LogBehind(base Index, term Term, entries *Entries) Log {
	l := Log{base: base, baseTerm: term, last: base}
	l.splice(base, entries)
	return l
}

// Base returns the index and term of the last entry that a snapshot stands for; 0 and 0 where none does.
func (l *Log) Base() (Index, Term) { return l.base, l.baseTerm }

// LastIndex returns the index of the last entry, or of the base.
func (l *Log) LastIndex() Index { return l.last }

// TermAt returns the term of the entry at k, base <= k <= LastIndex().
func (l *Log) TermAt(k Index) Term {
	if k == l.base {
		return l.baseTerm
	}
	return l.spans[l.find(k)].term
}

// At returns the entry at k, base < k <= LastIndex().
func (l *Log) At(k Index) Entry {
	s := l.spans[l.find(k)]
	return Entry{s.term, s.value, l.said(s, k)}
}

// said is the configuration that the entry at k of span s is; the zero one for another entry.
func (l *Log) said(s span, k Index) Configuration {
	if s.value != Configured {
		return Configuration{}
	}
	return l.configurationAt(k)
}

// find returns the number of the span that holds k.
func (l *Log) find(k Index) int {
	lo, hi := 0, len(l.spans)-1
	if l.spans[hi].first <= k { // the end of the log is asked for most
		return hi
	}
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if l.spans[mid].first <= k {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	return lo
}

// end returns the last index of span n.
func (l *Log) end(n int) Index {
	if n+1 < len(l.spans) {
		return l.spans[n+1].first - 1
	}
	return l.last
}

// Slice returns the entries after prev, up to last; base <= prev.
func (l *Log) Slice(prev, last Index) Entries {
	var e Entries
	if prev >= last {
		return e
	}
	for n := l.find(prev + 1); n < len(l.spans) && l.spans[n].first <= last; n++ {
		s := l.spans[n]
		from, to := max(prev+1, s.first), min(last, l.end(n))
		for s.value == Configured && from < to {
			e.Add(Run{s.term, s.value, 1, l.said(s, from)})
			from++
		}
		e.Add(Run{s.term, s.value, uint64(to-from) + 1, l.said(s, to)})
	}
	return e
}

// splice makes the log keep its entries up to prev, base <= prev, and go on with e.
func (l *Log) splice(prev Index, e *Entries) {
	l.truncate(prev)
	for k := range e.Runs() {
		l.append(e.Run(k))
	}
}

func (l *Log) truncate(prev Index) {
	n := len(l.spans)
	for n > 0 && l.spans[n-1].first > prev {
		n--
	}
	l.spans, l.last = l.spans[:n], prev
	l.configurations = l.configurations[:configurationsKept(l, prev)]
}

func (l *Log) append(r Run) {
	n := len(l.spans)
	if n == 0 || l.spans[n-1].term != r.Term || l.spans[n-1].value != r.Value {
		l.spans = append(l.spans, span{l.last + 1, r.Term, r.Value})
	}
	for k := Index(1); r.Value == Configured && k <= Index(r.Count); k++ {
		l.configurations = append(l.configurations, placed{l.last + k, r.Configuration})
	}
	l.last += Index(r.Count)
}

// rebase makes the log begin behind k, where an entry of the term stood and c was in force. What it has behind k stays, if it
// has all of it.
func (l *Log) rebase(k Index, term Term, c Configuration) {
	var rest Entries
	if k >= l.base {
		rest = l.Slice(k, l.last)
	}
	*l = LogBehind(k, term, &rest).Under(c)
}

// agreement returns the highest index up to which l, behind prev, has the entries e;
// prev itself where the first one differs or is missing. What a snapshot stands for agrees.
func (l *Log) agreement(prev Index, e *Entries) Index {
	k := prev
	for n := range e.Runs() {
		r := e.Run(n)
		for to := k + Index(r.Count); k < to; {
			if k < l.base {
				k = min(to, l.base)
				continue
			}
			if k >= l.last {
				return k
			}
			at := l.find(k + 1)
			if l.spans[at].term != r.Term {
				return k
			}
			k = min(to, l.end(at))
		}
	}
	return k
}

// lastAtMost returns the highest index up to bound whose term is at most term; the base where none is.
func (l *Log) lastAtMost(bound Index, term Term) Index {
	k := max(l.base, min(bound, l.last))
	for k > l.base && l.TermAt(k) > term {
		k = l.spans[l.find(k)].first - 1
	}
	return k
}

// IsPrefixOf reports whether o begins with all entries of l, as far as both know them.
func (l *Log) IsPrefixOf(o *Log) bool {
	return l.last <= o.last && l.samePrefix(o, l.last)
}

// samePrefix reports whether both logs agree up to n, as far as both go and know what they have.
func (l *Log) samePrefix(o *Log, n Index) bool {
	from := max(l.base, o.base)
	n = min(n, l.last, o.last)
	if l == o || from > n {
		return true
	}
	return l.TermAt(from) == o.TermAt(from) && l.sameBetween(o, from, n)
}

// sameBetween reports whether both logs have the same entries behind from, up to n. No span could be one with its neighbour, so
// where entries are the same, spans end at the same places.
func (l *Log) sameBetween(o *Log, from, n Index) bool {
	if from >= n {
		return true
	}
	for a, b := l.find(from+1), o.find(from+1); from < n; a, b = a+1, b+1 {
		s, end := l.spans[a], min(n, l.end(a))
		if t := o.spans[b]; s.term != t.term || s.value != t.value || end != min(n, o.end(b)) {
			return false
		}
		for from < end {
			if from++; s.value != Configured {
				from = end
			} else if l.configurationAt(from) != o.configurationAt(from) {
				return false
			}
		}
	}
	return true
}

// clone returns a log that shares nothing with l.
func (l *Log) clone() Log {
	return Log{base: l.base, baseTerm: l.baseTerm, spans: append([]span(nil), l.spans...), last: l.last,
		baseConfiguration: l.baseConfiguration, configurations: append([]placed(nil), l.configurations...)}
}
