// Command faults alters the lines of raft/protocol that carry no name, one at a time, and
// requires that the explorer notices each in some model: by a broken property, by another
// state, by other steps or by an output that is not what the step did. What it does not
// notice is a hole in the bounds of the models, or is listed with the reason why nothing can
// be noticed (survivors.txt); an entry of that list that is noticed after all is wrong too.
//
//	go run ./proptest/explore/faults             try all; four minutes, no Java
//	go run ./proptest/explore/faults -only 'Timeout'
//	go run ./proptest/explore/faults -v          tell what notices each
//	go run ./proptest/explore/faults -model three   what that model notices by itself
//
// All faults are in one program, each behind a switch: it is built once, over an overlay of
// the source, and searches every model once without a fault. Where a fault would have made no difference in all of a model's search it is
// not tried in that model, for it can't be noticed there (note.go). Run it from the root of the
// repository. It ends with 0 if all is as listed, 1 if not.
package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"syscall"
	"time"
)

func main() {
	only := flag.String("only", "", "try the faults whose name matches this regular expression")
	verbose := flag.Bool("v", false, "tell what notices each fault")
	trying := flag.Bool("try", false, "be the program that tries faults; for the command itself, as is deep")
	t := trial{root: "."}
	flag.BoolVar(&t.deep, "deep", false, "take every step by nodes that never saw the codec, too")
	flag.BoolVar(&t.all, "all", false, "try each fault also in the models in which it makes no difference; takes twice as long")
	flag.StringVar(&t.model, "model", "", "try in the model of this name alone")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	var err error
	if *trying {
		err = t.try(os.Stdin, os.Stdout)
	} else {
		err = run(ctx, *only, t, *verbose)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, only string, t trial, verbose bool) error {
	pattern, err := regexp.Compile(only)
	if err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	root, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	reasons, err := survivors(known)
	if err != nil {
		return fmt.Errorf("survivors.txt: %w", err)
	}
	texts, all, err := alteredSource(root)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "faults-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	program, err := build(ctx, root, folder, texts)
	if err != nil {
		return err
	}
	chosen := slices.DeleteFunc(slices.Clone(all), func(f Fault) bool { return !pattern.MatchString(f.Name) })
	began := time.Now()
	tell := func(Fault, found) {}
	if verbose {
		tell = tellOne
	}
	p := pool{program: program, root: root, size: runtime.GOMAXPROCS(0), arguments: []string{"-model", t.model, fmt.Sprintf("-all=%t", t.all)}}
	results := tryAll(ctx, p, chosen, tell)
	if only != "" { // what was not chosen is not judged
		maps.DeleteFunc(reasons, func(name, _ string) bool {
			return !slices.ContainsFunc(chosen, func(f Fault) bool { return f.Name == name })
		})
	}
	fmt.Printf("%d faults, %.0f s\n", len(chosen), time.Since(began).Seconds())
	return verdict(results, judge(chosen, results, reasons))
}

func tellOne(f Fault, r found) {
	if r.By == "" {
		r.Model, r.By = "-", "SURVIVES"
	}
	fmt.Printf("%-16s %-60.60s %s\n", r.Model, r.By, f.Name)
}

func verdict(results map[int]found, wrong []string) error {
	survive := 0
	for _, r := range results {
		if r.By == "" {
			survive++
		}
	}
	for _, line := range wrong {
		fmt.Println("RED:", line)
	}
	fmt.Printf("%d tried, %d noticed, %d survive\n", len(results), len(results)-survive, survive)
	if len(wrong) > 0 {
		return fmt.Errorf("%d are not as listed", len(wrong))
	}
	return nil
}
