package dedup

import "encoding/binary"

// chunkCommands is how many commands are decoded ahead of their turn.
const chunkCommands = 32

// touchedLinks is how many slots of a chain are loaded ahead of their turn: more than four has hardly any.
const touchedLinks = 4

// decode fills the chunk with the next commands and returns them.
func (m *Machine) decode(r *reader) []Command {
	n := 0
	for ; n < len(m.chunk) && len(r.rest) > 0; n++ {
		m.chunk[n] = Command{}
		r.command(&m.chunk[n])
	}
	return m.chunk[:n]
}

// touch loads what commands will look at and changes nothing; what it returns means nothing. A table of millions
// of records is in no cache. Taken in turn each command waits for its loads alone; here none waits for
// another, and the processor has many under way at once: half the time of an entry of 256 fresh claims among
// four million.
func (t *table) touch(commands []Command) (mixed uint64) {
	if t.buckets < segmentHeads { // is in the cache
		return 0
	}
	var firsts [2 * chunkCommands]uint32
	n := 0
	for i := range commands {
		firsts[n] = *t.head(t.bucket(binary.LittleEndian.Uint64(commands[i].Key[:8])))
		n++
	}
	for added := t.buckets; n < 2*len(commands) && added < t.span; added++ { // what new records will split
		firsts[n] = *t.head(added - t.span/2)
		n++
	}
	for range touchedLinks {
		for i, next := range firsts[:n] {
			if next != 0 {
				s := t.at(next)
				mixed ^= s.lo
				firsts[i] = s.next()
			}
		}
	}
	return mixed
}
