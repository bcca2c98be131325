package reached

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/eventstreamcore/semel/spec/check/tlc"
)

// What TLC is told, so that it prints the states that are compared.
const (
	Module        = "MCRaft"
	Specification = "SPECIFICATION MCSpec"
	Prints        = "INVARIANT PrintState"
)

// Folder is where everybody keeps them, below the repository's root.
const Folder = "build/reached"

// layout is the version of what a file holds and of how the digest is taken.
const layout = "reached 1: " + Specification + ", " + Prints

// Source is what TLC reads of a model.
type Source struct {
	Model   string // its name
	Jar     string // TLC's, a path
	SpecDir string // the folder of the modules
	Config  string // path of the model's own .cfg
}

// Digest is the SHA-256 of all that, in hex; paths are not in it.
func (s Source) Digest() (string, error) {
	modules, err := filepath.Glob(filepath.Join(s.SpecDir, "*.tla"))
	if err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%d modules\n", layout, Module, len(modules))
	for _, path := range read(s.Jar, s.Config, modules) {
		if err := add(h, path); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// add writes a file's text and its length; of the path only the name of a module, which the others name it by.
func add(h hash.Hash, path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	name := ""
	if strings.HasSuffix(path, ".tla") {
		name = filepath.Base(path)
	}
	fmt.Fprintf(h, "%q %d\n", name, len(content))
	_, err = h.Write(content)
	return err
}

// keyword begins a section of a .cfg.
var (
	comment = regexp.MustCompile(`(?s)\\\*[^\n]*|\(\*.*?\*\)`)
	keyword = regexp.MustCompile(`(?m)^[ \t]*([A-Z_]{4,}\b[^\n]*)`)
)

// ErrOther is returned for a model whose run prints other states than those that are compared.
var ErrOther = errors.New("not a model whose states are compared")

// Compared returns nil where the states that TLC reaches of a model, checked as it is declared, are those that are compared with the Go
// core's: it says so, runs the module Module with Specification, has nothing in it but constants beside that, and must hold.
func Compared(m tlc.Model) error {
	text, err := os.ReadFile(m.Config)
	if err != nil {
		return err
	}
	if m.Parity == "" || m.Module != Module || m.MustFail() {
		return fmt.Errorf("%w: %s", ErrOther, m.Name)
	}
	specified := false
	for _, section := range keyword.FindAllStringSubmatch(comment.ReplaceAllString(string(text), ""), -1) {
		line := strings.Join(strings.Fields(section[1]), " ")
		switch {
		case line == Specification:
			specified = true
		case line != "CONSTANTS" && line != "CONSTANT":
			return fmt.Errorf("%w: %s has %q", ErrOther, m.Name, line)
		}
	}
	if !specified {
		return fmt.Errorf("%w: %s has no line %q of its own", ErrOther, m.Name, Specification)
	}
	return nil
}

// path is where the states of the source are kept.
func path(folder string, s Source, digest string) string {
	return filepath.Join(folder, s.Model+"-"+digest+".gz")
}

// removeOthers removes what was kept of the model when TLC read something else.
func removeOthers(folder string, s Source, digest string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	ofModel := regexp.MustCompile(`^` + regexp.QuoteMeta(s.Model) + `-[0-9a-f]{64}\.gz$`)
	for _, e := range entries {
		if ofModel.MatchString(e.Name()) && e.Name() != filepath.Base(path("", s, digest)) {
			err = errors.Join(err, os.Remove(filepath.Join(folder, e.Name())))
		}
	}
	return err
}
