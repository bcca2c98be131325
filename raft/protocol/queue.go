package protocol

// queue is a ring of pending writes; it grows to the most that were ever pending and
// then costs no allocation. A write of it keeps the room for its messages.
type queue struct {
	ring  []write
	first int
	count int
}

func (q *queue) len() int { return q.count }

// at returns write k, 0 <= k < len().
func (q *queue) at(k int) *write { return &q.ring[(q.first+k)&(len(q.ring)-1)] }

func (q *queue) push(w *Write) {
	if q.count == len(q.ring) {
		q.grow()
	}
	q.count++
	slot := q.at(q.count - 1)
	slot.Write, slot.out = *w, slot.out[:0]
}

func (q *queue) pop() {
	q.first = (q.first + 1) & (len(q.ring) - 1)
	q.count--
}

func (q *queue) grow() {
	ring := make([]write, max(8, 2*len(q.ring)))
	for k := range q.count {
		ring[k] = *q.at(k)
	}
	q.ring, q.first = ring, 0
}
