package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/eventstreamcore/semel/spec/check/tlc"
)

// What there is to check stands in three places: every operator of RaftProperties that has
// no parameters; those of one part of MCRaft, which speak of what only models have; and those
// of the same part of a module that models run, which speak of the models of that module.
const (
	propertiesModule = "RaftProperties.tla"
	modelsModule     = "MCRaft.tla"
	modelsPart       = "(* What must hold of a model"
	endOfPart        = "\n-----"
)

// readChecks returns what there is to check of every model, so that nobody lists it in a .cfg.
func readChecks(dir string) (tlc.Checks, error) {
	properties, err := os.ReadFile(filepath.Join(dir, propertiesModule))
	if err != nil {
		return tlc.Checks{}, err
	}
	models, err := os.ReadFile(filepath.Join(dir, modelsModule))
	if err != nil {
		return tlc.Checks{}, err
	}
	part, found := ofModels(string(models))
	if !found {
		return tlc.Checks{}, fmt.Errorf("%s has no part that begins with %q", modelsModule, modelsPart)
	}
	return tlc.ReadChecks(string(properties)).With(part), nil
}

// checksOf returns what there is to check of the models of one module, beside that: nothing, unless it
// says so. A module that is not there is TLC's to complain of.
func checksOf(dir, module string) (tlc.Checks, error) {
	if module+".tla" == modelsModule {
		return tlc.Checks{}, nil
	}
	text, err := os.ReadFile(filepath.Join(dir, module+".tla"))
	if errors.Is(err, fs.ErrNotExist) {
		return tlc.Checks{}, nil
	}
	part, _ := ofModels(string(text))
	return part, err
}

// ofModels returns the checks in the part of a module that says what must hold of models.
func ofModels(text string) (checks tlc.Checks, found bool) {
	_, part, found := strings.Cut(text, modelsPart)
	if !found {
		return tlc.Checks{}, false
	}
	part, _, _ = strings.Cut(part, endOfPart)
	return tlc.ReadChecks(modelsPart + part), true
}

// writeConfig writes the .cfg that TLC reads: the model's own, and behind it the lists of
// what is checked, and more. It returns its path, in folder.
func writeConfig(folder string, m tlc.Model, more string) (string, error) {
	own, err := os.ReadFile(m.Config)
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, filepath.Base(m.Config))
	return path, os.WriteFile(path, []byte(whole(string(own), m)+more), 0o600)
}

func whole(own string, m tlc.Model) string {
	return strings.TrimRight(own, "\n") + "\n" + m.Lists()
}
