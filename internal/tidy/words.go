package tidy

import (
	"regexp"
	"strings"
)

// unfinished matches the marks of work put off. Written in parts, so that this
// file is not a finding.
var unfinished = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)

// machinePath matches folders that only the machines have that this repository
// was written on, not the end of a longer path such as docs/work/.
var machinePath = regexp.MustCompile(`(?:^|[^\w.*})-])(/(?:work|root|farm)(?:[/\s]|$)|/tmp/bash_` + `jobs)`)

// Words finds, in any text file, marks of unfinished work (an issue is the place
// for it) and paths that exist on one machine only.
func Words(t *Tree) []Finding {
	var findings []Finding
	for _, f := range t.Files {
		for i, line := range strings.Split(f.Text, "\n") {
			if mark := unfinished.FindString(line); mark != "" {
				findings = append(findings, Finding{f.Path, i + 1, mark + ": finish it, or open an issue and drop the mark"})
			}
			if match := machinePath.FindStringSubmatch(line); match != nil {
				findings = append(findings, Finding{f.Path, i + 1, strings.TrimSpace(match[1]) +
					" is a folder of one machine: use a relative path or a temporary folder"})
			}
		}
	}
	return findings
}
