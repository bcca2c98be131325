package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/eventstreamcore/semel/spec/check/tlc"
)

// loadModels reads every declaration under dir, and what each checks: models that must
// pass, then those that must fail. All faults are returned at once.
func loadModels(dir string) ([]tlc.Model, error) {
	checks, err := readChecks(dir)
	if err != nil {
		return nil, err
	}
	clean, cleanErr := loadFolder(filepath.Join(dir, "models"), func(m tlc.Model) error {
		if m.MustFail() || m.Mutant != "" {
			return errors.New("a model that fails, or has a mutant, belongs in mutants/")
		}
		if m.Explored > 0 && (len(m.Never) > 0 || m.Fast || m.States > 0) {
			return errors.New("TLC does not run a model that is explored: never, fast and states mean nothing there")
		}
		if len(m.Reaches) > 0 && m.Explored == 0 && m.Parity == "" {
			return errors.New("what a model reaches is looked at by the explorer, and it searches this one neither alone nor to compare")
		}
		if m.Explored == 0 && m.States == 0 {
			return errors.New(`a model that must hold says how many states it has: "states" is missing`)
		}
		return nil
	})
	mutants, mutantErr := loadFolder(filepath.Join(dir, "mutants"), func(m tlc.Model) error {
		if m.Explored > 0 {
			return errors.New("what is explored must hold, and belongs in models/")
		}
		if len(m.Reaches) > 0 {
			return errors.New("who fails ends early: a model that reaches something belongs in models/")
		}
		if !m.MustFail() || m.Mutant == "" {
			return errors.New(`in mutants/ "expect" names a property and "mutant" a bug`)
		}
		if m.States > 0 {
			return errors.New("a model with a number of states, and holds, belongs in models/: who fails ends early")
		}
		return nil
	})
	all := append(clean, mutants...)
	err = errors.Join(cleanErr, mutantErr, uniqueNames(all))
	for k := range all {
		more, moreErr := checksOf(dir, all[k].Module)
		err = errors.Join(err, moreErr, all[k].Complete(checks.With(more)))
	}
	return all, err
}

func loadFolder(dir string, admit func(tlc.Model) error) ([]tlc.Model, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.cfg"))
	if err != nil {
		return nil, err
	}
	var models []tlc.Model
	var faults []error
	for _, path := range paths {
		m, err := tlc.ParseModel(path)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if err := admit(m); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", path, err))
		}
		models = append(models, m)
	}
	return models, errors.Join(faults...)
}

func uniqueNames(models []tlc.Model) error {
	seen := map[string]bool{}
	for _, m := range models {
		if seen[m.Name] {
			return fmt.Errorf("two models are named %q", m.Name)
		}
		seen[m.Name] = true
	}
	return nil
}
