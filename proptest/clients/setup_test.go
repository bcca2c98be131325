package clients_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is driven. docs/redis.md names the same versions.
const (
	redisPy   = "8.1.0"
	redisPy7  = "7.4.1"
	redisPy5  = "5.3.1" // the last before clients repeated by default
	nodeRedis = "6.3.1"
	ioredis   = "6.0.0"

	redisCLIOfDebian = "7.0.15" // in CI; what is installed is driven
)

// needs ends the test if a client can't be had: where CI=true it fails, elsewhere it says so.
func needs(t *testing.T, err error) {
	t.Helper()
	if err != nil && os.Getenv("CI") != "true" {
		t.Skip("NOT CHECKED: ", err)
	}
	require.NoError(t, err)
}

// program returns the path of a program of this machine.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	needs(t, err)
	return path
}

// python returns the interpreter of a virtual environment with a version of redis-py.
func python(t *testing.T, version string) string {
	t.Helper()
	folder := installed(t, "redis-py-"+version, func(folder string) error {
		inside := filepath.Join(folder, "bin", "python")
		return errors.Join(
			command(program(t, "python3"), "-m", "venv", folder),
			command(inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "redis=="+version))
	})
	return filepath.Join(folder, "bin", "python")
}

// nodeModules returns the folder with node-redis and ioredis.
func nodeModules(t *testing.T) string {
	t.Helper()
	folder := installed(t, "node-redis-"+nodeRedis+"-ioredis-"+ioredis, func(folder string) error {
		return command(program(t, "npm"), "install", "--prefix", folder, "--no-save", "--no-audit", "--no-fund", "--ignore-scripts",
			"--loglevel", "error", "redis@"+nodeRedis, "ioredis@"+ioredis)
	})
	return filepath.Join(folder, "node_modules")
}

// installed returns the folder build/clients/name; fill makes it where it is not there yet, in a
// folder that is renamed when it is whole. Of two runs at once the first is kept.
func installed(t *testing.T, name string, fill func(folder string) error) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", "..", "build", "clients"))
	require.NoError(t, err)
	folder := filepath.Join(root, name)
	if _, err := os.Stat(folder); err == nil {
		return folder
	}
	require.NoError(t, os.MkdirAll(root, 0o755))
	draft := fmt.Sprintf("%s.draft-%d", folder, os.Getpid()) // beside it, so that it can be renamed
	require.NoError(t, os.Mkdir(draft, 0o755))
	defer func() { _ = os.RemoveAll(draft) }()
	needs(t, fill(draft))
	if err := os.Rename(draft, folder); err != nil {
		_, err = os.Stat(folder)
		require.NoError(t, err)
	}
	return folder
}

func command(name string, args ...string) error {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %v: %w\n%s", filepath.Base(name), args, err, out)
	}
	return nil
}
