package node_test

// Goal: where members say that they are found is logged, also where all come back elsewhere at once, and whoever leads; not before they have said the same for 2 s,
// not more often than once a minute, however often somebody moves, and nothing that names no place, is too long, or was said by somebody who is silent. Method:
// replicas in virtual time, whose members say what the story has them say; the entries that say who the members are count.

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// moving is a world whose members say where they are.
type moving struct {
	*simulator.World
	at      protocol.Index // of the last entry that said who the members are
	entries int            // that did
}

// movingWorld has a leader that has loaded.
func movingWorld() (*moving, error) {
	w := &moving{World: simulator.New(simulator.Config{
		Servers: 3, Slots: 4, WAL: true, Machine: func(protocol.NodeID) node.StateMachine { return listOf(protocol.Nodes(1, 2, 3)) },
	})}
	return w, w.until(time.Minute, func() bool {
		l := w.Leader()
		if l == nil {
			return false
		}
		s, _ := l.Status()
		return !s.Loading
	})
}

// live lets time pass, and counts entries that say who the members are.
func (w *moving) live(d time.Duration) error {
	for end := w.Now() + d; w.Now() < end; {
		if err := w.Run(min(50*time.Millisecond, end-w.Now())); err != nil {
			return err
		}
		if _, _, at := w.Committed(); at != w.at {
			w.at, w.entries = at, w.entries+1
		}
	}
	return nil
}

func (w *moving) until(d time.Duration, done func() bool) error {
	for end := w.Now() + d; !done(); {
		if err := w.live(50 * time.Millisecond); err != nil {
			return err
		}
		if w.Now() >= end {
			return fmt.Errorf("it does not come to pass within %v", d)
		}
	}
	return nil
}

// say has all members say that they are at a place.
func (w *moving) say(place string) {
	for _, m := range w.Members {
		m.Says(at(place, m.ID))
	}
}

func at(place string, id protocol.NodeID) node.Addresses {
	return node.Addresses{Peer: fmt.Sprintf("%s%d:7001", place, id), HTTP: fmt.Sprintf("%s%d:7100", place, id), Redis: fmt.Sprintf("%s%d:7200", place, id)}
}

// areLogged reports whether the log has all members at a place.
func (w *moving) areLogged(place string) bool {
	_, list, _ := w.Committed()
	for _, one := range list.All {
		if want := at(place, one.Slot); one.Peer != want.Peer || one.HTTP != want.HTTP || one.Redis != want.Redis {
			return false
		}
	}
	return true
}

// counted returns an error where so many entries said who the members are, and others were meant to.
func (w *moving) counted(want int) error {
	if w.entries != want {
		return fmt.Errorf("%d entries say who the members are, want %d", w.entries, want)
	}
	return nil
}

// moveAtOnce is a cluster that begins, and comes back elsewhere as a whole.
func moveAtOnce() error {
	w, err := movingWorld()
	if err != nil {
		return err
	}
	w.say("old")
	if err := w.live(1900 * time.Millisecond); err != nil {
		return err
	}
	if err := w.counted(0); err != nil {
		return fmt.Errorf("before they have said it for 2 s: %w", err)
	}
	if err := w.until(time.Second, func() bool { return w.areLogged("old") }); err != nil {
		return err
	}
	for _, m := range w.Members {
		m.Kill()
	}
	w.say("new")
	for _, m := range w.Members {
		m.Start()
	}
	if err := w.until(20*time.Second, func() bool { return w.areLogged("new") }); err != nil {
		return err
	}
	if err := w.live(70 * time.Second); err != nil {
		return err
	}
	return w.counted(2)
}

func TestWhereMembersAreFoundIsLogged(t *testing.T) { require.NoError(t, moveAtOnce()) }

// flap has one member come back elsewhere again and again, for as long as it takes to be heard, and returns how many entries said so.
func flap(every, d time.Duration) (entries int, err error) {
	w, err := movingWorld()
	if err != nil {
		return 0, err
	}
	w.say("old")
	if err := w.until(4*time.Second, func() bool { return w.areLogged("old") }); err != nil {
		return 0, err
	}
	follower := w.At(w.Leader().ID%3 + 1)
	before := w.entries
	for k := range int(d / every) {
		follower.Says(at([]string{"here", "there"}[k%2], follower.ID))
		if err := w.live(every); err != nil {
			return 0, err
		}
	}
	return w.entries - before, nil
}

// flapsSlowly: each place stands for long enough, and a minute has one entry at most.
func flapsSlowly() error {
	const minutes = 4
	entries, err := flap(7*time.Second, minutes*time.Minute)
	if err == nil && (entries > minutes || entries < minutes/2) {
		err = fmt.Errorf("in %d minutes %d entries say where one is found that moves every 7 s", minutes, entries)
	}
	return err
}

// flapsFast: no place stands for long enough.
func flapsFast() error {
	entries, err := flap(time.Second, 80*time.Second)
	if err == nil && entries > 0 {
		err = fmt.Errorf("%d entries say where one is found that moves every second", entries)
	}
	return err
}

func TestWhoMovesOftenFillsNoLog(t *testing.T) {
	require.NoError(t, flapsSlowly())
	require.NoError(t, flapsFast())
}

// saysNothingOfUse: what names no place, or is long, is not logged; what else is said at the same time is.
func saysNothingOfUse(said string) error {
	w, err := movingWorld()
	if err != nil {
		return err
	}
	w.At(1).Says(node.Addresses{Peer: said, HTTP: "one:7100"})
	if err := w.live(4 * time.Second); err != nil {
		return err
	}
	_, list, _ := w.Committed()
	if one := list.Find(1); one.Peer != "" || one.HTTP != "one:7100" {
		return fmt.Errorf("of one that says %q and one:7100 the log says %q and %q", said, one.Peer, one.HTTP)
	}
	return w.counted(1)
}

func TestOnlyPlacesAreLogged(t *testing.T) {
	for _, said := range []string{strings.Repeat("a", 196) + ":7001", ":7001", "0.0.0.0:7001", "[::]:7001", "nowhere", "host:"} {
		require.NoError(t, saysNothingOfUse(said), said)
	}
	require.Error(t, saysNothingOfUse(strings.Repeat("a", 195)+":7001"), "200 bytes are no more than an address may have")
}

// isSilentAndElsewhere: what somebody said who is not heard may be from before it moved.
func isSilentAndElsewhere() error {
	w, err := movingWorld()
	if err != nil {
		return err
	}
	w.say("old")
	if err := w.until(4*time.Second, func() bool { return w.areLogged("old") }); err != nil {
		return err
	}
	away := w.At(w.Leader().ID%3 + 1)
	away.Kill()
	if err := w.live(70 * time.Second); err != nil {
		return err
	}
	away.Says(at("new", away.ID))
	if err := w.live(10 * time.Second); err != nil {
		return err
	}
	if err := w.counted(1); err != nil {
		return err
	}
	away.Start()
	return w.until(20*time.Second, func() bool { _, list, _ := w.Committed(); return list.Find(away.ID).Peer == at("new", away.ID).Peer })
}

func TestOnlyWhoIsHeardIsFound(t *testing.T) { require.NoError(t, isSilentAndElsewhere()) }

// joinsWhileTheyMove: a change goes before, and keeps what is said.
func joinsWhileTheyMove() error {
	w, err := movingWorld()
	if err != nil {
		return err
	}
	w.say("old")
	one := node.Member{ID: 4, Incarnation: 100, Becomes: node.BecomesVoter}
	w.Leader().Change(node.Changing{Add: &one, Speaks: node.Versions{Oldest: 1, Newest: 1}}, func(error) {})
	if err := w.until(time.Second, func() bool { _, list, _ := w.Committed(); return list.Highest == 4 }); err != nil {
		return err
	}
	if _, list, _ := w.Committed(); list.Find(1).Peer != at("old", 1).Peer {
		return fmt.Errorf("a change says that node 1 is found at %q", list.Find(1).Peer)
	}
	fourth := w.Join(4, 100, &simulator.Host{ID: 4})
	fourth.Says(at("old", 4))
	fourth.Start()
	decides := protocol.Configuration{Voters: protocol.Nodes(1, 2, 3, 4)}
	return w.until(10*time.Second, func() bool { c, _, _ := w.Committed(); return c == decides && w.areLogged("old") })
}

func TestAChangeSaysWhereMembersAreFound(t *testing.T) { require.NoError(t, joinsWhileTheyMove()) }
