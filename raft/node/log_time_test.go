package node_test

// Goal: log time never goes back behind a snapshot, and is the log's: what had passed since the log's last entry counts on where that entry
// stays, and another log's stamps do not where it goes. Method: one replica whose peers, host and clock are the test (keeper_test.go).

import (
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

const anHour = int64(time.Hour)

// outrun brings entries up to last of which none behind those that are there is committed.
func (k *keeper) outrun(last protocol.Index) error {
	s := k.replica.Status()
	m := protocol.Message{Type: protocol.AppendEntries, From: 2, To: k.id, Term: s.Term, Prev: s.LastIndex, PrevTerm: 1}
	var payloads [][]byte
	for at := s.LastIndex + 1; at <= last; at++ {
		m.Entries.Add(protocol.Run{Term: 1, Value: protocol.Command, Count: 1})
		payloads = append(payloads, payload(at))
	}
	return k.handle(node.Arrived(&m, 0, bundle(payloads...)))
}

// outran is a replica whose log has more than it has applied.
func outran(applied, last protocol.Index) (*keeper, error) {
	k, err := following(interval(1 << 30))
	return k, errors.Join(err, k.feed(applied), k.outrun(last))
}

// leads has the replica lead, and returns the stamp of its first entry.
func (k *keeper) leads() (uint64, error) {
	if err := errors.Join(k.campaign(), k.win()); err != nil {
		return 0, err
	}
	first, ok := k.entry(k.replica.Status().LastIndex)
	if !ok {
		return 0, errors.New("a leader has no entry of its own")
	}
	return binary.LittleEndian.Uint64(first.Payload[1:]), nil
}

func (k *keeper) isStamped(want uint64) error {
	got, err := k.leads()
	if err == nil && got != want {
		err = fmt.Errorf("a leader's first entry is stamped %d, expected %d: %v are between", got, want, time.Duration(int64(got-want)))
	}
	return err
}

// logTimeRunsOn has the log's last entry come an hour before the snapshot that ends with it, and another hour pass behind that.
func logTimeRunsOn() error {
	s, err := snapshotOf(10)
	if err != nil {
		return err
	}
	k, err := outran(3, 10)
	if err != nil {
		return err
	}
	k.time += anHour
	if err := errors.Join(k.hear(2, 1, s.SnapshotID), k.fetch(s), k.hear(2, 1, s.SnapshotID)); err != nil {
		return err
	}
	if now := k.replica.Status(); now.Applied != 10 || now.SnapshotIndex != 10 || now.LastIndex != 10 {
		return fmt.Errorf("no snapshot was installed: %+v", now)
	}
	k.time += anHour
	return errors.Join(k.holds(), k.isStamped(stampOf(10)+uint64(2*anHour)))
}

func TestTimePassesWhileASnapshotComes(t *testing.T) { require.NoError(t, logTimeRunsOn()) }

// logTimeIsOfTheLog has a snapshot take the place of a longer log that nobody else has, with and without a crash behind it.
func logTimeIsOfTheLog() error {
	for _, crash := range []bool{false, true} {
		s, err := snapshotOf(10)
		if err != nil {
			return err
		}
		s.Term = 5
		k, err := outran(3, 14)
		if err := errors.Join(err, k.hear(3, 5, s.SnapshotID), k.fetch(s), k.hear(3, 5, s.SnapshotID)); err != nil {
			return err
		}
		if crash {
			k.time += 7 * anHour // in which nobody runs: what only processes that are gone had seen is lost
			err = k.start()
		}
		if now := k.replica.Status(); err != nil || now.Applied != 10 || now.LastIndex != 10 || now.SnapshotIndex != 10 {
			return errors.Join(err, fmt.Errorf("the log is to end with the snapshot: %+v", now))
		}
		k.time += anHour
		if err := errors.Join(k.holds(), k.isStamped(stampOf(10)+uint64(anHour))); err != nil {
			return fmt.Errorf("crash %v: %w", crash, err)
		}
	}
	return nil
}

func TestLogTimeIsThatOfTheLogThatASnapshotEnds(t *testing.T) {
	require.NoError(t, logTimeIsOfTheLog())
}

// A start with a snapshot and more of the log behind it goes on from the log's end.
func TestLogTimeGoesOnFromTheEndOfTheLog(t *testing.T) {
	k, err := following(interval(1 << 30))
	require.NoError(t, errors.Join(err, k.feed(10), k.handle(node.TakeSnapshot("me")), k.keep(), k.feed(14)))
	k.time += anHour
	require.NoError(t, k.start())
	require.EqualValues(t, 10, k.replica.Status().Applied)
	k.time += anHour
	require.NoError(t, k.isStamped(stampOf(14)+uint64(anHour)))
}
