// Goal: the command never passes without having compared something, but where it was
// told that it may, and then says so.
// Method: run it where there is no Java, and on models that are not there.
package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/spec/check/tlc"
)

func TestWithoutJavaItFailsUnlessItIsOptional(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("CI", "")
	require.ErrorIs(t, run(t.Context(), flags{}), tlc.ErrUnavailable)
	require.NoError(t, run(t.Context(), flags{optional: true}))
	t.Setenv("CI", "true")
	require.ErrorIs(t, run(t.Context(), flags{optional: true}), tlc.ErrUnavailable)
}

func TestModelsAreChosen(t *testing.T) {
	t.Chdir(filepath.Join("..", "..", ".."))
	all, err := flags{}.models()
	require.NoError(t, err)
	fast, err := flags{fast: true}.models()
	require.NoError(t, err)
	require.Less(t, len(fast), len(all))
	one, err := flags{only: "three"}.models()
	require.NoError(t, err)
	require.Len(t, one, 1)
}

func TestNoModelIsAnError(t *testing.T) {
	t.Chdir(filepath.Join("..", "..", ".."))
	_, err := flags{only: "nosuch"}.models()
	require.ErrorContains(t, err, "no such model")
	t.Chdir(t.TempDir())
	require.NoError(t, os.MkdirAll(filepath.Join("spec", "models"), 0o700))
	_, err = flags{}.models()
	require.ErrorContains(t, err, "no such model")
}
