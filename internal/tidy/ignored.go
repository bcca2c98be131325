package tidy

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// ignoreRule is one line of the root's .gitignore.
type ignoreRule struct {
	pattern    string // of path.Match; segments are those of a path from the root
	anywhere   bool   // the pattern may begin in any folder
	folderOnly bool
}

// readIgnored reads the root's .gitignore, so that what is no part of the repository
// is written down in one place. Only the part of Git's language that it uses is known.
func readIgnored(fsys fs.FS) ([]ignoreRule, error) {
	text, err := fs.ReadFile(fsys, ".gitignore")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var rules []ignoreRule
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		rule, err := parseIgnored(line)
		if err != nil {
			return nil, err
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

func parseIgnored(line string) (ignoreRule, error) {
	pattern, folderOnly := strings.CutSuffix(line, "/")
	pattern, anywhere := strings.CutPrefix(pattern, "**/")
	if !strings.Contains(pattern, "/") {
		anywhere = true // as Git reads it: without a slash a pattern is a name in any folder, with one it begins at the root
	}
	pattern = strings.TrimPrefix(pattern, "/")
	if _, err := path.Match(pattern, ""); err != nil || pattern == "" || strings.ContainsAny(pattern[:1], `!\`) || strings.Contains(pattern, "**") {
		return ignoreRule{}, fmt.Errorf(".gitignore: %q: want a plain pattern, with ** at most as the first folder", line)
	}
	return ignoreRule{pattern, anywhere, folderOnly}, nil
}

// ignores reports whether Git ignores name. Who asks descends from the root, and not into folders that are ignored.
func (t *Tree) ignores(name string, folder bool) bool {
	for _, rule := range t.ignored {
		if rule.matches(name) && (folder || !rule.folderOnly) {
			return true
		}
	}
	return false
}

func (r ignoreRule) matches(name string) bool {
	if r.anywhere {
		all, segments := strings.Split(name, "/"), strings.Count(r.pattern, "/")+1
		name = strings.Join(all[max(0, len(all)-segments):], "/")
	}
	matches, _ := path.Match(r.pattern, name) // a pattern that is malformed was refused
	return matches
}
