package pages

// Goal: memory that was asked for stands in a mapping that the system has been told of, and nothing else breaks. Method: what the system
// says of the mapping; examples of what is rounded.

import (
	"bufio"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// flags returns what the system says of the mapping that has an address, if anything.
func flags(address uintptr) string {
	file, err := os.Open("/proc/self/smaps")
	if err != nil {
		return ""
	}
	defer file.Close()
	within := false
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var from, to uintptr
		if n, _ := fmt.Sscanf(lines.Text(), "%x-%x ", &from, &to); n == 2 {
			within = from <= address && address < to
		}
		if said, found := strings.CutPrefix(lines.Text(), "VmFlags:"); found && within {
			return said
		}
	}
	return ""
}

// advised is what the system says of memory that it was told of by hand: nothing where it has no large pages, or does not say.
func advised(t *testing.T) string {
	memory, err := unix.Mmap(-1, 0, 4*size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	require.NoError(t, err)
	defer func() { require.NoError(t, unix.Munmap(memory)) }()
	if unix.Madvise(memory, unix.MADV_HUGEPAGE) != nil || !strings.Contains(flags(reflect.ValueOf(memory).Pointer()), " hg") {
		return ""
	}
	return " hg"
}

func TestLargeTellsTheSystem(t *testing.T) {
	memory := make([][48]byte, 8<<20/48)
	Large(memory)
	for i := range memory {
		memory[i][0] = 1
	}
	middle, want := reflect.ValueOf(memory).Pointer()+4<<20, advised(t)
	require.Eventually(t, func() bool { return strings.Contains(flags(middle), want) }, 10*time.Second, time.Millisecond)
	for i := range memory {
		require.Equal(t, [48]byte{1}, memory[i], "what stands there stays")
	}
}

func TestAroundRounds(t *testing.T) {
	for _, c := range []struct{ from, bytes, first, whole uintptr }{
		{3 * size, size, 3 * size, size},
		{3*size + 4096, size, 3 * size, 2 * size},
		{3*size - 4096, size/2 + 4096, 2 * size, 2 * size},
		{3 * size, size/2 - 1, 0, 0},
		{3 * size, 0, 0, 0},
	} {
		require.Equal(t, stretch{c.first, c.whole}, around(c.from, c.bytes), "%d bytes from %d", c.bytes, c.from)
	}
}
