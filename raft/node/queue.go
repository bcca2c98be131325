package node

import "github.com/eventstreamcore/semel/raft/protocol"

// proposal is commands that are in no log yet, and who waits for them.
type proposal struct {
	number   uint64 // in the order of coming
	commands []byte
	waiter   waiter
	logged   bool           // it takes an entry, also where it only reads
	index    protocol.Index // of a read that is confirmed: up to there all is to be applied
}

// cost is what a proposal takes of the log, in short commands.
func (p *proposal) cost() int { return p.waiter.answers + len(p.commands)/shortBytes }

const (
	shortBytes = 64 // a short command
	classes    = 3  // of cost: below 16, below 256, above
)

// queue is the proposals that wait. Long ones and short ones wait apart and take turns by their cost, so that who asks
// for little does not wait behind many who ask for much, and neither starves. Within a class the oldest is first.
type queue struct {
	classes [classes]fifo
	served  [classes]int // cost of what was taken, for the turns
	line    fifo         // those that go into the log next, in their order
	bytes   int
	since   int64 // when it was empty last
}

func (q *queue) len() int {
	n := q.line.len()
	for k := range q.classes {
		n += q.classes[k].len()
	}
	return n
}

// live returns the proposals of the line.
func (q *queue) live() []proposal { return q.line.live() }

func (q *queue) push(p proposal, now int64) {
	if q.len() == 0 {
		q.since, q.served = now, [classes]int{}
	}
	k := classOf(p.cost())
	if next := q.next(); q.classes[k].len() == 0 && next >= 0 {
		q.served[k] = max(q.served[k], q.served[next]) // no turns are saved up
	}
	q.classes[k].push(p)
	q.bytes += len(p.commands)
}

// putBack adds proposals that were taken out, where they were. They come in the order of their numbers.
func (q *queue) putBack(back []proposal, now int64) {
	if q.len() == 0 {
		q.since, q.served = now, [classes]int{}
	}
	var of [classes][]proposal
	for _, p := range back {
		k := classOf(p.cost())
		of[k] = append(of[k], p)
		q.bytes += len(p.commands)
	}
	for k := range of {
		if len(of[k]) > 0 {
			q.classes[k].putBack(of[k])
		}
	}
}

// next returns the class whose turn it is; -1 if none has any.
func (q *queue) next() int {
	next := -1
	for k := range q.classes {
		if q.classes[k].len() > 0 && (next < 0 || q.served[k] < q.served[next]) {
			next = k
		}
	}
	return next
}

// fill takes from the classes in turn as long as the line has at most so many bytes; one at least, if it is a must.
func (q *queue) fill(bytes int, must bool) {
	for {
		k := q.next()
		if k < 0 {
			return
		}
		if fits := q.line.bytes+len(q.classes[k].live()[0].commands) <= bytes; !fits && (!must || q.line.len() > 0) {
			return
		}
		p, _ := q.classes[k].pop()
		q.served[k] += p.cost()
		q.line.push(p)
	}
}

// pop takes the first of the line, or, if there is none, any.
func (q *queue) pop() (p proposal, ok bool) {
	if q.line.len() == 0 {
		q.fill(0, true)
	}
	p, ok = q.line.pop()
	q.bytes -= len(p.commands)
	return p, ok
}

// each gives all that wait.
func (q *queue) each(do func(*proposal)) {
	for _, f := range q.fifos() {
		for k := range f.live() {
			do(&f.live()[k])
		}
	}
}

func (q *queue) fifos() [classes + 1]*fifo {
	return [...]*fifo{&q.line, &q.classes[0], &q.classes[1], &q.classes[2]}
}

// remove takes out those that are over and gives each to tell.
func (q *queue) remove(over func(*waiter) bool, tell func(*waiter)) {
	for _, f := range q.fifos() {
		q.bytes -= f.remove(over, tell)
	}
}

// removeOldest takes out those that are over from the front of each class, as far as they are.
func (q *queue) removeOldest(over func(*waiter) bool, tell func(*waiter)) {
	for _, f := range q.fifos() {
		for f.len() > 0 && over(&f.live()[0].waiter) {
			p, _ := f.pop()
			q.bytes -= len(p.commands)
			tell(&p.waiter)
		}
	}
}

// joined is how many of the line, from the one at from, go into one entry together: one that is larger than what is joined goes alone.
func (q *queue) joined(from, headBytes int, most *Config) int {
	live := q.live()[from:]
	answers, bytes := 0, headBytes
	for k := range live {
		answers += live[k].waiter.answers
		bytes += len(live[k].commands)
		if answers > most.MaxEntryAnswers || bytes > most.MaxEntryBytes || k > 0 && !areFew(answers) {
			assert(k > 0, "a proposal that was admitted fits into an entry")
			return k
		}
	}
	return len(live)
}
