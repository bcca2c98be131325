package tidy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// dependenciesPath is the document that says why each dependency is there.
const dependenciesPath = "docs/dependencies.md"

// listedModule matches a line of the document's list of modules.
var listedModule = regexp.MustCompile("^- `([^`]+)`")

// Dependencies finds modules that the code imports or go.mod requires directly
// and dependenciesPath does not explain, and explanations of modules that are gone.
func Dependencies(t *Tree) []Finding {
	required, direct := t.requirements()
	explained := t.explainedModules()
	var findings []Finding
	for _, module := range required {
		if isDirect := slices.Contains(direct, module) || t.imports(module); isDirect && !slices.Contains(explained, module) {
			findings = append(findings, Finding{Path: "go.mod", Message: fmt.Sprintf(
				"%s has no line in %s: say why this one and who keeps it", module, dependenciesPath)})
		}
	}
	for _, module := range explained {
		if !slices.Contains(required, module) {
			findings = append(findings, Finding{Path: dependenciesPath, Message: fmt.Sprintf(
				"%s is not required by go.mod: drop its line", module)})
		}
	}
	return findings
}

// requirements are the modules in go.mod, and those not marked as indirect.
func (t *Tree) requirements() (all, direct []string) {
	block := ""
	for line := range strings.Lines(t.text("go.mod")) {
		words := strings.Fields(line)
		switch {
		case len(words) == 2 && words[1] == "(":
			block = words[0]
			continue
		case len(words) > 0 && words[0] == ")":
			block = ""
		case len(words) > 2 && words[0] == "require":
			words = words[1:]
		case block != "require":
			continue
		}
		if len(words) >= 2 && strings.HasPrefix(words[1], "v") {
			all = append(all, words[0])
			if !slices.Contains(words, "indirect") {
				direct = append(direct, words[0])
			}
		}
	}
	return all, direct
}

// imports reports whether a Go file imports a package of module.
func (t *Tree) imports(module string) bool {
	for _, f := range t.source() {
		for _, spec := range f.Syntax.Imports {
			if name := imported(spec); name == module || strings.HasPrefix(name, module+"/") {
				return true
			}
		}
	}
	return false
}

// explainedModules are the entries under the document's heading Modules.
func (t *Tree) explainedModules() []string {
	var modules []string
	inSection := false
	for line := range strings.Lines(t.text(dependenciesPath)) {
		if strings.HasPrefix(line, "#") {
			inSection = strings.TrimSpace(line) == "## Modules"
		}
		if match := listedModule.FindStringSubmatch(line); inSection && match != nil {
			modules = append(modules, match[1])
		}
	}
	return modules
}
