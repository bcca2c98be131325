package smt

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// BinaryVariable names the environment variable whose value, a path, replaces the solver that Binary would find.
const BinaryVariable = "Z3"

// Version is the release that this package asks for. What another one proves is proved, too; whether it finds it, nobody has tried.
const Version = "5.4.1"

// wheel is the package of Python's index in which that binary comes.
const wheel = "z3-solver==5.4.1.0"

// ErrUnavailable is returned when this machine has no solver and no way to fetch one.
var ErrUnavailable = errors.New("z3 can't be run here")

// Binary returns the path of z3: the value of Z3, or build/z3/bin/z3 under root, where pip puts it, in an environment of its own, when it is
// absent. It returns ErrUnavailable.
func Binary(root string) (string, error) {
	if path := os.Getenv(BinaryVariable); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("%w: %s: %w", ErrUnavailable, BinaryVariable, err)
		}
		return filepath.Abs(path)
	}
	folder, err := filepath.Abs(filepath.Join(root, "build", "z3"))
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "bin", "z3")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := fetch(folder); err != nil {
			return "", err
		}
	}
	return path, rightVersion(path)
}

// fetch has pip make the folder beside its place and then moves it there: whoever looks meanwhile, as other tests do in a fresh clone, finds
// all of it or nothing.
func fetch(folder string) error {
	if _, err := exec.LookPath("python3"); err != nil {
		return fmt.Errorf("%w: no python3 in PATH to fetch %s; install Python 3 with venv, or set %s", ErrUnavailable, wheel, BinaryVariable)
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o777); err != nil {
		return err
	}
	beside, err := os.MkdirTemp(filepath.Dir(folder), "z3-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(beside)
	for _, args := range [][]string{
		{"python3", "-m", "venv", beside},
		{filepath.Join(beside, "bin", "pip"), "install", "-q", wheel},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s: %w\n%s", ErrUnavailable, strings.Join(args, " "), err, out)
		}
	}
	err = os.Rename(beside, folder)
	if _, missing := os.Stat(filepath.Join(folder, "bin", "z3")); missing != nil { // neither this process's nor that of one that was faster
		return fmt.Errorf("%w: remove %s, in which there is none: %w", ErrUnavailable, folder, errors.Join(missing, err))
	}
	return nil
}

func rightVersion(path string) error {
	out, err := exec.Command(path, "--version").Output()
	if err != nil {
		return fmt.Errorf("%w: %s --version: %w", ErrUnavailable, path, err)
	}
	if !strings.Contains(string(out), "version "+Version) {
		return fmt.Errorf("%s is %q, expected version %s: remove its folder to fetch it again", path, strings.TrimSpace(string(out)), Version)
	}
	return nil
}
