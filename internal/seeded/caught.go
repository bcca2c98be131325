package seeded

import (
	"maps"
	"os"
	"os/exec"
	"slices"

	"github.com/stretchr/testify/require"
)

// EachIsCaught fails the test of a room unless each of its faults makes the tests fail that are named beside it, as a pattern of
// names. The room's tests run for that in a process of their own each, whose TestMain switches on the fault that the variable of the
// environment names. A process that ends otherwise than by a test that failed, or does not end, is no verdict.
func EachIsCaught(t require.TestingT, variable string, tests map[string]string) {
	for _, fault := range slices.Sorted(maps.Keys(tests)) {
		c := exec.Command(os.Args[0], "-test.run", "^("+tests[fault]+")$", "-test.timeout", "60s")
		c.Env = append(os.Environ(), variable+"="+fault)
		output, err := c.CombinedOutput()
		require.Error(t, err, "%s survives", fault)
		require.Contains(t, string(output), "--- FAIL", "%s: %s", fault, output)
	}
}
