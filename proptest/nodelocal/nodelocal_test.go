// Goal: what is compared is what is said, a difference is found and told in words, and nothing passes that was not compared.
// Method: the listed states against the codec; small parts of the families; a code that is told what it did not do; no Java.
package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/spec/check/tlc"
	"github.com/eventstreamcore/semel/spec/check/tlc/tlctest"
	"github.com/eventstreamcore/semel/spec/tla"
)

var root = filepath.Join("..", "..")

func module(t *testing.T) *tla.Module {
	t.Helper()
	m, err := tla.Load(t.Context(), tlctest.Jar(t, root), filepath.Join(root, "spec"), "Raft")
	require.NoError(t, err)
	return m
}

func familyNamed(t *testing.T, name string) *family {
	t.Helper()
	for _, f := range families() {
		if f.name == name {
			return f
		}
	}
	t.Fatalf("no family is named %q", name)
	return nil
}

// sample keeps states from all over the family, for about so many steps.
func (f *family) sample(steps int) *family {
	states := 0
	for range f.nodes {
		states++
	}
	every := max(states*len(f.steps)/steps, 1)
	for every > 1 && (every%2 == 0 || every%3 == 0 || every%5 == 0 || every%7 == 0) {
		every++ // else some way of a dimension would never come
	}
	some := *f
	some.nodes = func(yield func(*small) bool) {
		n := 0 // several take their nodes of it at once
		for s := range f.nodes {
			if n++; n%every == 0 && !yield(s) {
				return
			}
		}
	}
	return &some
}

func TestEveryStateIsOneOfTheCodecsAndNoneComesTwice(t *testing.T) {
	for _, f := range families() {
		seen := map[string]bool{}
		for s := range f.nodes {
			encoding := s.encode()
			node, rest, err := protocol.LoadState(encoding)
			require.NoError(t, err, f.name)
			require.Empty(t, rest)
			require.Equal(t, encoding, node.AppendState(nil))
			require.False(t, seen[string(encoding)] && f.name != "drawn", "%s: %v", f.name, node)
			seen[string(encoding)] = true
		}
		require.NotEmpty(t, seen, f.name)
	}
}

func TestEveryMessageIsListedOnce(t *testing.T) {
	sc := scope{id: 2, servers: 3, term: 1, index: 1, batch: 1, read: 1, values: both}
	seen := map[string]bool{}
	for _, m := range sc.messages(allTypes...) {
		encoding := string(protocol.AppendMessage(nil, &m))
		require.False(t, seen[encoding], "%v", m)
		seen[encoding] = true
	}
	// By type: for 2 peers and 2 terms, what its fields may be.
	require.Len(t, seen, 2*2*(8+2+3*8+16+4+2+1+2+2+4))

	sc.configurations = deciding
	require.Len(t, sc.messages(protocol.AppendEntries), 2*2*8*(1+2+4))
	require.Len(t, sc.messages(protocol.InstallSnapshot), 2*2*(4+2*4), "with an index")
}

func TestPartsOfAllFamiliesAreTheSameOnBothSides(t *testing.T) {
	m := module(t)
	for _, f := range families() {
		found, err := f.sample(20_000).run(m, 2, false)
		require.NoError(t, err)
		require.Empty(t, found.differences)
		require.Positive(t, found.steps)
	}
}

// Else it need not be left out.
func TestWhatIsLeftOutDiffers(t *testing.T) {
	m := module(t)
	advances := func(k *step) bool { return k.Name == "AdvanceCommitIndex" }
	for name, rule := range map[string]struct {
		family string
		holds  func(*small, *step) bool
	}{
		"laterEntry":  {"leaders", func(s *small, k *step) bool { return advances(k) && laterEntry(s) }},
		"matchBeyond": {"progress", func(s *small, k *step) bool { return advances(k) && matchBeyond(s) && !laterEntry(s) }},
		"ownNext":     {"strangers", func(s *small, k *step) bool { return k.Name == "BecomeLeader" && ownNext(s) }},
		"disagrees":   {"values", func(s *small, k *step) bool { return disagrees(s, k.Message) }},
	} {
		require.True(t, differs(t, m, familyNamed(t, rule.family), rule.holds), name)
	}
}

// differs reports whether the two sides differ in some step of which holds.
func differs(t *testing.T, m *tla.Module, f *family, holds func(*small, *step) bool) bool {
	c, err := newComparer(m, f.servers, f.instant)
	require.NoError(t, err)
	for s := range f.nodes {
		encoding := s.encode()
		for k := range f.steps {
			if !holds(s, &f.steps[k]) {
				continue
			}
			require.True(t, rests(s, &f.steps[k]))
			if _, told := c.compare(c.state(s.id, encoding), encoding, &f.steps[k]); told != "" {
				return true
			}
		}
	}
	return false
}

func TestADifferenceIsToldInWords(t *testing.T) {
	c, err := newComparer(module(t), 3, true)
	require.NoError(t, err)
	sc := scope{id: 2, servers: 3}
	s := base(sc)
	other := s
	other.hard.term, other.disk.term = 4, 4 // the code begins in another state than the specification
	step := &sc.spontaneous()[0]
	_, told := c.compare(c.state(2, s.encode()), other.encode(), step)
	for _, part := range []string{"Timeout(2)\nof node 2:\n  currentTerm   4\n", "the specification:\n  currentTerm   1\n", "the code:\n  currentTerm   5\n"} {
		require.Contains(t, told, part)
	}
}

func TestTooLittleIsNotEnough(t *testing.T) {
	m := module(t)
	var said strings.Builder
	few := &findings{steps: 9, actions: map[string]tally{}}
	require.ErrorContains(t, flags{least: 10}.judge(m, few, &said), "9 steps were compared, and 10 are wanted")
	require.ErrorContains(t, flags{}.judge(m, few, &said), "was taken 0 times")
	require.ErrorIs(t, flags{}.judge(m, &findings{found: 1}, &said), errDiffers)
}

func TestWithoutJavaItFailsUnlessItIsOptional(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("CI", "")
	var said strings.Builder
	require.ErrorIs(t, run(t.Context(), flags{}, &said), tlc.ErrUnavailable)
	require.NoError(t, run(t.Context(), flags{optional: true}, &said))
	require.Contains(t, said.String(), "NODES WERE NOT COMPARED")
	t.Setenv("CI", "true")
	require.ErrorIs(t, run(t.Context(), flags{optional: true}, &said), tlc.ErrUnavailable)
	require.ErrorContains(t, run(t.Context(), flags{only: "nobody"}, &said), "no family is named")
}
