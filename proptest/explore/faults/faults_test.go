// Goal: a fault is what its name says, the list of survivors is held to what was found, and
// what a node keeps outside its encoding is noticed.
// Method: small sources altered; lists right and wrong; the source of raft/protocol with a
// field that the codec does not know, and with a field that it forgets.
package main

import (
	"fmt"
	"go/parser"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const toy = `package protocol

func (i *Node) Act(m *Message, out *Output) bool {
	if i.role != Candidate || !counts(i, m) {
		return false
	}
	w.Term, w.Vote = m.Term+1, Nil
	i.role = Follower
	assert(i.role == Follower, "Act")
	i.output(&w, &r, true, out)
	i.output(&w, nil, true, out)
	return true
}
`

func TestFaultsAreWhatTheirNamesSay(t *testing.T) {
	text, faults, err := alter("toy.go", toy, 7)
	require.NoError(t, err)
	var names []string
	for k, f := range faults {
		require.Equal(t, 7+k, f.ID)
		name, found := strings.CutPrefix(f.Name, "toy.go Act: ")
		require.True(t, found)
		names = append(names, name)
	}
	require.ElementsMatch(t, []string{
		"i.role != Candidate is true", "i.role != Candidate is false", "i.role < Candidate for i.role != Candidate",
		"i.role > Candidate for i.role != Candidate", "counts(i, m) is true", "counts(i, m) is false",
		"without w.Term, w.Vote = m.Term+1, Nil", "without w.Term = m.Term+1", "without w.Vote = Nil", "m.Term for m.Term+1",
		"without i.role = Follower", "not true in i.output(&w, &r, true, out)",
		"without i.output(&w, &r, true, out)", "without i.output(&w, nil, true, out)",
	}, names)
	require.Contains(t, text, `assert(i.role == Follower, "Act")`)
	require.Contains(t, text, "return false\n")
}

func TestTheSourceIsAlteredWithoutNamingTwoFaultsAlike(t *testing.T) {
	_, faults, err := alteredSource(root(t))
	require.NoError(t, err)
	require.Greater(t, len(faults), 300)
	seen := map[string]bool{}
	for _, f := range faults {
		require.False(t, seen[f.Name], f.Name)
		seen[f.Name] = true
	}
	reasons, err := survivors(known)
	require.NoError(t, err)
	for _, f := range faults {
		delete(reasons, f.Name)
	}
	require.Empty(t, reasons, "listed, and no fault any more")
}

func TestTheListIsHeldToWhatWasFound(t *testing.T) {
	faults := []Fault{{1, "a"}, {2, "b"}, {3, "c"}}
	reasons, err := survivors("# a remark\nnobody\nsees it\n\tb\n\nanother\n\tc\n")
	require.NoError(t, err)
	require.Equal(t, map[string]string{"b": "nobody sees it", "c": "another"}, reasons)

	right := map[int]found{1: {ID: 1, Model: "three", By: "ElectionSafety"}, 2: {ID: 2}, 3: {ID: 3}}
	require.Empty(t, judge(faults, right, reasons))
	for says, change := range map[string]func(map[int]found, map[string]string){
		"survives all models: a":     func(r map[int]found, _ map[string]string) { r[1] = found{ID: 1} },
		"was not tried: c":           func(r map[int]found, _ map[string]string) { delete(r, 3) },
		"shows in x, by y: c":        func(r map[int]found, _ map[string]string) { r[3] = found{ID: 3, Model: "x", By: "y"} },
		"no fault of the source":     func(_ map[int]found, l map[string]string) { l["d"] = "why" },
		"survives all models: b":     func(_ map[int]found, l map[string]string) { delete(l, "b") },
		"is listed as a survivor (n": func(r map[int]found, _ map[string]string) { r[2] = found{ID: 2, Model: "x", By: "y"} },
	} {
		results, list := map[int]found{}, map[string]string{}
		for k, r := range right {
			results[k] = r
		}
		for name, reason := range reasons {
			list[name] = reason
		}
		change(results, list)
		require.Contains(t, strings.Join(judge(faults, results, list), "\n"), says)
	}
	for _, wrong := range []string{"\tb\n", "why\n" + strings.Repeat("\tb\n", 2), "why\n\tb\nwhat\n\tc\n"} {
		_, err := survivors(wrong)
		require.Error(t, err, wrong)
	}
}

// What is noted of a fault is in the altered source, so that is looked at first; then that leaving out the models in which a fault
// makes no difference changes nothing but the time.
func TestWhatMakesADifferenceIsNoted(t *testing.T) {
	text, _, err := alter("toy.go", toy, 1)
	require.NoError(t, err)
	for _, noted := range []string{
		"recording && (differs(7, !(i.role != Candidate)) || differs(8, i.role != Candidate)) || fault == 7",
		"recording && differs(9, (i.role != Candidate) != (i.role < Candidate)) || fault == 9",
		"recording && reached(11, 12) || fault == 11", // counts may do more than look
		"if recording && reached(1, 2, 3) { } else if ",
		"if recording && reached(4) { } else if fault != 4 { i.role = Follower }",
		"true != (fault == 14 || recording && reached(14))",
	} {
		require.Contains(t, text, noted)
	}
}

func TestAFaultIsNoticedWhereItMakesADifferenceOrNowhere(t *testing.T) {
	texts, all, err := alteredSource(root(t))
	require.NoError(t, err)
	program, err := build(t.Context(), root(t), t.TempDir(), texts)
	require.NoError(t, err)
	all = slices.DeleteFunc(all, func(f Fault) bool { return f.ID%3 != 0 }) // the others are as good
	none := func(Fault, found) {}
	try := func(everywhere bool) map[int]found {
		return tryAll(t.Context(), pool{program: program, root: root(t), size: 1,
			arguments: []string{"-model", "heartbeats", fmt.Sprintf("-all=%t", everywhere)}}, all, none)
	}
	everywhere, shortly := try(true), try(false)
	require.Len(t, everywhere, len(all))
	for _, f := range all {
		require.Equal(t, everywhere[f.ID], shortly[f.ID], f.Name)
	}
}

func TestAConditionThatMayDoMoreIsTakenToMakeADifference(t *testing.T) {
	for text, only := range map[string]bool{
		"a.b[c] == -1":                true,
		"i.log.TermAt(k) < len(x)":    true,
		"i.server.Has(j)":             true,
		"counts(i, m)":                false,
		"i.log.TermAt(i.next()) == 1": false,
		"<-c == 1":                    false,
		"func() bool { return true }": false,
		"f()() == 1":                  false,
	} {
		e, err := parser.ParseExpr(text)
		require.NoError(t, err)
		require.Equal(t, only, onlyLooks(e), text)
	}
}

// What the codec does not know is lost whenever a state is loaded, so no search that only
// loads would show it.
func TestWhatIsOutsideTheEncodingIsNoticed(t *testing.T) {
	texts := map[string]string{
		"node.go": patched(t, "node.go", "type Node struct {", "type Node struct {\n\tasked bool"),
		// 1: who has campaigned once votes no more, and remembers that beside its state.
		"election.go": patched(t, "election.go", "	term := newTerm(i, m)\n", "	term := newTerm(i, m)\n	if (fault == 1 || recording && reached(1)) && i.asked {\n		return false\n	}\n",
			"	w := i.unchanged()\n	w.Term, w.Vote = i.currentTerm+1, i.id\n", "	w := i.unchanged()\n	i.asked = true\n	w.Term, w.Vote = i.currentTerm+1, i.id\n"),
		// 2: votes are left out on both ways.
		"codec.go": patched(t, "codec.go", "uint64(i.votesGranted))", "uint64(zeroIf(2, i.votesGranted)))"),
	}
	folder := t.TempDir()
	program, err := build(t.Context(), root(t), folder, texts)
	require.NoError(t, err)
	faults := []Fault{{1, "a field that the codec does not know"}, {2, "a field that it forgets"}}
	p := pool{program: program, root: root(t), size: 1, arguments: []string{"-model", "heartbeats"}}
	none := func(Fault, found) {}

	shallow := tryAll(t.Context(), p, faults, none)
	require.Empty(t, shallow[1].By, "noticed without a node that lived: a weak example")

	p.arguments = append(p.arguments, "-deep")
	deep := tryAll(t.Context(), p, faults, none)
	for _, f := range faults {
		require.Contains(t, deep[f.ID].By, "state outside the encoding", f.Name)
	}
}

func patched(t *testing.T, name string, pairs ...string) string {
	text, err := os.ReadFile(filepath.Join(root(t), "raft", "protocol", name))
	require.NoError(t, err)
	patched := string(text)
	for k := 0; k < len(pairs); k += 2 {
		require.Contains(t, patched, pairs[k])
		patched = strings.Replace(patched, pairs[k], pairs[k+1], 1)
	}
	return patched
}

func root(t *testing.T) string {
	path, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	return path
}
