package ground

// A sequence is a stretch of the items of an object, which many sequences share: its start and length are in n. Behind the last
// item that any of them has there may be room. Who appends there takes it first (used), so two never write to one place, and no
// value ever reads a place that it does not have.

const lengthBits = 31

func (v Value) span() (start, length int) {
	return int(v.n >> lengthBits), int(v.n & (1<<lengthBits - 1))
}

func stretch(o *object, start, length int) Value {
	if length == 0 {
		return emptySequence
	}
	return Value{int64(start)<<lengthBits | int64(length), o}
}

// Seq returns the sequence of the items, which it takes over.
func Seq(items ...Value) Value {
	if len(items) == 0 {
		return emptySequence
	}
	o := &object{kind: Sequence, items: items}
	o.used.Store(int32(len(items)))
	return stretch(o, 0, len(items))
}

// SubSeq returns the items from..to of a sequence, counted from 1: empty where to < from.
func (v Value) SubSeq(from, to int) Value {
	start, length := v.want(Sequence).span()
	if to < from {
		return emptySequence
	}
	if from < 1 || to > length {
		fail("SubSeq from %d to %d of a sequence of %d", from, to, length)
	}
	return stretch(v.o, start+from-1, to-from+1)
}

// Append returns the sequence v with more items.
func (v Value) Append(more ...Value) Value {
	if len(more) == 0 {
		return v.want(Sequence)
	}
	start, length := v.want(Sequence).span()
	end, grown := start+length, start+length+len(more)
	if grown <= len(v.o.items) && v.o.used.CompareAndSwap(int32(end), int32(grown)) {
		copy(v.o.items[end:], more)
		return stretch(v.o, start, length+len(more))
	}
	total := length + len(more)
	room := total
	if length >= roomFrom {
		room = 2 * total
	}
	items := make([]Value, room)
	copy(items, v.items())
	copy(items[length:], more)
	o := &object{kind: Sequence, items: items}
	o.used.Store(int32(total))
	return stretch(o, 0, total)
}

// roomFrom is the length from which on a sequence is copied with room behind it.
const roomFrom = 4
