package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"time"
)

// patience is how long one fault may take: what goes round in a circle is noticed by that.
const patience = 3 * time.Minute

// pool is the programs that try faults side by side: a switch is one for a whole process.
type pool struct {
	program, root string
	arguments     []string
	size          int
}

// tryAll tries the faults, tells each result and returns all, by ID.
func tryAll(ctx context.Context, p pool, faults []Fault, tell func(Fault, found)) map[int]found {
	queue := make(chan Fault)
	results := make(chan found)
	var workers sync.WaitGroup
	for range p.size {
		workers.Go(func() {
			var w worker
			defer w.stop()
			for f := range queue {
				r, ok := w.try(ctx, p, f)
				if ok {
					results <- r
				}
			}
		})
	}
	go func() {
		defer close(results)
		for _, f := range faults {
			queue <- f
		}
		close(queue)
		workers.Wait()
	}()
	all := map[int]found{}
	for r := range results {
		all[r.ID] = r
		tell(faults[slices.IndexFunc(faults, func(f Fault) bool { return f.ID == r.ID })], r)
	}
	return all
}

// worker is one such program; it is started when it is needed and again after it ended.
type worker struct {
	cmd     *exec.Cmd
	in      *json.Encoder
	answers *bufio.Scanner
	cancel  context.CancelFunc
}

func (w *worker) start(ctx context.Context, p pool) error {
	ctx, w.cancel = context.WithCancel(ctx)
	w.cmd = exec.CommandContext(ctx, p.program, append([]string{"-try"}, p.arguments...)...)
	w.cmd.Dir, w.cmd.Stderr = p.root, os.Stderr
	in, err := w.cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	w.in, w.answers = json.NewEncoder(in), bufio.NewScanner(out)
	if err := w.cmd.Start(); err != nil {
		return err
	}
	r, ok := w.answer()
	if !ok || r.By != ready {
		return errors.New("the program over the altered source does not come up")
	}
	return nil
}

func (w *worker) answer() (r found, ok bool) {
	return r, w.answers.Scan() && json.Unmarshal(w.answers.Bytes(), &r) == nil
}

func (w *worker) stop() {
	if w.cmd == nil {
		return
	}
	w.cancel()
	_ = w.cmd.Wait() // it was ended, which is what Wait tells
	w.cmd = nil
}

// try tries one fault. A program that ends, or that does not within patience, has noticed it;
// only one that does not come up has not tried it.
func (w *worker) try(ctx context.Context, p pool, f Fault) (found, bool) {
	if w.cmd == nil {
		if err := w.start(ctx, p); err != nil {
			fmt.Fprintln(os.Stderr, "faults:", err)
			w.stop()
			return found{}, false
		}
	}
	late := time.AfterFunc(patience, w.cancel)
	defer late.Stop()
	if err := w.in.Encode(f.ID); err == nil {
		if r, ok := w.answer(); ok && r.ID == f.ID {
			return r, true
		}
	}
	ended := "the program ended"
	if !late.Stop() {
		ended = fmt.Sprintf("no end within %v", patience)
	}
	w.stop()
	return found{ID: f.ID, Model: "-", By: ended}, ctx.Err() == nil
}
