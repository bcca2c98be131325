package server

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// lines say how a cluster is to a person.
func (h *ClusterHealth) lines() []string {
	lines := []string{h.quorumLine()}
	lines = append(lines, h.unreachableLines()...)
	for k := range h.Nodes {
		n := &h.Nodes[k]
		switch {
		case !n.Answers && h.isWitnessed(n.Node):
			lines = append(lines, fmt.Sprintf("node %d does not answer node %d, and is heard by others", n.Node, h.Node))
		case n.Status != nil && n.WhyNot != "":
			lines = append(lines, fmt.Sprintf("node %d does not count: %s", n.Node, n.WhyNot))
		}
	}
	for k := range h.Nodes {
		if s := h.Nodes[k].Status; s != nil {
			lines = append(lines, s.diskLines()...)
		}
	}
	if len(h.Versions) > 1 {
		lines = append(lines, "versions differ: "+h.versionsLine())
	}
	return lines
}

func (h *ClusterHealth) quorumLine() string {
	switch {
	case !h.Quorum:
		return fmt.Sprintf("no quorum: %d of %d, %s needed", h.Working, h.Members, more(h.Needed-h.Working, "is", "are"))
	case h.Leader == 0:
		return fmt.Sprintf("quorum: %d of %d, and no leader yet", h.Working, h.Members)
	case h.MayFail == 0:
		return fmt.Sprintf("quorum: %d of %d, none may fail", h.Working, h.Members)
	}
	return fmt.Sprintf("quorum: %d of %d, %s", h.Working, h.Members, more(h.MayFail, "may fail", "may fail"))
}

func more(n int, one, many string) string {
	if n == 1 {
		return "1 more " + one
	}
	return fmt.Sprintf("%d more %s", n, many)
}

// unreachableLines name whom nobody or few can reach, and two that can't reach one another once.
func (h *ClusterHealth) unreachableLines() (lines []string) {
	for _, u := range h.Unreachable {
		since := time.Duration(u.SinceMs) * time.Millisecond
		var from []int
		for _, id := range u.From {
			switch {
			case !slices.Contains(u.Mutual, id):
				from = append(from, id)
			case int(u.Node) < id:
				lines = append(lines, h.pairLine(u.Node, uint8(id)))
			}
		}
		if len(from) > 0 {
			lines = append(lines, fmt.Sprintf("node %d unreachable from %s since %s: %s", u.Node, ids(from), age(since), strings.Join(u.Why, "; ")))
		}
	}
	return lines
}

// pairLine says of two nodes that answer both, and are not in touch, whether one of them hears the other.
func (h *ClusterHealth) pairLine(a, b uint8) string {
	there, back := h.of(a).said(b), h.of(b).said(a)
	since := age(time.Duration(max(there.unreachedMs(), back.unreachedMs())) * time.Millisecond)
	why := there.whyUnreached()
	if other := back.whyUnreached(); other != why {
		why += "; " + other
	}
	if there.isHeard() || back.isHeard() {
		return fmt.Sprintf("talk between nodes %d and %d goes one way only since %s: %s", a, b, since, why)
	}
	return fmt.Sprintf("nodes %d and %d can't reach one another since %s: %s", a, b, since, why)
}

// of is a member.
func (h *ClusterHealth) of(id uint8) *NodeHealth {
	return &h.Nodes[slices.IndexFunc(h.Nodes, func(n NodeHealth) bool { return n.Node == id })]
}

// diskLines say of a node that its disk is slow, or its log has no room.
func (s *Status) diskLines() (lines []string) {
	d := &s.Disk
	switch d.State {
	case "hangs":
		lines = append(lines, fmt.Sprintf("node %d: its disk hangs: a sync has been running for %s", s.Node, age(time.Duration(d.RunningMs)*time.Millisecond)))
	case "slow":
		lines = append(lines, fmt.Sprintf("node %d has a slow disk: half of its last %d syncs took %s or more, the longest %s", s.Node, d.Syncs, millis(d.MedianMs), millis(d.LongestMs)))
	}
	switch s.Room.State {
	case "none":
		lines = append(lines, fmt.Sprintf("node %d has no room for its log", s.Node))
	case "low":
		lines = append(lines, fmt.Sprintf("node %d has little room for its log and snapshots", s.Node))
	}
	return lines
}

func (h *ClusterHealth) versionsLine() string {
	var words []string
	for _, v := range slices.Sorted(maps.Keys(h.Versions)) {
		words = append(words, ids(h.Versions[v])+" "+v)
	}
	return strings.Join(words, "; ")
}

// LogVersionLine says which version the log has, and, where that is not all, which later ones nodes speak; empty where nobody says.
func (h *ClusterHealth) LogVersionLine() string {
	if h.LogVersion == 0 {
		return ""
	}
	line := fmt.Sprintf("version %d of the log", h.LogVersion)
	if only := fmt.Sprint(h.LogVersion); len(h.Speaks) > 1 || h.Speaks[only] == nil {
		for _, v := range slices.Sorted(maps.Keys(h.Speaks)) {
			line += fmt.Sprintf("; up to %s spoken by %s", v, ids(h.Speaks[v]))
		}
	}
	return line
}

func millis(ms float64) string {
	return time.Duration(ms * float64(time.Millisecond)).Round(100 * time.Microsecond).String()
}

// ids are nodes in a row: "1", "1 and 3", "1, 2 and 3".
func ids(nodes []int) string {
	words := make([]string, len(nodes))
	for k, id := range nodes {
		words[k] = fmt.Sprint(id)
	}
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// age is a time in its largest unit, rounded down.
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dd", d/(24*time.Hour))
}
