package tla_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/spec/check/tlc/tlctest"
	"github.com/eventstreamcore/semel/spec/tla"
)

const root = "../.."

func load(t *testing.T, folder, module string) *tla.Module {
	t.Helper()
	m, err := tla.Load(t.Context(), tlctest.Jar(t, root), folder, module)
	require.NoError(t, err)
	return m
}

// Every construct that is read, read back: a tree is the text, with all brackets written.
func TestATreeSaysWhatTheModuleSays(t *testing.T) {
	m := load(t, "testdata", "Constructs")
	require.Equal(t, []tla.Declaration{{Place: tla.Place{Module: "Constructs", Line: 3}, Name: "Server"}, {Place: tla.Place{Module: "Constructs", Line: 3}, Name: "Op"}}, m.Constants)
	require.Len(t, m.Variables, 2)
	var own []*tla.Operator
	for _, o := range m.Operators {
		require.Equal(t, o.Module != "Constructs", o.Standard, o.Name)
		if !o.Standard {
			own = append(own, o)
		}
	}
	slices.SortFunc(own, func(a, b *tla.Operator) int { return cmp.Compare(a.Line, b.Line) })
	var got []string
	for _, o := range own {
		got = append(got, fmt.Sprintf("%s == %s", o.Name, tla.Text(o.Body)))
	}
	want, err := os.ReadFile("testdata/constructs.txt")
	require.NoError(t, err)
	require.Equal(t, strings.Split(strings.TrimSpace(string(want)), "\n"), got)
}

// The names that a LET makes see those around it: its operators are called, and no node of the tree stands for the LET.
func TestALetIsCalled(t *testing.T) {
	inner := load(t, "testdata", "Constructs").Operators["Inner"]
	once := inner.Body.(*tla.Call).Args[0].(*tla.Call)
	require.Equal(t, "once", once.Operator.Name)
	twice := once.Operator.Body.(*tla.Call)
	require.Equal(t, "((a + b) + b)", tla.Text(twice.Operator.Body))
	require.Same(t, inner.Params[0], twice.Operator.Body.(*tla.Call).Args[0].(*tla.Call).Args[0].(*tla.Bound).Param)
}

// All that TLC runs is read, and each operator knows of what it speaks.
func TestTheSpecificationIsRead(t *testing.T) {
	m := load(t, "..", "SeedsRaft")
	require.Equal(t, 1, m.Operators["Init"].Level)
	require.Equal(t, 2, m.Operators["BecomeLeader"].Level)
	require.Equal(t, 3, m.Operators["MonotonicTerm"].Level)
	require.Equal(t, `(m.term = currentTerm[i])`, tla.Text(m.Operators["AckCounts"].Body))
	require.Nil(t, m.Operators["Cardinality"].Body)
}

// refused is what is said of a module that has this definition.
func refused(t *testing.T, definition string) error {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "Odd.tla"), []byte("---- MODULE Odd ----\n"+definition+"\n====\n"), 0o600))
	_, err := tla.Load(t.Context(), tlctest.Jar(t, root), folder, "Odd")
	return err
}

func TestWhatSANYRefusesIsSaid(t *testing.T) {
	err := refused(t, "A == B")
	require.ErrorIs(t, err, tla.ErrModule)
	require.ErrorContains(t, err, "Unknown operator: `B'")
}

func TestWhatNoNodeStandsForIsSaid(t *testing.T) {
	err := refused(t, "A == 1.5")
	require.ErrorIs(t, err, tla.ErrConstruct)
	require.ErrorContains(t, err, "Odd.tla:2")
}
