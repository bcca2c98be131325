package tidy

import "slices"

// Mutants finds packages with seeded bugs (a file that only the build tag
// mutants takes in) and no test under that tag, which alone could catch them.
// `make mutants` runs every package that has such a test.
func Mutants(t *Tree) []Finding {
	var seeded, tested []string
	for _, f := range t.source() {
		switch onlyMutants := builds(f.Syntax, []string{"mutants"}) && !builds(f.Syntax, nil); {
		case onlyMutants && f.isTest():
			tested = append(tested, f.room())
		case onlyMutants && !slices.Contains(seeded, f.room()):
			seeded = append(seeded, f.room())
		}
	}
	var findings []Finding
	for _, folder := range seeded {
		if !slices.Contains(tested, folder) {
			findings = append(findings, Finding{Path: folder, Message: "has seeded bugs and no test that catches them: " +
				"add a _test.go file under //go:build mutants"})
		}
	}
	return findings
}
