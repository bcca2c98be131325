package status

import (
	"fmt"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/dedup/server"
)

// snapshotOf is the newest snapshot of a node, its last entry, size and age, and what goes on.
func snapshotOf(s *server.Snapshots) string {
	var words []string
	if s.Index > 0 {
		words = append(words, fmt.Sprintf("%d %sB %s", s.Index, short(s.Bytes), age(time.Duration(s.AgeMs)*time.Millisecond)))
	}
	if s.Taking > 0 {
		words = append(words, "taking"+took(s.TakingMs))
	}
	if s.Held > 0 {
		words = append(words, fmt.Sprintf("%d held", s.Held))
	}
	if s.Fetching > 0 {
		words = append(words, fetchOf(s))
	}
	for _, bad := range s.Damaged {
		words = append(words, fmt.Sprintf("%d damaged", bad.Index))
	}
	if len(words) == 0 {
		return "-"
	}
	return strings.Join(words, ", ")
}

// fetchOf is which snapshot is coming, and how much of it is here.
func fetchOf(s *server.Snapshots) string {
	f := s.Fetch
	if f == nil || f.Of == 0 {
		return fmt.Sprintf("fetching %d", s.Fetching)
	}
	return fmt.Sprintf("%s %d: %sB of %sB from node %d", f.Phase, s.Fetching, short(f.Bytes), short(f.Of), f.From)
}

// took is for how long a snapshot has been taken; nothing where an older node does not say.
func took(ms *int64) string {
	if ms == nil {
		return ""
	}
	return " " + age(time.Duration(*ms)*time.Millisecond)
}

// age is a time in its largest unit, rounded down.
func age(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d < 2*day:
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dd", d/day)
}

// lacking is what the next snapshot lacks of room, behind why the last one was not taken.
func lacking(r *server.Room) string {
	if r.Lacking == 0 {
		return ""
	}
	return fmt.Sprintf("; the next one takes about %sB, for which %sB more have to be free", short(r.Snapshot), short(r.Lacking))
}

// withoutSnapshot says which nodes could take or get none when they tried last, or have no room for the next or a damaged one, and why.
func (r *Cluster) withoutSnapshot() (lines []string) {
	for _, n := range r.Nodes {
		if n.Room.Lacking > 0 && n.Snapshots.Error == "" {
			lines = append(lines, fmt.Sprintf("node %d has no room for its next snapshot of about %sB, and its log will grow: make room, %sB or more", n.Node, short(n.Room.Snapshot), short(n.Room.Lacking)))
		}
		for _, bad := range n.Snapshots.Damaged {
			lines = append(lines, fmt.Sprintf("node %d has a damaged snapshot, of entry %d; it goes when two newer ones are whole (semel snapshot takes one now), check the disk: %s", n.Node, bad.Index, bad.Error))
		}
		if n.Snapshots.Error != "" {
			lines = append(lines, fmt.Sprintf("node %d took no snapshot when it tried last, and its log grows meanwhile: %s%s", n.Node, n.Snapshots.Error, lacking(&n.Room)))
		}
		if n.Snapshots.FetchError != "" {
			lines = append(lines, fmt.Sprintf("node %d lacks what the log of its leader has no more, and gets no snapshot: %s", n.Node, n.Snapshots.FetchError))
		}
	}
	return lines
}
