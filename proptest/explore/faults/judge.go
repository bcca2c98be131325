package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

// known are the faults that survive all models, each with the reason why that is right: a
// paragraph begins with the reason, a line each fault is indented.
//
//go:embed survivors.txt
var known string

// survivors reads such a list: the reason by fault.
func survivors(text string) (map[string]string, error) {
	reasons := map[string]string{}
	reason := ""
	inReason := false
	for _, line := range strings.Split(text, "\n") {
		name, fault := strings.CutPrefix(line, "\t")
		switch {
		case strings.HasPrefix(line, "#"):
		case line == "":
			reason, inReason = "", false
		case !fault && inReason:
			reason += " " + line
		case !fault && reason == "":
			reason, inReason = line, true
		case !fault:
			return nil, fmt.Errorf("%q: a reason begins a paragraph", line)
		case reason == "":
			return nil, fmt.Errorf("%q has no reason", name)
		case reasons[name] != "":
			return nil, fmt.Errorf("%q is listed twice", name)
		default:
			reasons[name], inReason = reason, false
		}
	}
	return reasons, nil
}

// judge compares what was found with the list; it returns what is wrong.
func judge(faults []Fault, results map[int]found, reasons map[string]string) []string {
	var wrong []string
	listed := map[string]bool{}
	for _, f := range faults {
		result, tried := results[f.ID]
		reason := reasons[f.Name]
		listed[f.Name] = true
		switch {
		case !tried:
			wrong = append(wrong, "was not tried: "+f.Name)
		case result.By == "" && reason == "":
			wrong = append(wrong, "survives all models: "+f.Name)
		case result.By != "" && reason != "":
			wrong = append(wrong, fmt.Sprintf("is listed as a survivor (%s) and shows in %s, by %s: %s", reason, result.Model, result.By, f.Name))
		}
	}
	for name := range reasons {
		if !listed[name] {
			wrong = append(wrong, "is listed and is no fault of the source as it is: "+name)
		}
	}
	slices.Sort(wrong)
	return wrong
}
