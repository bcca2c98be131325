package ground_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/spec/check/tlc/tlctest"
	"github.com/eventstreamcore/semel/spec/ground"
	"github.com/eventstreamcore/semel/spec/tla"
)

const specDir = ".."

func jar(t testing.TB) string { return tlctest.Jar(t, filepath.Join("..", "..")) }

var (
	modules     sync.Map
	moduleMutex sync.Mutex
)

// module returns a module of a folder as SANY reads it, which takes a second; once.
func module(t testing.TB, folder, name string) *tla.Module {
	t.Helper()
	moduleMutex.Lock()
	defer moduleMutex.Unlock()
	if m, ok := modules.Load(folder + name); ok {
		return m.(*tla.Module)
	}
	m, err := tla.Load(t.Context(), jar(t), folder, name)
	require.NoError(t, err)
	modules.Store(folder+name, m)
	return m
}

// configured returns a module with the constants of a .cfg, and changes to them: each a line of a .cfg.
func configured(t testing.TB, folder, name, cfg string, lines ...string) *ground.Spec {
	t.Helper()
	text, err := os.ReadFile(cfg)
	require.NoError(t, err)
	c, err := ground.ParseConfig(string(text) + "\nCONSTANTS\n" + strings.Join(lines, "\n"))
	require.NoError(t, err)
	s, err := ground.New(module(t, folder, name), c)
	require.NoError(t, err)
	return s
}

func value(t testing.TB, text string) ground.Value {
	t.Helper()
	v, err := ground.ParseValue(text)
	require.NoError(t, err)
	return v
}
