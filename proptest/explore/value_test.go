// Goal: what TLC prints is read as the state it is, or not at all.
// Method: tables of values right and wrong; and every state of a few models, written as
// TLC would and read back.
package explore

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestValuesAreReadAsTLCPrintsThem(t *testing.T) {
	for printed, again := range map[string]string{
		`<<>>`:                       `<<>>`,
		`{}`:                         `{}`,
		`<<1, 20>>`:                  `<<1, 20>>`,
		`<<<<0>>, <<>>>>`:            `<<<<0>>, <<>>>>`,
		`{"a", TRUE, FALSE}`:         `{"a", TRUE, FALSE}`,
		`{\"a\"}`:                    `{"a"}`,
		"[a |-> 1,\n  b |-> <<{}>>]": `[a |-> 1, b |-> <<{}>>]`,
		`(1 :> "x" @@ 2 :> {})`:      `(1 :> "x" @@ 2 :> {})`,
	} {
		v, err := parseValue(printed)
		require.NoError(t, err, printed)
		require.Equal(t, again, v.String())
	}
}

func TestWhatIsNoValueIsRefused(t *testing.T) {
	for _, printed := range []string{
		``, `<<`, `<<1`, `<<1,`, `<<1 2>>`, `{1>>`, `[a]`, `[a |-> ]`, `[a |-> 1`, `[]`, `(1 :> 2`, `(1 @@ 2)`,
		`"a`, `-1`, `TRUEST`, `1 2`, `x`,
	} {
		_, err := parseValue(printed)
		require.ErrorIs(t, err, ErrValue, printed)
	}
}

func TestEveryStateIsReadAsItIsWritten(t *testing.T) {
	for _, name := range []string{"commit", "back-off", "held", "snapshot"} {
		s := searched(t, model(t, name))
		for _, st := range s.states {
			written := s.parts.TLA(st)
			again, err := s.parts.State(`"` + strings.ReplaceAll(written, `"`, `\"`) + `"`)
			require.NoError(t, err, written)
			require.Equal(t, st, again, written)
		}
	}
}

// A line of TLC's own: the fields of a record and the members of a set in its order.
const printedLine = `"<<<<2, 1>>, <<1, 1>>, <<<<>>, <<[term |-> 1, value |-> \"Command\"]>>>>, <<0, 0>>, ` +
	`<<[log |-> <<>>, term |-> 1, vote |-> 1, snapshot |-> 0, commit |-> 0], [log |-> <<>>, term |-> 1, vote |-> 1, snapshot |-> 0, commit |-> 0]>>, ` +
	`<<<<[out |-> {[from |-> 1, to |-> 2, type |-> \"RequestVote\", term |-> 2, transfer |-> FALSE, lastTerm |-> 0, lastIndex |-> 0]}, ` +
	`state |-> [log |-> <<>>, term |-> 2, vote |-> 1, snapshot |-> 0, commit |-> 0]]>>, <<[out |-> {[from |-> 2, to |-> 1, ` +
	`type |-> \"AppendEntriesResponse\", term |-> 1, success |-> TRUE, hint |-> 0, hintTerm |-> 0, match |-> 1], ` +
	`[from |-> 2, to |-> 1, type |-> \"AppendEntriesResponse\", term |-> 1, success |-> TRUE, hint |-> 0, hintTerm |-> 0, match |-> 0]}, ` +
	`state |-> [log |-> <<[term |-> 1, value |-> \"Command\"]>>, term |-> 1, vote |-> 1, snapshot |-> 0, commit |-> 1]]>>>>, ` +
	`<<\"candidate\", \"follower\">>, <<0, 0>>, <<{}, {}>>, <<<<0, 0>>, <<0, 0>>>>, <<<<0, 0>>, <<0, 0>>>>, <<0, 0>>, <<0, 0>>, <<<<0, 0>>, <<0, 0>>>>, ` +
	`{[from |-> 2, to |-> 1, type |-> \"AppendEntriesResponse\", term |-> 1, success |-> FALSE, hint |-> 1, hintTerm |-> 1, match |-> 0]}, ` +
	`[reads |-> 0, crashes |-> 1, resigns |-> 0, prevotes |-> 2, transfers |-> 0, compacts |-> 0, changes |-> 0], <<0, 3>>, ` +
	`<<[entry |-> [term |-> 1, value |-> \"NoOp\"], at |-> 2]>>>>"`

func TestAPrintedStateIsRead(t *testing.T) {
	p := NewParts()
	st, err := p.State(printedLine)
	require.NoError(t, err)
	require.Equal(t, `  1 candidate term=2 vote=1 log=[] commit=0 votes={}
    disk term=1 vote=1 log=[]
    pending term=2 vote=1 keep=0 then=[]
      holds 1->2 RequestVote term=2 last=0@0
  2 follower term=1 vote=1 log=[1] commit=0
    disk term=1 vote=1 log=[]
    pending term=1 vote=1 keep=0 then=[1] commit=1
      holds 2->1 AppendEntriesResponse term=1 success match=0
      holds 2->1 AppendEntriesResponse term=1 success match=1
  in flight 2->1 AppendEntriesResponse term=1 refused hint=1@1
  crashes 1
  prevotes 2
  2 owes its reads 3
  committed at 1 once: 1 NoOp, known first in term 2
`, p.Text(st))
}

func TestAStateOfAnotherShapeIsRefused(t *testing.T) {
	for name, change := range map[string]struct{ old, new string }{
		"a variable less":   {`, <<[entry |-> [term |-> 1, value |-> \"NoOp\"], at |-> 2]>>`, ``},
		"a node less":       {`<<0, 0>>, <<{}, {}>>`, `<<0>>, <<{}, {}>>`},
		"another field":     {`lastTerm |-> 0`, `lastDate |-> 0`},
		"a field less":      {`lastTerm |-> 0, `, ``},
		"another type":      {`RequestVote\"`, `RequestTea\"`},
		"another counter":   {`resigns`, `retires`},
		"a counter less":    {`, transfers |-> 0`, ``},
		"another debt":      {`<<0, 3>>`, `<<0, {}>>`},
		"another ever":      {`at |-> 2`, `in |-> 2`},
		"another role":      {`candidate`, `king`},
		"another value":     {`Command`, `Wish`},
		"no number":         {`<<0, 0>>, <<{}, {}>>`, `<<0, {}>>, <<{}, {}>>`},
		"a set for a tuple": {`<<<<>>, <<[term`, `<<{}, <<[term`},
		"no image":          {`[log |-> <<>>, term |-> 1, vote |-> 1, snapshot |-> 0, commit |-> 0]`, `[log |-> <<>>, term |-> 1, snapshot |-> 0, commit |-> 0]`},
		"no hint":           {`[log |-> <<>>, term |-> 1, vote |-> 1, snapshot |-> 0, commit |-> 0]`, `[log |-> <<>>, term |-> 1, vote |-> 1, snapshot |-> 0]`},
		"one log less":      {`<<<<>>, <<[term |-> 1, value |-> \"Command\"]>>>>`, `<<<<>>>>`},
	} {
		require.Contains(t, printedLine, change.old, name)
		_, err := NewParts().State(strings.Replace(printedLine, change.old, change.new, 1))
		require.ErrorIs(t, err, ErrValue, name)
	}
}

// Whatever is printed and has no place in the encoding would be looked at by nobody.
func TestWhatIsPrintedAndNotEncodedIsRefused(t *testing.T) {
	for name, change := range map[string]struct{ old, new string }{
		"a field of an image":     {`commit |-> 0], [log`, `commit |-> 0, shadow |-> 7], [log`},
		"a field of an entry":     {`value |-> \"Command\"]>>>>, `, `value |-> \"Command\", client |-> 3]>>>>, `},
		"a field of a write":      {`state |-> [log |-> <<>>`, `when |-> 1, state |-> [log |-> <<>>`},
		"a peer too many":         {`<<<<0, 0>>, <<0, 0>>>>`, `<<<<0, 0, 0>>, <<0, 0>>>>`},
		"a voter twice removed":   {`<<{}, {}>>`, `<<{7}, {}>>`},
		"a boolean for a number":  {`<<\"candidate\", \"follower\">>, <<0, 0>>`, `<<\"candidate\", \"follower\">>, <<FALSE, 0>>`},
		"a message's number flag": {`success |-> FALSE`, `success |-> 0`},
	} {
		require.Contains(t, printedLine, change.old, name)
		_, err := NewParts().State(strings.Replace(printedLine, change.old, change.new, 1))
		require.Error(t, err, name)
	}
}

func TestOneStatePrintedInTwoOrdersIsOne(t *testing.T) {
	p := NewParts()
	first, err := p.State(printedLine)
	require.NoError(t, err)
	other := strings.ReplaceAll(printedLine, `term |-> 1, vote |-> 1, snapshot |-> 0, commit |-> 0`, `commit |-> 0, snapshot |-> 0, vote |-> 1, term |-> 1`)
	require.NotEqual(t, printedLine, other)
	second, err := p.State(other)
	require.NoError(t, err)
	require.Equal(t, first, second)
}

func TestAStateOfATraceIsRead(t *testing.T) {
	p := NewParts()
	st, err := p.State(printedLine)
	require.NoError(t, err)
	v, err := parseValue(strings.Trim(printedLine, `"`))
	require.NoError(t, err)
	var pretty []string
	for k := range variables { // in another order, over more lines
		n := (k + 5) % len(variables)
		pretty = append(pretty, `/\ `+variables[n]+` = `+strings.ReplaceAll(v.items[n].String(), ", ", ",\n  "))
	}
	again, err := p.pretty(strings.Join(pretty, "\n"))
	require.NoError(t, err)
	require.Equal(t, st, again)
}

// What a snapshot stands for is no node's, and is what was ever committed.
func TestWhatIsForgottenIsReadOfWhatWasCommitted(t *testing.T) {
	snapshots := strings.NewReplacer(`]>>>>, <<0, 0>>, `, `]>>>>, <<0, 1>>, `, `snapshot |-> 0, commit |-> 1`, `snapshot |-> 1, commit |-> 1`,
		`\"NoOp\"`, `\"Command\"`, `{[from |-> 2, to |-> 1, type |-> \"AppendEntriesResponse\", term |-> 1, success |-> FALSE`,
		`{[from |-> 2, to |-> 1, type |-> \"InstallSnapshot\", term |-> 1, lastIndex |-> 1, lastTerm |-> 1, covers |-> <<[term |-> 1, value |-> \"Command\"]>>], `+
			`[from |-> 2, to |-> 1, type |-> \"AppendEntriesResponse\", term |-> 1, success |-> FALSE`).Replace(printedLine)
	p := NewParts()
	st, err := p.State(snapshots)
	require.NoError(t, err)
	told := p.Text(st)
	require.Contains(t, told, "2 follower term=1 vote=1 log=(1@1) [] commit=0")
	require.Contains(t, told, "pending term=1 vote=1 base=1@1 keep=1 then=[] commit=1")
	require.Contains(t, told, "in flight 2->1 InstallSnapshot term=1 last=1@1")
	again, err := p.State(p.TLA(st))
	require.NoError(t, err)
	require.Equal(t, st, again)
	for name, change := range map[string]struct{ old, new string }{
		"never committed":           {`value |-> \"Command\"], at`, `value |-> \"NoOp\"], at`},
		"more than was committed":   {`covers |-> <<`, `covers |-> <<[term |-> 1, value |-> \"Command\"], `},
		"a snapshot of less":        {`lastIndex |-> 1, lastTerm |-> 1, covers`, `lastIndex |-> 2, lastTerm |-> 1, covers`},
		"a snapshot behind the log": {`<<0, 1>>, <<[log`, `<<0, 2>>, <<[log`},
	} {
		require.Contains(t, snapshots, change.old, name)
		_, err := NewParts().State(strings.Replace(snapshots, change.old, change.new, 1))
		require.ErrorIs(t, err, ErrValue, name)
	}
}
