package node_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// archive is what all nodes have applied, by index, in all their lives: nobody may ever have applied anything else.
type archive struct {
	sums  []uint64          // of the state after entry k+1
	texts map[uint64]string // of the commands, by their places
	loads int               // states that were put in place of others
}

// chain is a machine whose state is a sum of all that was applied, and no more: however long it lives its snapshots are as long.
type chain struct {
	list
	archive *archive
	sum     uint64
	count   uint64
	loaded  int
	padding int
	during  func()                    // with each piece that a loader takes
	spoil   func(state []byte) []byte // of snapshots; nil: they are what they should be
}

func (c *chain) Apply(index uint64, payload []byte) error {
	c.commands = c.commands[:0]
	if err := c.list.Apply(index, payload); err != nil {
		return err
	}
	h := fnv.New64a()
	_, _ = h.Write(binary.LittleEndian.AppendUint64(nil, c.sum))
	_, _ = h.Write(payload)
	c.sum = h.Sum64()
	a := c.archive
	switch {
	case index == uint64(len(a.sums))+1:
		a.sums = append(a.sums, c.sum)
	case index > uint64(len(a.sums)) || a.sums[index-1] != c.sum:
		return fmt.Errorf("entry %d is not what was applied there before", index)
	}
	for k, text := range c.commands {
		a.texts[c.count+uint64(k)] = text
	}
	c.before = int(c.count)
	c.count += uint64(len(c.commands))
	c.stamps = c.stamps[len(c.stamps)-1:]
	return nil
}

func (c *chain) Digest() uint64 { return c.sum }

// chainPadding makes their snapshots some blocks long.
const chainPadding = 70_000

func (c *chain) Snapshot() (node.Body, error) {
	var state []byte
	for _, n := range []uint64{c.index, uint64(c.members), c.sum, c.count, c.stamps[0]} {
		state = binary.LittleEndian.AppendUint64(state, n)
	}
	state = append(state, bytes.Repeat([]byte{byte(c.sum)}, c.padding)...)
	if c.spoil != nil {
		state = c.spoil(state)
	}
	return &savedBody{bytes.NewReader(state)}, nil
}

type chainLoader struct {
	bytes.Buffer
	bytes  int
	during func()
}

func (c *chain) Loader() node.Loader { return &chainLoader{bytes: 40 + c.padding, during: c.during} }

func (l *chainLoader) Write(p []byte) (int, error) {
	if l.during != nil {
		l.during()
	}
	return l.Buffer.Write(p)
}

func (l *chainLoader) Finish() error {
	if l.Len() != l.bytes {
		return errors.New("no state of a chain")
	}
	return nil
}

func (c *chain) Swap(loaded node.Loader) {
	b := loaded.(*chainLoader).Bytes()
	next := func() (n uint64) {
		n, b = binary.LittleEndian.Uint64(b), b[8:]
		return n
	}
	c.index, c.members, c.sum, c.count = next(), protocol.NodeSet(next()), next(), next()
	c.stamps, c.commands = []uint64{next()}, nil
	c.loaded++
	c.archive.loads++
	if a := c.archive; c.index > uint64(len(a.sums)) || a.sums[c.index-1] != c.sum {
		panic(fmt.Sprintf("the state that was loaded is not the one after entry %d", c.index))
	}
}
