package node

// proposal is commands that are in no log yet, and who waits for them.
type proposal struct {
	commands []byte
	waiter   waiter
}

// queue is the proposals that wait, the oldest first.
type queue struct {
	proposals []proposal
	taken     int // from the front
	bytes     int
}

func (q *queue) len() int { return len(q.proposals) - q.taken }

// live returns the proposals that wait.
func (q *queue) live() []proposal { return q.proposals[q.taken:] }

func (q *queue) push(p proposal) {
	if q.taken > 64 && q.taken > q.len() { // the room in front is worth the copying
		n := copy(q.proposals, q.live())
		clear(q.proposals[n:])
		q.proposals, q.taken = q.proposals[:n], 0
	}
	q.proposals = append(q.proposals, p)
	q.bytes += len(p.commands)
}

// pop takes the oldest.
func (q *queue) pop() (p proposal, ok bool) {
	if q.len() == 0 {
		return p, false
	}
	p = q.proposals[q.taken]
	q.proposals[q.taken] = proposal{}
	q.taken++
	q.bytes -= len(p.commands)
	if q.len() == 0 {
		q.proposals, q.taken = q.proposals[:0], 0
	}
	return p, true
}

// expire takes out those whose deadline has passed and gives each to tell.
func (q *queue) expire(now int64, tell func(*waiter)) {
	live := q.live()
	kept := live[:0]
	for k := range live {
		if live[k].waiter.deadline > now {
			kept = append(kept, live[k])
			continue
		}
		q.bytes -= len(live[k].commands)
		tell(&live[k].waiter)
	}
	clear(live[len(kept):])
	q.proposals = q.proposals[:q.taken+len(kept)]
}

// joined is how many of the waiting proposals, from the one at from, go into one entry together.
func (q *queue) joined(from, headBytes int, most *Config) int {
	live := q.live()[from:]
	answers, bytes := 0, headBytes
	for k := range live {
		answers += live[k].waiter.answers
		bytes += len(live[k].commands)
		if answers > most.MaxEntryAnswers || bytes > most.MaxEntryBytes {
			assert(k > 0, "a proposal that was admitted fits into an entry")
			return k
		}
	}
	return len(live)
}
