package node

// fifo is proposals in their order.
type fifo struct {
	proposals []proposal
	taken     int // from the front
	bytes     int
}

func (f *fifo) len() int { return len(f.proposals) - f.taken }

// live returns the proposals that wait.
func (f *fifo) live() []proposal { return f.proposals[f.taken:] }

func (f *fifo) push(p proposal) {
	if f.taken > 64 && f.taken > f.len() { // the room in front is worth the copying
		n := copy(f.proposals, f.live())
		clear(f.proposals[n:])
		f.proposals, f.taken = f.proposals[:n], 0
	}
	f.proposals = append(f.proposals, p)
	f.bytes += len(p.commands)
}

// putBack adds proposals where they were, by their numbers, which ascend.
func (f *fifo) putBack(back []proposal) {
	merged := make([]proposal, 0, f.len()+len(back))
	for _, p := range f.live() {
		for len(back) > 0 && back[0].number < p.number {
			merged, back, f.bytes = append(merged, back[0]), back[1:], f.bytes+len(back[0].commands)
		}
		merged = append(merged, p)
	}
	for _, p := range back {
		merged, f.bytes = append(merged, p), f.bytes+len(p.commands)
	}
	f.proposals, f.taken = merged, 0
}

// pop takes the oldest.
func (f *fifo) pop() (p proposal, ok bool) {
	if f.len() == 0 {
		return p, false
	}
	p = f.proposals[f.taken]
	f.proposals[f.taken] = proposal{}
	f.taken++
	f.bytes -= len(p.commands)
	if f.len() == 0 {
		f.proposals, f.taken = f.proposals[:0], 0
	}
	return p, true
}

// remove takes out those that are over, gives each to tell, and returns how many bytes they had.
func (f *fifo) remove(over func(*waiter) bool, tell func(*waiter)) (bytes int) {
	live := f.live()
	kept := live[:0]
	for k := range live {
		if !over(&live[k].waiter) {
			kept = append(kept, live[k])
			continue
		}
		bytes += len(live[k].commands)
		tell(&live[k].waiter)
	}
	clear(live[len(kept):])
	f.proposals = f.proposals[:f.taken+len(kept)]
	f.bytes -= bytes
	return bytes
}
