package dedup_test

// Goal: a second, naive version of the service to compare the Machine with.
// Method: a plain map, written from the table of operations and its decisions
// alone; it drops what has expired before each entry, counts what stands, and
// knows nothing of slots, cells or sweeps but the documented cells of a block.

import (
	"github.com/eventstreamcore/semel/dedup"
)

const milli = uint64(1_000_000)

type modelRecord struct {
	done, straight bool
	owner          dedup.Owner
	token          uint64
	fingerprint    string
	value          *string
	lease          uint64 // ns
	expires        uint64 // ns; 0: never
	since          uint64 // ns
}

type modelCheckpoint struct {
	owner         dedup.Owner
	token, offset uint64
	since         uint64
}

type model struct {
	now, number       uint64
	capacity, cellCap int
	records           map[dedup.Key]modelRecord
	checkpoints       map[dedup.Key]modelCheckpoint
	tokens            []uint64 // ever given out
}

// answer is a Result with its bytes, comparable as a whole.
type answer struct {
	dedup.Result
	value, fingerprint string
	has                bool
}

func newModel(capacity, cellCap int) *model {
	return &model{capacity: capacity, cellCap: cellCap, records: map[dedup.Key]modelRecord{}, checkpoints: map[dedup.Key]modelCheckpoint{}}
}

// roundUp: ends are kept in ms, late and never early.
func roundUp(ns uint64) uint64 { return (ns + milli - 1) / milli * milli }

func cellsOf(r modelRecord) int {
	if r.fingerprint == "" && r.value == nil {
		return 0
	}
	bytes := 12 + len(r.fingerprint)
	if r.value != nil {
		bytes += len(*r.value)
	}
	return (bytes + 27) / 28
}

// enter begins an entry: log time, and what has expired is gone.
func (m *model) enter(stamp uint64) {
	m.now = max(m.now, stamp)
	for k, r := range m.records {
		if r.expires != 0 && m.now >= r.expires {
			delete(m.records, k)
		}
	}
}

func (m *model) fits(slots, cells int) bool {
	used := len(m.checkpoints)
	for _, r := range m.records {
		used += cellsOf(r)
	}
	return len(m.records)+len(m.checkpoints)+slots <= m.capacity && used+cells <= m.cellCap
}

// fitsAs reports whether key may have record r in place of what it has.
func (m *model) fitsAs(key dedup.Key, r modelRecord) bool {
	old, stands := m.records[key]
	if stands {
		return cellsOf(r) <= cellsOf(old) || m.fits(0, cellsOf(r)-cellsOf(old))
	}
	return m.fits(1, cellsOf(r))
}

func (m *model) end(ttl uint64) uint64 {
	if ttl == 0 {
		return 0
	}
	return roundUp(m.now + ttl*milli)
}

func (m *model) left(end uint64) uint64 {
	if end == 0 {
		return dedup.Forever
	}
	return (end - min(end, m.now)) / milli
}

func (m *model) age(since uint64) uint64 { return (m.now - min(m.now, roundUp(since))) / milli }

func (m *model) begin(kind dedup.Kind, call uint64) answer {
	if kind != dedup.KindQuery && kind != dedup.KindCheckpointQuery {
		m.number++
	}
	return answer{Result: dedup.Result{Kind: kind, Call: call, Number: m.number, TimeNanos: m.now}}
}

func (m *model) give(a *answer, r modelRecord) {
	if r.value != nil {
		a.has, a.value = true, *r.value
	}
}

// judge is "Order inside Claim".
func (m *model) judge(c dedup.Claim) (dedup.Outcome, bool) {
	r, stands := m.records[c.Key]
	if !stands {
		return dedup.Won, false
	}
	if r.fingerprint != "" && len(c.Fingerprint) > 0 && r.fingerprint != string(c.Fingerprint) {
		return dedup.Mismatch, false
	}
	leaseStands := !r.done && m.now < r.lease
	if r.owner == c.Owner && (leaseStands || r.done && r.straight) {
		return dedup.Won, true
	}
	if !r.done && !leaseStands {
		return dedup.Won, false
	}
	if !r.done {
		return dedup.InProgress, false
	}
	return dedup.Duplicate, false
}

func (m *model) won(c dedup.Claim, number uint64) modelRecord {
	r := modelRecord{owner: c.Owner, token: number, fingerprint: string(c.Fingerprint), expires: m.end(c.TTLMillis)}
	if c.Value != nil {
		v := string(c.Value)
		r.value = &v
	}
	if c.LeaseMillis == 0 {
		r.done, r.straight, r.since = true, true, m.now
	} else {
		r.lease = roundUp(m.now + c.LeaseMillis*milli)
	}
	return r
}

func (m *model) claim(c dedup.Claim) answer {
	a := m.begin(dedup.KindClaim, c.Call)
	a.Outcome, a.Replayed = m.judge(c)
	if a.Outcome == dedup.Won && !a.Replayed {
		r := m.won(c, a.Number)
		if !m.fitsAs(c.Key, r) {
			a.Outcome = dedup.Full
			return a
		}
		m.records[c.Key] = r
		m.tokens = append(m.tokens, r.token)
	}
	m.tell(&a, c.Key)
	return a
}

func (m *model) tell(a *answer, key dedup.Key) {
	r := m.records[key]
	switch a.Outcome {
	case dedup.Won:
		a.Token, a.ExpiresInMillis = r.token, m.left(r.expires)
		if !r.done {
			a.LeaseMillis = m.left(r.lease)
		}
	case dedup.InProgress:
		a.RetryAfterMillis = (r.lease - min(r.lease, m.now) + milli - 1) / milli
	case dedup.Duplicate:
		a.Token, a.AgeMillis, a.ExpiresInMillis = r.token, m.age(r.since), m.left(r.expires)
		m.give(a, r)
	}
}

func (m *model) held(a *answer, key dedup.Key, token uint64) (modelRecord, bool) {
	r, stands := m.records[key]
	if !stands {
		a.Outcome = dedup.NotFound
		return r, false
	}
	if r.token != token {
		a.Outcome, a.Token = dedup.Fenced, r.token
		return r, false
	}
	return r, true
}

func (m *model) complete(c dedup.Complete) answer {
	a := m.begin(dedup.KindComplete, c.Call)
	r, ok := m.held(&a, c.Key, c.Token)
	if !ok {
		return a
	}
	a.Token, a.ExpiresInMillis = r.token, m.left(r.expires)
	if r.done {
		a.Outcome, a.Replayed = dedup.OK, true
		return a
	}
	r.done, r.since, r.lease = true, m.now, 0
	if c.TTLMillis > 0 {
		r.expires = m.end(c.TTLMillis)
	}
	if c.Response != nil {
		v := string(c.Response)
		r.value = &v
	}
	if !m.fitsAs(c.Key, r) {
		a.Outcome = dedup.Full
		return a
	}
	m.records[c.Key] = r
	a.Outcome, a.ExpiresInMillis = dedup.OK, m.left(r.expires)
	return a
}

func (m *model) release(c dedup.Release) answer {
	a := m.begin(dedup.KindRelease, c.Call)
	if r, ok := m.held(&a, c.Key, c.Token); ok && r.done {
		a.Outcome = dedup.Completed
	} else if ok {
		a.Outcome = dedup.OK
		delete(m.records, c.Key)
	}
	return a
}

func (m *model) extend(c dedup.Extend) answer {
	a := m.begin(dedup.KindExtend, c.Call)
	if r, ok := m.held(&a, c.Key, c.Token); ok && r.done {
		a.Outcome = dedup.Completed
	} else if ok {
		r.lease = roundUp(m.now + c.LeaseMillis*milli)
		if r.expires != 0 {
			r.lease = min(r.lease, r.expires)
		}
		m.records[c.Key] = r
		a.Outcome, a.Token = dedup.OK, r.token
		a.ExpiresInMillis, a.LeaseMillis = m.left(r.expires), m.left(r.lease)
	}
	return a
}

func (m *model) query(c dedup.Query) answer {
	a := m.begin(dedup.KindQuery, c.Call)
	r, stands := m.records[c.Key]
	if !stands {
		a.Outcome = dedup.Absent
		return a
	}
	a.Token, a.Owner, a.ExpiresInMillis, a.fingerprint = r.token, r.owner, m.left(r.expires), r.fingerprint
	if r.done {
		a.Outcome, a.AgeMillis = dedup.Done, m.age(r.since)
	} else {
		a.Outcome, a.LeaseMillis = dedup.Pending, m.left(r.lease)
	}
	m.give(&a, r)
	return a
}

func (m *model) put(c dedup.Put) answer {
	a := m.begin(dedup.KindPut, c.Call)
	if _, stands := m.records[c.Key]; !stands && c.IfExists {
		a.Outcome = dedup.NotFound
		return a
	}
	v := string(c.Value)
	r := modelRecord{done: true, token: a.Number, value: &v, since: m.now, expires: m.end(c.TTLMillis)}
	if !m.fitsAs(c.Key, r) {
		a.Outcome = dedup.Full
		return a
	}
	m.records[c.Key] = r
	m.tokens = append(m.tokens, r.token)
	a.Outcome, a.Token, a.ExpiresInMillis = dedup.OK, r.token, m.left(r.expires)
	return a
}

func (m *model) forget(c dedup.Forget) answer {
	a := m.begin(dedup.KindForget, c.Call)
	a.Outcome = dedup.NotFound
	if _, stands := m.records[c.Key]; stands {
		a.Outcome = dedup.OK
		delete(m.records, c.Key)
	}
	return a
}

func (m *model) checkpointQuery(c dedup.CheckpointQuery) answer {
	a := m.begin(dedup.KindCheckpointQuery, c.Call)
	a.Outcome = dedup.NotFound
	if p, stands := m.checkpoints[c.Key]; stands {
		a.Outcome, a.Token, a.Owner, a.Offset, a.AgeMillis = dedup.OK, p.token, p.owner, p.offset, m.age(p.since)
	}
	return a
}

func (m *model) setCheckpoint(c dedup.SetCheckpoint) answer {
	a := m.begin(dedup.KindSetCheckpoint, c.Call)
	p, stands := m.checkpoints[c.Key]
	switch {
	case stands && p.owner == c.Owner && p.offset == c.Offset:
		a.Replayed = true
	case !stands && !m.fits(1, 1):
		a.Outcome = dedup.Full
		return a
	default:
		p = modelCheckpoint{owner: c.Owner, token: a.Number, offset: c.Offset, since: m.now}
		m.checkpoints[c.Key] = p
	}
	a.Outcome, a.Token, a.Offset = dedup.OK, p.token, p.offset
	return a
}

func (m *model) resize(c dedup.Resize) answer {
	a := m.begin(dedup.KindResize, c.Call)
	capacity, cellCap := m.capacity, m.cellCap
	m.capacity, m.cellCap = int(c.CapacityKeys), int(c.CapacityBytes/dedup.CellBytes)
	a.Outcome = dedup.OK
	if !m.fits(0, 0) {
		a.Outcome = dedup.Full
		m.capacity, m.cellCap = capacity, cellCap
	}
	cells := len(m.checkpoints)
	for _, r := range m.records {
		cells += cellsOf(r)
	}
	a.Offset, a.Token = uint64(len(m.records)+len(m.checkpoints)), uint64(cells)*dedup.CellBytes
	return a
}

func (m *model) checkpoint(c dedup.Checkpoint) []answer {
	a := m.begin(dedup.KindCheckpoint, c.Call)
	p, stands := m.checkpoints[c.Key]
	claim := m.claim
	switch {
	case stands && c.Offset <= p.offset && c.Owner == p.owner:
		a.Outcome, a.Replayed, a.Token, a.Offset = dedup.OK, true, p.token, p.offset
		claim = m.fromRecord
	case stands && c.Offset <= p.offset:
		a.Outcome, a.Token, a.Offset = dedup.Stale, p.token, p.offset
		claim = m.notApplied(dedup.Stale)
	case !m.fits(m.checkpointNeed(c, stands)):
		a.Outcome = dedup.Full
		claim = m.notApplied(dedup.Full)
	default:
		m.checkpoints[c.Key] = modelCheckpoint{owner: c.Owner, token: a.Number, offset: c.Offset, since: m.now}
		a.Outcome, a.Token, a.Offset = dedup.OK, a.Number, c.Offset
	}
	answers := []answer{a}
	for _, item := range c.Claims {
		answers = append(answers, claim(item))
	}
	return answers
}

// checkpointNeed: a new partition, and each claim that wins as things stand.
func (m *model) checkpointNeed(c dedup.Checkpoint, stands bool) (slots, cells int) {
	if !stands {
		slots, cells = 1, 1
	}
	for _, item := range c.Claims {
		if outcome, replayed := m.judge(item); outcome == dedup.Won && !replayed {
			if _, stands := m.records[item.Key]; !stands {
				slots++
			}
			cells += cellsOf(m.won(item, 0))
		}
	}
	return slots, cells
}

func (m *model) notApplied(outcome dedup.Outcome) func(dedup.Claim) answer {
	return func(c dedup.Claim) answer {
		a := m.begin(dedup.KindClaim, c.Call)
		a.Outcome = outcome
		return a
	}
}

// fromRecord answers a claim of a repeated checkpoint.
func (m *model) fromRecord(c dedup.Claim) answer {
	a := m.begin(dedup.KindClaim, c.Call)
	if _, stands := m.records[c.Key]; !stands {
		a.Outcome = dedup.NotFound
		return a
	}
	a.Outcome, a.Replayed = m.judge(c)
	if a.Outcome == dedup.Won && !a.Replayed {
		a.Outcome = dedup.InProgress
	}
	m.tell(&a, c.Key)
	return a
}
