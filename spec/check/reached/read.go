package reached

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
)

// ErrRefused is returned for a file that is not what TLC reached of the source, all of it.
var ErrRefused = errors.New("what is kept is refused")

// longest is how long a line may be.
const longest = 1 << 24

// IsKept reports whether there is a file of what TLC reached of the source, good or not.
func IsKept(folder string, s Source) (bool, error) {
	digest, err := s.Digest()
	if err != nil {
		return false, err
	}
	_, err = os.Stat(path(folder, s, digest))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Read hands every state that TLC reached of the source to state, and returns what it counted. What state was given counts for nothing
// unless Read returns no error. It returns an error that wraps fs.ErrNotExist where nothing is kept, and ErrRefused where it can't be taken.
func Read(folder string, s Source, state func(string)) (Counts, error) {
	digest, err := s.Digest()
	if err != nil {
		return Counts{}, err
	}
	file, err := os.Open(path(folder, s, digest))
	if err != nil {
		return Counts{}, err
	}
	defer file.Close()
	counts, err := take(file, digest, state)
	if err != nil {
		return Counts{}, fmt.Errorf("%w: %s: %w", ErrRefused, file.Name(), err)
	}
	return counts, nil
}

// take reads a file up to its end, which says whether it is whole.
func take(file *os.File, digest string, state func(string)) (Counts, error) {
	zip, err := gzip.NewReader(bufio.NewReaderSize(file, 1<<16))
	if err != nil {
		return Counts{}, err
	}
	lines := bufio.NewScanner(zip)
	lines.Buffer(make([]byte, 1<<16), longest)
	seen := distinct{}
	var last string
	for lines.Scan() {
		text := lines.Text()
		switch {
		case last != "":
			return Counts{}, errors.New("something is behind its end")
		case isState(text):
			seen.add(text)
			state(text)
		default:
			last = text
		}
	}
	if err := lines.Err(); !ended(err) {
		return Counts{}, err
	}
	var counts Counts
	if err := json.NewDecoder(strings.NewReader(last)).Decode(&counts); err != nil {
		return Counts{}, fmt.Errorf("it ends without TLC's numbers: %w", err)
	}
	if !sameRead(counts.Digest, digest) {
		return Counts{}, fmt.Errorf("it is of what has the digest %s", counts.Digest)
	}
	if !allThere(seen.count(), counts.Distinct) {
		return Counts{}, fmt.Errorf("it has %d states, of which TLC counted %d", seen.count(), counts.Distinct)
	}
	return counts, nil
}
