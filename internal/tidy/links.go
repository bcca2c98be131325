package tidy

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"
)

// link matches [text](target) and [text](target "title"); the target is group 1.
var link = regexp.MustCompile(`\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)`)

// elsewhere matches a target with a scheme, such as https: or mailto:.
var elsewhere = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*:`)

// Links finds links of Markdown documents to files and folders that are not
// there. Links to other sites are not followed; code blocks and code spans are no links.
func Links(t *Tree) []Finding {
	var findings []Finding
	for _, f := range t.Files {
		if path.Ext(f.Path) != ".md" {
			continue
		}
		for i, line := range prose(f.Text) {
			for _, match := range link.FindAllStringSubmatch(line, -1) {
				if target, ok := localTarget(f.room(), match[1]); ok && !t.exists(target) {
					findings = append(findings, Finding{f.Path, i + 1, fmt.Sprintf("link to %s, which is not there", match[1])})
				}
			}
		}
	}
	return findings
}

// localTarget resolves a link against the folder of its document; a leading
// slash means the root, as code hosts read it. ok is false for links elsewhere.
func localTarget(folder, target string) (resolved string, ok bool) {
	if elsewhere.MatchString(target) || strings.HasPrefix(target, "#") {
		return "", false
	}
	target, _, _ = strings.Cut(target, "#")
	if plain, err := url.PathUnescape(target); err == nil {
		target = plain
	}
	if rooted, isRooted := strings.CutPrefix(target, "/"); isRooted {
		return path.Clean(rooted), true
	}
	return path.Join(folder, target), true
}

var codeSpan = regexp.MustCompile("`[^`]*`")

// prose is the lines of a document with its code left out.
func prose(text string) []string {
	lines := strings.Split(text, "\n")
	fenced := false
	for i, line := range lines {
		fence := strings.HasPrefix(strings.TrimSpace(line), "```")
		if fence {
			fenced = !fenced
		}
		if fence || fenced {
			line = ""
		}
		lines[i] = codeSpan.ReplaceAllString(line, "")
	}
	return lines
}
