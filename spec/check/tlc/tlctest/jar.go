// Package tlctest finds TLC for tests.
package tlctest

import (
	"errors"
	"os"
	"testing"

	"github.com/eventstreamcore/semel/spec/check/tlc"
)

// Jar returns the path of TLC's jar; root is the repository's. Where there is no Java the test is skipped, and says so; with CI=true
// it fails.
func Jar(t testing.TB, root string) string {
	t.Helper()
	jar, err := tlc.Jar(root)
	SkipUnless(t, err, tlc.ErrUnavailable)
	return jar
}

// SkipUnless ends a test for an error: as skipped where this machine only lacks what the test is made with, as failed else.
func SkipUnless(t testing.TB, err, unavailable error) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, unavailable) && os.Getenv("CI") != "true":
		t.Skip("NOT CHECKED: ", err)
	default:
		t.Fatal(err)
	}
}
