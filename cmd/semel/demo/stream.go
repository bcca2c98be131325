package demo

import (
	"bytes"
	"fmt"
	"math/rand/v2"
)

// stream returns lines, one in five of which repeats one from anywhere before, and
// the first occurrence of each, found in the plainest way there is.
func stream(lines int) (input, truth []byte, err error) {
	draw := rand.New(rand.NewPCG(uint64(lines), 4711))
	different := 0
	for range lines {
		n := different
		if different > 0 && draw.IntN(5) == 0 {
			n = draw.IntN(different)
		} else {
			different++
		}
		input = fmt.Appendf(input, "2026-11-24 order=%08d amount=%d.%02d\n", n, n*7919%1000, n%100)
	}
	seen := map[string]bool{}
	for line := range bytes.Lines(input) {
		if !seen[string(line)] {
			seen[string(line)] = true
			truth = append(truth, line...)
		}
	}
	if len(seen) != different {
		return nil, nil, fmt.Errorf("the stream has %d different lines, want %d: two orders look alike", len(seen), different)
	}
	return input, truth, nil
}

// compare returns an error that wraps errInexact and names the first line that differs.
func compare(output, truth []byte) error {
	for line := 1; len(output) > 0 || len(truth) > 0; line++ {
		said, restOfOutput := cutLine(output)
		want, restOfTruth := cutLine(truth)
		if !bytes.Equal(said, want) {
			return fmt.Errorf("%w: line %d of the output is %q, want %q", errInexact, line, said, want)
		}
		output, truth = restOfOutput, restOfTruth
	}
	return nil
}

// cutLine returns the first line with its newline.
func cutLine(text []byte) (line, rest []byte) {
	if end := bytes.IndexByte(text, '\n'); end >= 0 {
		return text[:end+1], text[end+1:]
	}
	return text, nil
}
