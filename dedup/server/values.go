package server

import "github.com/eventstreamcore/semel/dedup"

// values are the values of one call's answers that stay where they are until they are read, apart from the loop: a
// node.Values.
type values struct {
	machine *Machine
	state   *dedup.Machine // of machine when they were pinned: a snapshot may have taken its place since
	pinned  []dedup.Pinned
	read    int // of them
	bytes   int
}

func (v *values) add(p dedup.Pinned, length int) {
	v.pinned = append(v.pinned, p)
	v.bytes += length
}

// Bytes is of node.Values.
func (v *values) Bytes() int { return v.bytes }

// Next is of node.Values: a value at a time.
func (v *values) Next(dst []byte) ([]byte, error) {
	v.read++
	return v.pinned[v.read-1].Append(dst), nil
}

// Close is of node.Values.
func (v *values) Close() {
	v.machine.mu.Lock()
	defer v.machine.mu.Unlock()
	for _, p := range v.pinned {
		v.holder().Unpin(p)
	}
	v.pinned = nil
}
