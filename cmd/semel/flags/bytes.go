package flags

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Bytes is a flag's value: a number of bytes.
type Bytes uint64

var byteUnits = []struct {
	name  string
	bytes uint64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"B", 1}, {"", 1}}

// Set reads 7, 7B, 2KiB, 512MiB or 1GiB; at most what an int64 holds.
func (b *Bytes) Set(text string) error {
	for _, unit := range byteUnits {
		number, found := strings.CutSuffix(text, unit.name)
		if n, err := strconv.ParseUint(number, 10, 64); found && err == nil && n <= math.MaxInt64/unit.bytes {
			*b = Bytes(n * unit.bytes)
			return nil
		}
	}
	return errors.New("want a number of bytes, or one with KiB, MiB or GiB")
}

// String is what Set reads, in the largest unit that is exact.
func (b *Bytes) String() string {
	for _, unit := range slices.Backward(byteUnits[:3]) {
		if uint64(*b) >= unit.bytes && uint64(*b)%unit.bytes == 0 {
			return fmt.Sprintf("%d%s", uint64(*b)/unit.bytes, unit.name)
		}
	}
	return strconv.FormatUint(uint64(*b), 10)
}

// Type is what the help says of the flag's value.
func (b *Bytes) Type() string { return "bytes" }
