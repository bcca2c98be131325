// Goal: a .cfg says what it is for, or is refused.
// Method: a table of declarations, right and wrong.
package tlc

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const declaration = `\* module: MCRaft
\* shows: two writes pending while nodes crash
\* bounds: 2 nodes, T2 L2 P2 C1
\* expect: CommittedIsDurable
\* mutant: reply-rides-early
\* never: Lose, Restart
\* fast: yes
\* timeout: 120

\* mutant: not in the head any more
SPECIFICATION MCSpec
INVARIANTS TypeOK CommittedIsDurable \* and not: Ghost
  BoundsHold
CONSTANTS Quorum <- Some
PROPERTY MonotonicTerm (* nor
  Phantom *)
SYMMETRY Sym
INVARIANT PrintState
`

func TestADeclarationIsRead(t *testing.T) {
	m, err := ParseModel(written(t, declaration))
	require.NoError(t, err)
	require.Equal(t, Model{
		Name: "some-model", Config: m.Config, Module: "MCRaft",
		Shows:  "two writes pending while nodes crash",
		Bounds: "2 nodes, T2 L2 P2 C1", Expect: "CommittedIsDurable", Mutant: "reply-rides-early",
		Never: []string{"Lose", "Restart"}, Fast: true, Timeout: 2 * time.Minute,
		Invariants: []string{"TypeOK", "CommittedIsDurable", "BoundsHold", "PrintState"},
		Properties: []string{"MonotonicTerm"},
	}, m)
	require.True(t, m.MustFail())
}

func TestAWrongDeclarationIsRefused(t *testing.T) {
	for name, change := range map[string]struct{ old, new, says string }{
		"no module":         {"module: MCRaft", "MCRaft", `no line "\* module: …"`},
		"no expectation":    {`\* expect`, `expect`, `no line "\* expect: …"`},
		"empty":             {"two writes pending while nodes crash", "", `"shows" is empty`},
		"twice":             {"mutant:", "bounds:", `"bounds" is declared twice`},
		"misspelt":          {"never:", "nevre:", `"nevre" is no key`},
		"no seconds":        {"120", "2m", `timeout is "2m"`},
		"expects unchecked": {"expect: Com", "expect: UnCom", "expects UnCommittedIsDurable to be violated, but checks no such"},
		"list and line":     {`\* fast`, "\\* checks: all\n\\* fast", "and a list of its own"},
		"some checks":       {`\* fast`, "\\* checks: allmost\n\\* fast", `checks is "allmost", expected "all"`},
		"only a comment":    {"expect: CommittedIsDurable", "expect: Ghost", "checks no such"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseModel(written(t, strings.Replace(declaration, change.old, change.new, 1)))
			require.ErrorIs(t, err, ErrModel)
			require.ErrorContains(t, err, change.says)
		})
	}
}

func TestAWrongJarIsRefusedAndRemoved(t *testing.T) {
	path := written(t, "not a jar")
	err := verify(path, jarSHA256)
	require.ErrorIs(t, err, ErrWrongJar)
	require.NoFileExists(t, path)
}

func TestWithoutJavaTLCIsUnavailable(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := Jar(".")
	require.ErrorIs(t, err, ErrUnavailable)
	require.ErrorContains(t, err, "no java")
}

func written(t *testing.T, content string) string {
	path := filepath.Join(t.TempDir(), "some-model.cfg")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	return path
}
