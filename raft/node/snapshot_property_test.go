package node_test

// Goal: whatever becomes of snapshots, of the disk and of the leader's word, a replica has applied the one log, and knows of it what one
// knows that has applied all. Method: lives of a follower on a host that the test is (keeper_test.go), drawn by rapid, with crashes between
// any two steps.

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// takenOf are snapshots as who has applied all takes them, by index.
type takenOf map[protocol.Index]kept

func (t takenOf) at(n protocol.Index) (kept, error) {
	s, ok := t[n]
	if ok {
		return s, nil
	}
	s, err := snapshotOf(n)
	t[n] = s
	return s, err
}

// lives are those of one replica.
type lives struct {
	*keeper
	whole   takenOf
	largest protocol.Index // any entry that a leader has told of
}

// next is an index behind what the replica has.
func (l *lives) next(draw *rapid.T) protocol.Index {
	at := l.replica.Status().LastIndex + protocol.Index(rapid.IntRange(1, 20).Draw(draw, "entries"))
	l.largest = max(l.largest, at)
	return at
}

// step does one thing, drawn.
func (l *lives) step(draw *rapid.T) error {
	switch rapid.IntRange(0, 12).Draw(draw, "step") {
	case 0, 1, 2:
		return l.feed(l.next(draw))
	case 3, 4:
		s, err := l.whole.at(l.next(draw))
		return errors.Join(err, l.hear(2, max(1, l.replica.Status().Term), s.SnapshotID))
	case 5, 6:
		return l.fetchAndHear(rapid.Bool().Draw(draw, "and the leader repeats itself"))
	case 7:
		return l.handle(node.TakeSnapshot("asked"))
	case 8, 9:
		return l.end(draw)
	case 10:
		l.lazy = !l.lazy
		return l.handle()
	case 11:
		l.room = rapid.SampledFrom([]node.Room{{Sure: 1 << 30, Coming: true}, {Sure: 1 << 20}, {Sure: 600}, {Sure: 100}}).Draw(draw, "room")
		return l.handle(node.RoomMade(), node.Tick())
	default:
		return l.start()
	}
}

// fetchAndHear brings what was asked for last.
func (l *lives) fetchAndHear(hear bool) error {
	if len(l.wanted) == 0 {
		return nil
	}
	s, err := l.whole.at(l.wanted[len(l.wanted)-1].index)
	if err := errors.Join(err, l.fetch(s)); err != nil || !hear {
		return err
	}
	return l.hear(2, max(1, l.replica.Status().Term), s.SnapshotID)
}

// end ends the snapshot that is being taken.
func (l *lives) end(draw *rapid.T) error {
	switch why := rapid.SampledFrom([]error{nil, nil, errors.New("made to fail"), node.ErrNoRoom}).Draw(draw, "fails"); {
	case len(l.taking) == 0:
		return nil
	case why == nil:
		return l.keep()
	default:
		return l.lose(why)
	}
}

// drawnLives returns which promise was broken.
func drawnLives(draw *rapid.T, whole takenOf) error {
	cfg := interval(rapid.SampledFrom([]int{1, 300, 1000}).Draw(draw, "interval"))
	cfg.CacheBytes = rapid.SampledFrom([]int{1, 100, 0}).Draw(draw, "cache")
	k, err := following(cfg)
	if err != nil {
		return err
	}
	l := &lives{keeper: k, whole: whole}
	for range rapid.IntRange(1, 40).Draw(draw, "steps") {
		if err := errors.Join(l.step(draw), l.holds()); err != nil {
			return err
		}
	}
	l.lazy, l.room = false, node.Room{Sure: 1 << 30, Coming: true}
	last := l.largest + 1
	if err := errors.Join(l.start(), l.feed(last), l.holds()); err != nil {
		return err
	}
	for len(l.taking) > 0 {
		if err := l.keep(); err != nil {
			return err
		}
	}
	return l.knowsAll(last)
}

// knowsAll returns an error where the replica's own snapshot differs from that of one that has applied all.
func (l *lives) knowsAll(last protocol.Index) error {
	if s := l.replica.Status(); s.Applied != last {
		return fmt.Errorf("%d of %d entries are applied: %+v", s.Applied, last, s)
	}
	want, err := l.whole.at(last)
	if err := errors.Join(err, l.handle(node.TakeSnapshot("asked"))); err != nil {
		return err
	}
	var got []byte
	if len(l.taking) > 0 {
		got, err = file(l.taking[0])
	} else {
		for _, s := range l.kept {
			if s.Index == last {
				got = s.bytes
			}
		}
	}
	if !bytes.Equal(got, want.bytes) {
		return fmt.Errorf("its snapshot of entry %d is\n%q\nexpected\n%q", last, got, want.bytes)
	}
	return err
}

func TestSnapshotsLoseNothingWhateverGoesWrong(t *testing.T) {
	whole := takenOf{}
	rapid.Check(t, func(draw *rapid.T) {
		if err := drawnLives(draw, whole); err != nil {
			draw.Fatal(err)
		}
	})
}
