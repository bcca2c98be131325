package server

import (
	"fmt"
	"strings"
)

// Health is how the node is, in a word or two: ready, replaying 42 %, no leader, no majority (it
// leads and hears too few of the others), loading, or whom it has to meet for the first time, is refused by or differs from.
func (s *Status) Health() string {
	switch {
	case s.Ready && len(s.DiffersFrom()) > 0:
		return "ready, but its state differs from that of " + listed(s.DiffersFrom())
	case s.Ready && len(s.OneWays()) > 0:
		return "ready, but " + strings.Join(s.OneWays(), ", ")
	case s.Ready:
		return "ready"
	case s.Applied < s.Replay:
		return fmt.Sprintf("replaying %d %%", s.percent())
	case len(s.RefusedBy) > 0:
		return "refused by " + listed(s.RefusedBy) + ": another folder"
	case len(s.Unmet) > 0 && s.Leader == 0:
		return "waiting to meet " + listed(s.Unmet) + " for the first time"
	case s.Leader == 0 && len(s.OneWays()) > 0:
		return "no leader, and " + strings.Join(s.OneWays(), ", ")
	case s.Leader == 0:
		return "no leader"
	case s.Loading:
		return "loading" // nothing of this leader's own is committed yet
	case s.Role == "leader":
		return "no majority"
	}
	return "stopped"
}

// Detail is Health with what it means for callers.
func (s *Status) Detail() string {
	switch {
	case s.Ready && len(s.DiffersFrom()) > 0:
		return s.Health() + ": one of them is wrong, and no majority says which; bring the other nodes up"
	case s.Ready && len(s.OneWays()) > 0:
		return s.Health() + ": it takes calls; mend the address that the one has of the other, or what lies between"
	case s.Ready:
		return "it takes calls"
	case s.Applied < s.Replay:
		return fmt.Sprintf("%s: %d of %d entries that were committed when it started are applied; calls are told LOADING", s.Health(), s.Applied, s.Replay)
	case len(s.RefusedBy) > 0:
		return s.Health() + ": it was met with another one, which was lost or is elsewhere, or this is a new cluster and theirs are old; " +
			"its log says what to do; calls are told LOADING"
	case len(s.Unmet) > 0 && s.Leader == 0:
		return s.Health() + ": a new cluster begins once all of its nodes have met; start them all; calls are told LOADING"
	case s.Loading:
		return s.Health() + ": it has yet to learn what was committed when it started; calls are told LOADING"
	}
	return s.Health()
}

// DiffersFrom are the peers whose state is another than this node's, where no majority says whose is wrong.
func (s *Status) DiffersFrom() (ids []int) {
	for _, p := range s.Peers {
		if p.Differs {
			ids = append(ids, int(p.Node))
		}
	}
	return ids
}

// oneWayFor is how long a pair of nodes may take to find one another, in ms: they dial within a second of hearing of each other.
const oneWayFor = 3000

// IsOneWay reports whether exactly one of the two has been able to dial the other for longer than it may take.
func (p *Peer) IsOneWay() bool { return p.OneWayMs >= oneWayFor }

// OneWays says of which peers this node is not heard though they are heard here, and the other way around: "can't dial node 3".
func (s *Status) OneWays() (said []string) {
	var cannot, deaf []int
	for _, p := range s.Peers {
		switch {
		case !p.IsOneWay():
		case p.Connected:
			deaf = append(deaf, int(p.Node))
		default:
			cannot = append(cannot, int(p.Node))
		}
	}
	if len(cannot) > 0 {
		said = append(said, "it can't dial "+listed(cannot))
	}
	if len(deaf) > 0 {
		said = append(said, listed(deaf)+" can't dial it")
	}
	return said
}

// percent of the replay is done, rounded down.
func (s *Status) percent() uint64 { return uint64(100 * (float64(s.Applied) / float64(s.Replay))) }

// listed names nodes: "node 1", "nodes 1 and 3".
func listed(ids []int) string {
	words := make([]string, len(ids))
	for k, id := range ids {
		words[k] = fmt.Sprint(id)
	}
	last := len(words) - 1
	if last == 0 {
		return "node " + words[0]
	}
	return "nodes " + strings.Join(words[:last], ", ") + " and " + words[last]
}
