// Goal: each construct has the value that TLC gives it; what has none, and what is not known here, is an error.
// Method: modules of testdata with a construct each, evaluated by TLC and here.
package ground_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/spec/check/tlc"
	"github.com/eventstreamcore/semel/spec/ground"
)

func TestEveryConstructHasTheValueThatTLCGivesIt(t *testing.T) {
	var printed string
	_, err := tlc.Run(t.Context(), tlc.Options{Jar: jar(t), SpecDir: "testdata", Module: "Values", Config: "testdata/Values.cfg", Quick: true,
		Line: func(line string) {
			if strings.HasPrefix(line, `"<<`) {
				printed = strings.ReplaceAll(strings.Trim(line, `"`), `\"`, `"`)
			}
		}})
	require.NoError(t, err)
	want := value(t, printed)

	text, err := os.ReadFile("testdata/Values.cfg")
	require.NoError(t, err)
	c, err := ground.ParseConfig(string(text))
	require.NoError(t, err)
	s, err := ground.New(module(t, "testdata", "Values"), c)
	require.NoError(t, err)
	all, err := s.Formula("All")
	require.NoError(t, err)
	got, err := all.Value(nil)
	require.NoError(t, err)
	require.Equal(t, want.Len(), got.Len())
	for k := range got.Len() {
		require.Equal(t, want.At(k).String(), got.At(k).String())
		require.True(t, ground.Equal(want.At(k), got.At(k)))
	}
}

func TestWhatHasNoValueIsAnError(t *testing.T) {
	s, err := ground.New(module(t, "testdata", "Wrong"), ground.Config{})
	require.NoError(t, err)
	for name, says := range map[string]string{
		"Outside": "3 is not in the domain of <<1, 2>>", "NoField": "no field b in [a |-> 1]", "Mixed": "cannot be compared",
		"MixedSets": "cannot be compared", "MixedMember": "cannot be compared", "NotBoolean": "expected a boolean, not 1",
		"NotInteger": `expected integers, not 1 and "a"`, "NoArm": "no arm of the CASE holds", "NothingChosen": "nothing to choose",
		"NoExtreme": "nothing to choose", "EmptyHead": "Head of an empty sequence", "TooLong": "SubSeq from 1 to 2 of a sequence of 1",
		"NotASet": "expected a set, not 2", "NoPlace": "2 is not in the domain of <<1>>", "ByZero": "division by 0",
	} {
		f, err := s.Formula(name)
		require.NoError(t, err, name)
		_, err = f.Value(nil)
		require.ErrorIs(t, err, ground.ErrEvaluation, name)
		require.ErrorContains(t, err, says, name)
		require.ErrorContains(t, err, "Wrong.tla:", name)
	}
	for name, says := range map[string]string{"Unknown": "its next value is not known yet", "Unsaid": "the next value of y is not said"} {
		a, err := s.Action(name)
		require.NoError(t, err, name)
		_, err = a.Steps(ground.State{ground.Int(1), ground.Int(2)})
		require.ErrorIs(t, err, ground.ErrEvaluation, name)
		require.ErrorContains(t, err, says, name)
	}
}

func TestWhatIsNotKnownIsAnErrorWhenItIsCompiled(t *testing.T) {
	s, err := ground.New(module(t, "testdata", "Wrong"), ground.Config{})
	require.NoError(t, err)
	for name, says := range map[string]string{
		"Forever": "the operator []", "Recursive": "a recursive function", "Listed": "the operator Nat of Naturals, as a value",
		"Doubly": "a next state of a next state", "Pairs": "more than one name", "Nothing": "no operator Nothing in Wrong",
	} {
		_, err := s.Formula(name)
		require.ErrorIs(t, err, ground.ErrConstruct, name)
		require.ErrorContains(t, err, says, name)
	}
}

func TestWhatDoesNotFitTheModuleIsRefused(t *testing.T) {
	m := module(t, "testdata", "Values")
	whole, err := os.ReadFile(filepath.Join("testdata", "Values.cfg"))
	require.NoError(t, err)
	for name, change := range map[string]struct{ old, new, says string }{
		"a constant without a value": {"  Number = 4\n", "", "constant Number has no value"},
		"a constant of nobody":       {"Number = 4", "Number = 4\n  Nothing = 1", "Nothing is no constant of Values"},
		"a replacement by nothing":   {"Given <- Taken", "Given <- Stolen", "Given <- Stolen: no such operator in Values"},
		"a replacement of nothing":   {"Given <- Taken", "Lent <- Taken", "no such operator with 1 parameters"},
		"of other parameters":        {"Given <- Taken", "Given <- Override", "no such operator with 0 parameters"},
		"no value":                   {"Number = 4", "Number = {1", "not a value"},
		"no constant":                {"Number = 4", "Number : 4", "expected a constant"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, string(whole), change.old)
			c, err := ground.ParseConfig(strings.Replace(string(whole), change.old, change.new, 1))
			if err == nil {
				_, err = ground.New(m, c)
			}
			require.ErrorIs(t, err, ground.ErrConfig)
			require.ErrorContains(t, err, change.says)
		})
	}
}
