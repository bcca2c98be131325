package seeded_test

// Goal: a fault that no test notices is found, and so is one of which nobody can tell. Method: stories that do under a fault what its
// name says, run as those of a room with seeded faults are; what is said of them is caught in place of the test.

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/internal/seeded"
)

const variable = "SEEDED_MUTANT"

func TestStory(t *testing.T) {
	switch os.Getenv(variable) {
	case "fails":
		t.Fail()
	case "ends":
		os.Exit(1)
	}
}

// verdict is a test that ends where it fails.
type verdict string

func (v *verdict) Errorf(format string, args ...any) { *v += verdict(fmt.Sprintf(format, args...)) }

func (v *verdict) FailNow() { panic(v) }

// saidOf returns what is said of a fault of which the story is to notice something; nothing: it is caught.
func saidOf(fault string) (said verdict) {
	defer func() { _ = recover() }()
	seeded.EachIsCaught(&said, variable, map[string]string{fault: "TestStory"})
	return said
}

func TestAFaultThatNoTestNoticesIsFound(t *testing.T) {
	require.Empty(t, saidOf("fails"))
	require.Contains(t, saidOf("nothing"), "nothing survives")
	require.Contains(t, saidOf("ends"), "does not contain")
}
