package tidy

import (
	"errors"
	"go/ast"
	"go/build/constraint"
	"go/importer"
	"go/types"
	"path"
	"slices"
)

// buildTags are the sets of tags that the core is built with. A file that only
// one of them takes in is still checked.
var buildTags = [][]string{nil, {"mutants"}}

// MapRanges finds `range` over a map in the core: Go draws its order, so two
// replicas would differ. Type-checking is needed to know a map from a slice;
// code that does not type-check is a finding, for it was not looked at.
func MapRanges(t *Tree) []Finding {
	var findings []Finding
	for _, tags := range buildTags {
		c := checker{tree: t, tags: tags, library: importer.ForCompiler(t.fset, "source", nil), known: map[string]*types.Package{}}
		for _, folder := range coreRooms {
			c.check(folder)
		}
		findings = append(findings, c.findings...)
	}
	findings = append(findings, t.unbuilt()...)
	slices.SortFunc(findings, compareFindings)
	return slices.Compact(findings)
}

// unbuilt finds files of the core that no set of tags takes in: nothing checked them.
func (t *Tree) unbuilt() []Finding {
	var findings []Finding
	for _, f := range t.core() {
		if !slices.ContainsFunc(buildTags, func(tags []string) bool { return builds(f.Syntax, tags) }) {
			findings = append(findings, Finding{Path: f.Path, Message: "the core builds alike on every machine: " +
				"the only build tag it knows is mutants"})
		}
	}
	return findings
}

// checker type-checks rooms of a tree from source. It is the types.Importer of
// the packages it checks.
type checker struct {
	tree     *Tree
	tags     []string
	library  types.Importer
	known    map[string]*types.Package // by folder
	findings []Finding
}

// Import serves the core's rooms from the tree and the rest from the standard library.
func (c *checker) Import(name string) (*types.Package, error) {
	if folder, ours := c.tree.ours(name); ours {
		return c.check(folder), nil
	}
	return c.library.Import(name)
}

func (c *checker) check(folder string) *types.Package {
	if pkg, ok := c.known[folder]; ok {
		return pkg
	}
	c.known[folder] = types.NewPackage(c.tree.Module+"/"+folder, path.Base(folder)) // stops an import cycle
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	config := types.Config{Importer: c}
	files := c.files(folder)
	pkg, err := config.Check(c.tree.Module+"/"+folder, c.tree.fset, files, info)
	c.report(err)
	c.known[folder] = pkg
	if slices.Contains(coreRooms, folder) {
		c.findRanges(files, info)
	}
	return pkg
}

func (c *checker) report(err error) {
	var broken types.Error
	if errors.As(err, &broken) {
		c.findings = append(c.findings, c.tree.at(broken.Pos, "does not type-check with tags %v: %s", c.tags, broken.Msg))
	}
}

func (c *checker) files(folder string) []*ast.File {
	var files []*ast.File
	for _, f := range c.tree.source() {
		if f.room() == folder && !f.isTest() && builds(f.Syntax, c.tags) {
			files = append(files, f.Syntax)
		}
	}
	return files
}

// builds evaluates the file's //go:build line; a tag that is not in tags is false.
func builds(file *ast.File, tags []string) bool {
	for _, group := range file.Comments {
		for _, line := range group.List {
			if group.Pos() > file.Package || !constraint.IsGoBuild(line.Text) {
				continue
			}
			expr, err := constraint.Parse(line.Text)
			return err == nil && expr.Eval(func(tag string) bool { return slices.Contains(tags, tag) })
		}
	}
	return true
}

func (c *checker) findRanges(files []*ast.File, info *types.Info) {
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if loop, ok := n.(*ast.RangeStmt); ok && mayBeMap(info.TypeOf(loop.X)) {
				c.findings = append(c.findings, c.tree.at(loop.Pos(),
					"the core does not range over a map, whose order differs from run to run: range over a sorted slice"))
			}
			return true
		})
	}
}

// mayBeMap also looks into the constraint of a type parameter.
func mayBeMap(t types.Type) bool {
	if t == nil {
		return false // did not type-check, which is reported
	}
	switch u := t.Underlying().(type) {
	case *types.Map:
		return true
	case *types.Interface:
		return slices.ContainsFunc(slices.Collect(u.EmbeddedTypes()), mayBeMap)
	case *types.Union:
		return slices.ContainsFunc(slices.Collect(u.Terms()), func(term *types.Term) bool { return mayBeMap(term.Type()) })
	}
	return false
}
