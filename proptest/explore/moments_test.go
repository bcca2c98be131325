// Goal: a model whose bounds keep it from what it is for is red.
// Method: a small model that names a moment, searched as it is and with the step to it forbidden; the models that ship.
package explore

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAMomentThatNeverComesIsRed(t *testing.T) {
	m := model(t, "snapshot")
	m.Reaches = []string{"Installed"}
	s := searched(t, m)
	require.NoError(t, s.Reached())

	m.Explored, m.Limit = s.States(), time.Hour
	require.NoError(t, NewSearch(m, NewParts()).Explore(t.Context()))
	m.Reaches = []string{"Installed", "InstalledJoint"}
	require.ErrorIs(t, NewSearch(m, NewParts()).Explore(t.Context()), ErrUnreached)

	without := NewSearch(m, NewParts())
	without.sabotage = func(o *outcome) bool { return o.action.Name != "HandleInstallSnapshot" }
	require.NoError(t, without.Run())
	require.ErrorIs(t, without.Reached(), ErrUnreached)
	require.ErrorContains(t, without.Reached(), "Installed, InstalledJoint")
}

func TestWhatIsNoMomentIsRefused(t *testing.T) {
	whole, err := os.ReadFile("testdata/commit.cfg")
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "some.cfg")
	require.NoError(t, os.WriteFile(path, append([]byte("\\* reaches: TwoLeaders, Instaled\n"), whole...), 0o600))
	_, err = ParseModel(path)
	require.ErrorIs(t, err, ErrModel)
	require.ErrorContains(t, err, `reaches "Instaled", which is no moment`)
}

func TestEveryMomentIsNamedByAModel(t *testing.T) {
	compared, err := FindModels(filepath.Join(specDir, "models"))
	require.NoError(t, err)
	explored, err := FindExplored(filepath.Join(specDir, "models"))
	require.NoError(t, err)
	var named []string
	for _, m := range append(compared, explored...) {
		named = append(named, m.Reaches...)
		require.False(t, strings.HasPrefix(m.Name, "member") && m.Parity != "" && len(m.Reaches) == 0, "%s says nothing of what it is for", m.Name)
	}
	slices.Sort(named)
	require.Equal(t, slices.Sorted(maps.Keys(moments)), slices.Compact(named))
}
