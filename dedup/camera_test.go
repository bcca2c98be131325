package dedup_test

// Goal: what is told of a state is the state as it was, whatever is applied meanwhile, and nobody notices that it is told.
// Method: a camera begins, advances and gives up snapshots of one machine between its entries, as drawn, so that entries come between the
// copying of records and their telling. What it gets has to be what AppendState appended when the snapshot began, and a Loader has to make the same state of it, however it is cut.

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/eventstreamcore/semel/dedup"
)

type camera struct {
	random *rand.Rand
	most   int    // bytes of a piece, beside those of a long record
	limit  uint64 // 0: any
	begin  int    // one entry of so many begins one, if there is none

	of       *dedup.Machine // of which a snapshot is being taken
	snapshot *dedup.Snapshot
	want     []byte
	got      []byte

	ended, closed, outgrown int
	mostBytes               uint64
}

func newCamera(seed uint64, most int) *camera {
	return &camera{random: rand.New(rand.NewPCG(seed, 2)), most: most, limit: math.MaxUint64, begin: 3}
}

// between is called between two entries.
func (c *camera) between(m *dedup.Machine) error {
	if c.of != m { // another one was loaded in its place
		c.snapshot, c.of = nil, m
	}
	if c.snapshot == nil {
		if c.random.IntN(c.begin) > 0 {
			return nil
		}
		c.want, c.got = m.AppendState(nil), nil
		var err error
		if c.snapshot, err = m.Snapshot(c.limit); err != nil {
			return err
		}
	}
	if c.random.IntN(40) == 0 {
		c.closed++
		return c.giveUp()
	}
	return c.advance(c.random.IntN(4))
}

func (c *camera) advance(steps int) error {
	for range steps {
		if c.snapshot.Copied() {
			before := len(c.got)
			if c.got = c.snapshot.Append(c.got, 1+c.random.IntN(c.most)); len(c.got) == before {
				return errors.New("a piece without a byte")
			}
			continue
		}
		c.mostBytes = max(c.mostBytes, c.snapshot.Bytes())
		switch err := c.snapshot.CopyRecords(1 + c.random.IntN(c.most/40)); {
		case errors.Is(err, dedup.ErrSnapshotEnd):
			c.ended++
			return c.judge()
		case errors.Is(err, dedup.ErrSnapshotOutgrown):
			c.outgrown++
			c.snapshot = nil
			if !bytes.HasPrefix(c.want, c.got) {
				return fmt.Errorf("%d bytes were told before it gave itself up, of another state from byte %d on", len(c.got), commonPrefix(c.want, c.got))
			}
			return nil
		case err != nil:
			return err
		}
	}
	if c.snapshot.Bytes() > c.limit {
		return fmt.Errorf("holds %d bytes, may hold %d", c.snapshot.Bytes(), c.limit)
	}
	return nil
}

func (c *camera) giveUp() error {
	c.snapshot.Close()
	_, err := c.snapshot.Next(nil)
	if !errors.Is(err, dedup.ErrSnapshotClosed) && !errors.Is(err, dedup.ErrSnapshotOutgrown) && !errors.Is(err, dedup.ErrSnapshotEnd) {
		return fmt.Errorf("given up, and then: %w", err)
	}
	c.snapshot = nil
	return nil
}

func (c *camera) judge() error {
	c.snapshot = nil
	if !bytes.Equal(c.want, c.got) {
		return fmt.Errorf("%d bytes were told, first of them other than in the state of then: %d of %d", len(c.got), commonPrefix(c.want, c.got), len(c.want))
	}
	loaded, err := loadInPieces(c.got, func() int { return 1 + c.random.IntN(c.most) })
	if err != nil {
		return fmt.Errorf("load what was told: %w", err)
	}
	if !bytes.Equal(loaded.AppendState(nil), c.want) {
		return errors.New("another state was loaded")
	}
	return nil
}

func commonPrefix(a, b []byte) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

func loadInPieces(state []byte, length func() int) (*dedup.Machine, error) {
	var l dedup.Loader
	for len(state) > 0 {
		n := min(length(), len(state))
		piece := bytes.Clone(state[:n])
		if _, err := l.Write(piece); err != nil {
			return nil, err
		}
		clear(piece) // Write keeps none of it
		state = state[n:]
	}
	return l.Machine()
}
