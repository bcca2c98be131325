package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/eventstreamcore/semel/spec/check/tlc"
)

// What there is to check stands in two places: every operator of RaftProperties that has
// no parameters, and those of one part of MCRaft, which speak of what only models have.
const (
	propertiesModule = "RaftProperties.tla"
	modelsModule     = "MCRaft.tla"
	modelsPart       = "(* What must hold of a model"
	endOfPart        = "\n-----"
)

// readChecks returns all that there is to check, so that nobody lists it in a .cfg.
func readChecks(dir string) (tlc.Checks, error) {
	properties, err := os.ReadFile(filepath.Join(dir, propertiesModule))
	if err != nil {
		return tlc.Checks{}, err
	}
	models, err := os.ReadFile(filepath.Join(dir, modelsModule))
	if err != nil {
		return tlc.Checks{}, err
	}
	_, part, found := strings.Cut(string(models), modelsPart)
	if !found {
		return tlc.Checks{}, fmt.Errorf("%s has no part that begins with %q", modelsModule, modelsPart)
	}
	part, _, _ = strings.Cut(part, endOfPart)
	return tlc.ReadChecks(string(properties)).With(tlc.ReadChecks(modelsPart + part)), nil
}

// writeConfig writes the .cfg that TLC reads: the model's own, and behind it the lists of
// what is checked. It returns its path, in folder.
func writeConfig(folder string, m tlc.Model) (string, error) {
	own, err := os.ReadFile(m.Config)
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, filepath.Base(m.Config))
	return path, os.WriteFile(path, []byte(whole(string(own), m)), 0o600)
}

func whole(own string, m tlc.Model) string {
	return strings.TrimRight(own, "\n") + "\n" + m.Lists()
}
