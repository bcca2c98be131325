package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/eventstreamcore/semel/spec/check/reached"
	"github.com/eventstreamcore/semel/spec/check/tlc"
)

// printsOf is what a .cfg needs beside the lists for TLC to print what it reaches: nothing for a model that nobody compares.
func printsOf(m tlc.Model) string {
	if reached.Compared(m) != nil {
		return ""
	}
	return reached.Prints + "\n"
}

// runKept runs a model and keeps what TLC reaches. Where that can't be kept it says so, and no more comes of it: who compares runs TLC.
func runKept(ctx context.Context, o options, m tlc.Model, running tlc.Options, run runner, stderr io.Writer) (tlc.Result, error) {
	folder := filepath.Join(o.root, reached.Folder)
	w, err := reached.Create(folder, reached.Source{Model: m.Name, Jar: running.Jar, SpecDir: running.SpecDir, Config: m.Config})
	if err != nil {
		fmt.Fprintf(stderr, "check: %s: its states are not kept: %v\n", m.Name, err)
		return run(ctx, running)
	}
	defer w.Drop()
	running.Line = w.Line
	r, err := run(ctx, running)
	if err != nil || r.ExitCode != tlc.ExitPass {
		return r, err
	}
	if err := w.Keep(r); err != nil {
		fmt.Fprintf(stderr, "check: %s: its states are not kept: %v\n", m.Name, err)
	}
	return r, nil
}
