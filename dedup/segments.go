package dedup

import "math/bits"

// Taken is told of memory that a table or an arena takes: a slice of what it keeps there, which nobody has touched yet. It may tell the
// system what the memory is for, and must not change it. It is at most 4 MiB.
type Taken func(memory any)

// grow appends the next segments, of so many elements each, which one piece of memory has: as many as there are, and most in the end.
// So a small table takes little, and a large one what large pages fit into.
func grow[T any](segments [][]T, each, most int, taken Taken) [][]T {
	piece := make([]T, (whole(len(segments)+1, most)-len(segments))*each)
	if taken != nil {
		taken(piece)
	}
	for ; len(piece) > 0; piece = piece[each:] {
		segments = append(segments, piece[:each:each])
	}
	return segments
}

// whole returns how many segments the pieces have that the first n are in.
func whole(n, most int) int {
	if n >= most {
		return (n + most - 1) / most * most
	}
	return 1 << bits.Len(uint(n-1))
}
