package linearizability_test

// Goal: histories of the real state machine to judge. Method: a service of one
// dedup.Machine and virtual time, whose calls are proposed, applied and answered
// at moments drawn from a seed, so that they overlap, get lost, or never happen.

import (
	"fmt"
	"math/rand/v2"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/linearizability"
)

var secret = dedup.Secret{1, 2, 3}

// workload is what a service is asked for.
type workload struct {
	seed         uint64
	rounds       int
	clients      int
	keys         int
	capacityKeys uint64
	cells        uint64
	withoutLog   bool // then nothing gets lost
	calm         bool // claims and completions of many keys only, nothing lost: for size
}

// call is one call of a client: its operations and their commands.
type call struct {
	first      int
	operations []linearizability.Operation
	commands   []byte
	answers    []linearizability.Answer // nil until applied
	mute       bool                     // a door that tells log time in ms
	stock      bool                     // a client that knows no call number and no owner, and reads words that say little
}

// service is the world of one run.
type service struct {
	workload
	draw     *rand.Rand
	recorder *linearizability.Recorder
	machine  *dedup.Machine
	results  dedup.Results
	clock    int64  // ns of the clients' time
	stamp    uint64 // ns of log time
	index    uint64
	next     uint64 // number
	calls    uint64
	log      []linearizability.LogEntry

	idle     []int // clients
	proposed []*call
	applied  []*call
	tokens   map[int][]uint64 // given out, by key
	owners   map[int]dedup.Owner
	texts    map[dedup.Key]linearizability.Text
	byText   map[linearizability.Text]int
}

func play(w workload) *linearizability.History {
	s := &service{workload: w, draw: rand.New(rand.NewPCG(w.seed, 7)), machine: dedup.New(), next: 1, stamp: 1_700_000_000_000_000_000,
		tokens: map[int][]uint64{}, owners: map[int]dedup.Owner{}, texts: map[dedup.Key]linearizability.Text{}, byText: map[linearizability.Text]int{}}
	header := linearizability.Header{Servers: 1, CapacityKeys: w.capacityKeys, CapacityBytes: w.cells * dedup.CellBytes, Seed: fmt.Sprint(w.seed)}
	s.recorder = linearizability.NewRecorder(header, func() int64 { s.clock += int64(s.draw.IntN(1000)); return s.clock })
	for n := range w.keys {
		s.texts[digest(n)], s.texts[partition(n)] = keyText(n), partitionText(n)
		s.byText[keyText(n)] = n
	}
	for client := range w.clients {
		s.idle = append(s.idle, client)
	}
	s.apply(dedup.AppendBootstrap(nil, s.stamp, &dedup.Bootstrap{Secret: secret,
		CapacityKeys: w.capacityKeys, CapacityBytes: w.cells * dedup.CellBytes}))
	for range w.rounds {
		s.round()
	}
	if !w.withoutLog {
		s.recorder.Log(s.log)
	} else {
		for len(s.proposed)+len(s.applied) > 0 {
			s.commit()
			s.finish()
		}
	}
	return s.recorder.History()
}

func (s *service) round() {
	switch n := s.draw.IntN(10); {
	case n < 4 && len(s.idle) > 0:
		s.begin()
	case n < 7 && len(s.proposed) > 0:
		s.commit()
	case len(s.applied) > 0:
		s.finish()
	}
	if s.draw.IntN(4) == 0 {
		s.stamp += s.draw.Uint64N(40_000_000)
	}
}

// take removes one of list.
func take[T any](draw *rand.Rand, list *[]T) T {
	i := draw.IntN(len(*list))
	v := (*list)[i]
	(*list)[i] = (*list)[len(*list)-1]
	*list = (*list)[:len(*list)-1]
	return v
}

// begin lets a client call.
func (s *service) begin() {
	client := take(s.draw, &s.idle)
	if !s.calm && s.draw.IntN(8) == 0 {
		s.peek(client)
		return
	}
	c := &call{mute: !s.withoutLog && !s.calm && s.draw.IntN(6) == 0}
	switch n := s.draw.IntN(10); {
	case n < 2 && !s.calm && !s.withoutLog:
		c.stock = true
		s.stock(c)
	case s.calm || n < 7:
		s.single(c)
	case n < 8:
		for range 1 + s.draw.IntN(4) {
			s.add(c, s.claim(), false)
		}
	default:
		s.checkpoint(c)
	}
	for i := range c.operations {
		o := &c.operations[i]
		o.Client, o.Node, o.Door = client, 1, "service"
		if c.stock {
			o.Door, o.CallNumber, o.Owner = "redis", "", ""
			if s.seed%2 == 0 && o.Value != nil {
				o.Digest = "" // found by its value
			}
		}
	}
	c.first = s.recorder.Call(c.operations...)
	s.proposed = append(s.proposed, c)
}

func keyText(n int) linearizability.Text { return linearizability.Text(fmt.Sprintf("orders/%d", n)) }

func digest(n int) dedup.Key { return dedup.Digest(&secret, "orders", fmt.Append(nil, n)) }

// add records a command of a call as an operation, as its client knows it.
func (s *service) add(c *call, encoded []byte, inCheckpoint bool) {
	before := len(c.commands)
	c.commands = append(c.commands, encoded...)
	for rest := c.commands[before:]; len(rest) > 0; {
		command, after, err := dedup.NextCommand(rest)
		if err != nil {
			panic(err)
		}
		rest = after
		o := linearizability.Operation{CallNumber: linearizability.HexCall(command.Call), Arguments: linearizability.ArgumentsOf(command),
			InCheckpoint: inCheckpoint}
		o.Key = s.texts[command.Key]
		c.operations = append(c.operations, o)
		if len(command.Claims) > 0 {
			rest = append(append([]byte(nil), command.Claims...), rest...)
			inCheckpoint = true
		}
	}
}

func (s *service) number() uint64 { s.calls++; return s.calls }

// owner is a fresh one, or that of an earlier claim of the key.
func (s *service) owner(key int) dedup.Owner {
	if known, ok := s.owners[key]; ok && s.draw.IntN(3) == 0 {
		return known
	}
	s.owners[key] = dedup.Owner(s.draw.Uint64() | 1)
	return s.owners[key]
}

func (s *service) claim() []byte { return s.claimOf(s.draw.IntN(s.keys)) }

func (s *service) claimOf(key int) []byte {
	c := dedup.Claim{Call: s.number(), Key: digest(key), Owner: s.owner(key)}
	if s.draw.IntN(2) == 0 {
		c.LeaseMillis = 1 + s.draw.Uint64N(60)
	}
	if s.draw.IntN(3) > 0 {
		c.TTLMillis = c.LeaseMillis + 1 + s.draw.Uint64N(100)
	}
	if s.draw.IntN(4) == 0 {
		c.Fingerprint = fmt.Append(nil, "print", s.draw.IntN(2))
	}
	if c.LeaseMillis == 0 && s.draw.IntN(3) == 0 {
		c.Value = make([]byte, s.draw.IntN(60))
	}
	return dedup.AppendClaim(nil, c)
}

func (s *service) token(key int) uint64 {
	if given := s.tokens[key]; len(given) > 0 {
		return given[max(0, len(given)-1-s.draw.IntN(2))]
	}
	return 1
}

func (s *service) single(c *call) {
	key := s.draw.IntN(s.keys)
	kind := s.draw.IntN(15)
	if s.calm {
		kind %= 9
	}
	switch {
	case kind < 6:
		s.add(c, s.claimOf(key), false)
	case kind < 9:
		o := dedup.Complete{Call: s.number(), Key: digest(key), Token: s.token(key)}
		if s.draw.IntN(2) == 0 {
			o.Response, o.TTLMillis = []byte("done"), 1+s.draw.Uint64N(100)
		}
		s.add(c, dedup.AppendComplete(nil, o), false)
	case kind < 10:
		s.add(c, dedup.AppendRelease(nil, dedup.Release{Call: s.number(), Key: digest(key), Token: s.token(key)}), false)
	case kind < 11:
		s.add(c, dedup.AppendExtend(nil, dedup.Extend{Call: s.number(), Key: digest(key), Token: s.token(key), LeaseMillis: 1 + s.draw.Uint64N(80)}), false)
	case kind < 12:
		s.add(c, dedup.AppendQuery(nil, dedup.Query{Call: s.number(), Key: digest(key)}), false)
	case kind < 13:
		s.add(c, dedup.AppendPut(nil, dedup.Put{Call: s.number(), Key: digest(key), IfExists: s.draw.IntN(2) == 0, Value: fmt.Append(nil, s.calls)}), false)
	case kind < 14:
		s.add(c, dedup.AppendForget(nil, dedup.Forget{Call: s.number(), Key: digest(key)}), false)
	default:
		s.resize(c)
	}
}

// resize asks for about as much room as there was at first.
func (s *service) resize(c *call) {
	o := dedup.Resize{Call: s.number(), CapacityKeys: 1 + s.draw.Uint64N(s.capacityKeys+1), CapacityBytes: s.draw.Uint64N((s.cells + 2) * dedup.CellBytes)}
	s.add(c, dedup.AppendResize(nil, o), false)
}

// stock is what a stock Redis client asks for. Values may repeat.
func (s *service) stock(c *call) {
	key := s.draw.IntN(s.keys)
	value := fmt.Append(nil, "v", s.draw.IntN(1+int(s.calls)))
	if s.seed%2 == 0 {
		value = fmt.Append(nil, "only ", s.calls)
	}
	switch s.draw.IntN(6) {
	case 0:
		s.add(c, dedup.AppendForget(nil, dedup.Forget{Call: s.number(), Key: digest(key)}), false)
	case 1:
		s.add(c, dedup.AppendQuery(nil, dedup.Query{Call: s.number(), Key: digest(key)}), false)
	case 2:
		s.add(c, dedup.AppendPut(nil, dedup.Put{Call: s.number(), Key: digest(key), Value: value, TTLMillis: 40}), false)
	default:
		s.add(c, dedup.AppendClaim(nil, dedup.Claim{Call: s.number(), Key: digest(key), Owner: dedup.Owner(s.draw.Uint64()), Value: value, TTLMillis: 60}), false)
	}
}

// inRedisWords is what is left of an answer.
func inRedisWords(draw *rand.Rand, a linearizability.Answer) linearizability.Answer {
	said := linearizability.Answer{Outcome: a.Outcome}
	isValue := a.Value != nil && a.Outcome != linearizability.Pending
	switch a.Outcome {
	case linearizability.InProgress, linearizability.Duplicate, linearizability.Mismatch:
		said.Outcome = linearizability.Lost
	case linearizability.Absent, linearizability.Pending, linearizability.Done:
		switch exists := draw.IntN(2) == 0; {
		case exists && a.Outcome != linearizability.Absent:
			said.Outcome = linearizability.Stands
		case exists:
		case isValue:
			said.Outcome, said.Value = linearizability.Done, a.Value
		default:
			said.Outcome = linearizability.None
		}
	}
	return said
}

func partition(n int) dedup.Key {
	return dedup.Digest(&secret, "stream", fmt.Append(nil, n))
}

func partitionText(n int) linearizability.Text {
	return linearizability.Text(fmt.Sprintf("stream/%d", n))
}

func (s *service) checkpoint(c *call) {
	n := s.draw.IntN(min(2, s.keys))
	if s.draw.IntN(4) == 0 {
		s.add(c, dedup.AppendCheckpointQuery(nil, dedup.CheckpointQuery{Call: s.number(), Key: partition(n)}), false)
		return
	}
	if s.draw.IntN(4) == 0 {
		o := dedup.SetCheckpoint{Call: s.number(), Key: partition(n), Owner: dedup.Owner(1 + s.draw.IntN(2)), Offset: s.draw.Uint64N(40)}
		s.add(c, dedup.AppendSetCheckpoint(nil, o), false)
		return
	}
	o := dedup.Checkpoint{Call: s.number(), Key: partition(n), Owner: dedup.Owner(1 + s.draw.IntN(2)), Offset: s.draw.Uint64N(40)}
	for range s.draw.IntN(4) {
		command, _, err := dedup.NextCommand(s.claim())
		if err != nil {
			panic(err)
		}
		o.Claims = append(o.Claims, dedup.Claim{Call: command.Call, Key: command.Key, Owner: command.Owner, LeaseMillis: command.LeaseMillis,
			TTLMillis: command.TTLMillis, Fingerprint: command.Fingerprint, Value: command.Value})
	}
	s.add(c, dedup.AppendCheckpoint(nil, o), false)
}

// peek is a stale read: of this node, as it is.
func (s *service) peek(client int) {
	key := s.draw.IntN(s.keys)
	first := s.recorder.Call(linearizability.Operation{Client: client, Node: 1, Stale: true, Key: keyText(key),
		Arguments: linearizability.Arguments{Kind: linearizability.Query}})
	s.machine.Peek(digest(key), &s.results)
	a := linearizability.AnswerOf(s.results.Answers[0], s.results.Value(0), s.results.Fingerprint(0))
	if s.draw.IntN(2) == 0 && !s.withoutLog {
		a.TimeMillis, a.TimeNanos = a.TimeNanos/1_000_000, 0
	}
	s.recorder.Answered(first, a)
	s.idle = append(s.idle, client)
}

// commit applies an entry of some of the proposed calls.
func (s *service) commit() {
	payload := dedup.AppendHeader(nil, s.stamp)
	var joined []*call
	for range 1 + s.draw.IntN(3) {
		if len(s.proposed) == 0 {
			break
		}
		c := take(s.draw, &s.proposed)
		if !s.withoutLog && !s.calm && s.draw.IntN(12) == 0 {
			s.refuse(c)
			continue
		}
		joined = append(joined, c)
		payload = append(payload, c.commands...)
	}
	if len(joined) == 0 {
		return
	}
	s.apply(payload)
	place := 0
	for _, c := range joined {
		for i := range c.operations {
			c.answers = append(c.answers, linearizability.AnswerOf(s.results.Answers[place], s.results.Value(place), s.results.Fingerprint(place)))
			s.learn(&c.operations[i], &c.answers[i])
			place++
		}
		s.applied = append(s.applied, c)
	}
}

func (s *service) learn(o *linearizability.Operation, a *linearizability.Answer) {
	if n, ok := s.byText[o.Key]; ok && a.Token != 0 {
		s.tokens[n] = append(s.tokens[n], a.Token)
	}
}

// refuse: the call never reaches the log.
func (s *service) refuse(c *call) {
	switch s.draw.IntN(3) {
	case 0:
		s.recorder.Failed(c.first, linearizability.NotApplied, "not applied: try again")
	case 1:
		s.recorder.Failed(c.first, linearizability.Unknown, "outcome unknown")
	default:
		return // open: the client is never heard of again
	}
	s.idle = append(s.idle, c.operations[0].Client)
}

func (s *service) apply(payload []byte) {
	s.index++
	if err := s.machine.Apply(s.index, payload, &s.results); err != nil {
		panic(err)
	}
	entry, err := linearizability.EntryOf(s.index, payload, &s.next)
	if err != nil {
		panic(err)
	}
	s.log = append(s.log, entry)
}

// finish answers a call that was applied, or loses the answer.
func (s *service) finish() {
	if len(s.applied) == 0 {
		return
	}
	c := take(s.draw, &s.applied)
	switch {
	case s.withoutLog || s.calm || s.draw.IntN(8) > 0:
		s.answer(c)
	case s.draw.IntN(2) == 0:
		s.recorder.Failed(c.first, linearizability.Unknown, "outcome unknown")
	default:
		return
	}
	s.idle = append(s.idle, c.operations[0].Client)
}

func (s *service) answer(c *call) {
	for i := range c.answers {
		if a := &c.answers[i]; c.mute {
			a.TimeMillis, a.TimeNanos = a.TimeNanos/1_000_000, 0
		}
		if c.stock {
			c.answers[i] = inRedisWords(s.draw, c.answers[i])
		}
	}
	s.recorder.Answered(c.first, c.answers...)
}
