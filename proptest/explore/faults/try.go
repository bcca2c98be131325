package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/eventstreamcore/semel/proptest/explore"
)

// found is what one fault showed: in which model, and by what. Nothing for one that survives.
type found struct {
	ID    int
	Model string
	By    string
}

// ready is what the program says once it has searched all models without a fault.
const ready = "ready"

// trial says where faults are tried, and how.
type trial struct {
	root  string
	model string // the only one; empty for all that are compared with TLC
	deep  bool   // every step by nodes that never saw the codec, too
	all   bool   // also where a fault makes no difference
}

// searched is a model that was searched without a fault, and the faults that would have made a difference.
type searched struct {
	*explore.Search
	differs map[int]bool
}

// try is the program over the altered source: it reads a fault a line, tries it in all models
// and writes what it found, a line each.
func (t trial) try(in io.Reader, out io.Writer) error {
	models, err := explore.FindModels(filepath.Join(t.root, "spec", "models"))
	if err != nil {
		return err
	}
	if t.model != "" {
		models = slices.DeleteFunc(models, func(m *explore.Model) bool { return m.Name != t.model })
	}
	clean, err := searchAll(models)
	if err != nil {
		return err
	}
	if told := clean[0].Deviation(t.deep); told != "" {
		return fmt.Errorf("%s, without a fault, differs from itself: %s", clean[0].Model().Name, told)
	}
	answers := json.NewEncoder(out)
	if err := answers.Encode(found{By: ready}); err != nil {
		return err
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		var f found
		if _, err := fmt.Sscan(lines.Text(), &f.ID); err != nil {
			return err
		}
		setFault(f.ID)
		for _, s := range clean {
			if !t.all && !s.differs[f.ID] {
				continue
			}
			if f.By = s.Deviation(t.deep); f.By != "" {
				f.Model = s.Model().Name
				break
			}
		}
		setFault(0)
		if err := answers.Encode(f); err != nil {
			return err
		}
	}
	return nil
}

// searchAll returns the searches of the models without a fault, the smallest first.
func searchAll(models []*explore.Model) ([]searched, error) {
	setFault(0)
	var clean []searched
	for _, m := range models {
		s := explore.NewSearch(m, explore.NewParts())
		record()
		err := s.Run()
		differs := recorded()
		if err != nil {
			return nil, fmt.Errorf("%s, without a fault: %w", m.Name, err)
		}
		clean = append(clean, searched{s, differs})
	}
	slices.SortFunc(clean, func(a, b searched) int { return a.States() - b.States() })
	return clean, nil
}
