// Package report has what the commands of spec share: where the repository is, the tables that they write into spec/README.md, and
// how they say that nothing was checked.
package report

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Root returns the nearest folder with a go.mod, from the working folder up.
func Root() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no go.mod from here up; name the root with -root")
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}

// WriteTable replaces what stands in the file between the lines <!-- name: begin --> and <!-- name: end -->.
func WriteTable(path, name, table string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text, err := replaced(string(content), name, table)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

func replaced(text, name, table string) (string, error) {
	begin, end := "<!-- "+name+": begin -->", "<!-- "+name+": end -->"
	before, rest, hasBegin := strings.Cut(text, begin)
	_, after, hasEnd := strings.Cut(rest, end)
	if !hasBegin || !hasEnd {
		return "", fmt.Errorf("no lines %q and %q to write the table between", begin, end)
	}
	return before + begin + "\n\n" + strings.TrimSpace(table) + "\n\n" + end + after, nil
}

// NotRun says, so that nobody overlooks it, that nothing ran: what is a sentence about that in capitals.
func NotRun(w io.Writer, what string, why error) {
	bar := strings.Repeat("!", 72)
	fmt.Fprintf(w, "%s\n!!\n!!   %s\n!!   %s\n!!\n%s\n", bar, what, strings.ReplaceAll(why.Error(), "\n", "\n!!   "), bar)
}
