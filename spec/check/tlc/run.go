package tlc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Heap is the most memory TLC's heap may take, as java's -Xmx has it: two runs side by side have room in eight gigabytes.
const Heap = "3g"

// SmallStates is up to how many states a model is small: one of 18,000 takes 9 s of the processor then instead of 15, one of 61,000
// takes 33 s instead of 25.
const SmallStates = 30_000

// mainClass is TLC.
const mainClass = "tlc2.TLC"

// Options says what to run.
type Options struct {
	Jar     string        // TLC's jar, see Jar
	SpecDir string        // the folder of the modules; TLC's working folder
	Module  string        // the module to run, without .tla
	Config  string        // path of the .cfg
	Workers int           // TLC's threads; 0 means 1. What must come in the end is checked by one
	Timeout time.Duration // 0 means DefaultTimeout

	// Quick is for a model of which nobody asks which actions fire: TLC does not count them, and it is taken for small.
	Quick bool

	// Small is for a model of up to SmallStates: java compiles lightly, which halves a run of a few seconds and
	// slows one of a minute.
	Small bool

	// Graph, if set, is the file that all states and steps go to, for ReadGraph: a kilobyte or two
	// a state, so for small models.
	Graph string

	// Line, if set, gets every line TLC writes to its standard output, in order and
	// from one goroutine, while TLC runs. A slow Line slows TLC down.
	Line func(string)
}

// ErrIncomplete is returned where TLC says by its exit code that all is well, and its last numbers are missing.
var ErrIncomplete = errors.New("TLC passed without a line that says how many states there were, and that none is left")

// Run runs TLC and returns what it found. A violated property, an error in a
// module and the end of the time are results; an error means that TLC did not run
// (ErrUnavailable without java), that what it said is not all (ErrIncomplete), or that ctx
// ended first.
func Run(ctx context.Context, o Options) (Result, error) {
	spec, config, jar, err := o.paths()
	if err != nil {
		return Result{}, err
	}
	modules, err := LoadModules(spec)
	if err != nil {
		return Result{}, err
	}
	checked, err := checkedBy(config)
	if err != nil {
		return Result{}, err
	}
	// TLC names its folder after the second it starts in and unpacks the standard
	// modules beside it: two runs may not share either.
	scratch, err := os.MkdirTemp("", "tlc-")
	if err != nil {
		return Result{}, err
	}
	defer os.RemoveAll(scratch)

	deadline, cancel := context.WithTimeout(ctx, o.timeout())
	defer cancel()
	program := mainClass
	if !o.Quick {
		if program, err = counter(scratch); err != nil {
			return Result{}, err
		}
	}
	arguments := o.arguments(program, jar, config, scratch, slices.ContainsFunc(checked.Properties, modules.isTemporal))
	var result Result
	for range mostTries {
		cmd := exec.CommandContext(deadline, "java", arguments...)
		cmd.Dir = spec
		if result, err = execute(cmd, o.Line); err != nil || !lostBehaviour(result.Log) {
			break
		}
	}
	result.TimedOut = errors.Is(deadline.Err(), context.DeadlineExceeded)
	switch {
	case ctx.Err() != nil:
		return result, ctx.Err()
	case err != nil:
		return result, err
	case result.ExitCode == ExitPass && !result.Complete:
		return result, fmt.Errorf("%w; the last of it:\n%s", ErrIncomplete, strings.Join(result.Log, "\n"))
	}
	result.name(modules, checked)
	return result, nil
}

// mostTries is how often a model is run whose behaviour TLC could not read back.
const mostTries = 6

// lostBehaviour reports whether TLC has found that something does not come in the end, and died when it read the behaviour back that
// shows it (tlaplus#597): about one run in four of a model of ours. Another run finds it again; one that finds nothing is not
// run again.
func lostBehaviour(log []string) bool {
	all := strings.Join(log, "\n")
	return strings.Contains(all, "Temporal properties were violated") && strings.Contains(all, "Read past end of file")
}

func (o Options) paths() (spec, config, jar string, err error) {
	if spec, err = filepath.Abs(o.SpecDir); err != nil {
		return
	}
	if config, err = filepath.Abs(o.Config); err != nil {
		return
	}
	jar, err = filepath.Abs(o.Jar)
	return
}

func (o Options) timeout() time.Duration {
	if o.Timeout == 0 {
		return DefaultTimeout
	}
	return o.Timeout
}

// arguments are java's. The flag -deadlock turns the check for deadlocks off:
// bounded models end in states without a successor. With several threads TLC may miss
// that something does not come in the end (tlaplus#971).
func (o Options) arguments(program, jar, config, scratch string, temporal bool) []string {
	workers := max(o.Workers, 1)
	if temporal {
		workers = 1
	}
	java := []string{"-XX:+UseParallelGC", "-Xmx" + Heap, "-Djava.io.tmpdir=" + scratch}
	check := []string{
		"-cp", jar + string(os.PathListSeparator) + scratch, program,
		"-workers", strconv.Itoa(workers), "-lncheck", "final",
		"-metadir", filepath.Join(scratch, "meta"),
		"-deadlock", "-config", config,
	}
	if o.Quick || o.Small {
		java = append(java, "-XX:TieredStopAtLevel=1")
	} else if runtime.GOOS == "linux" {
		java = append(java, "-XX:+UseTransparentHugePages") // states are looked up at random: pages of 4 KiB take ten times as long
	}
	if !o.Quick {
		check = append(check, "-coverage", "1")
	}
	if o.Graph != "" {
		check = append(check, "-dump", "dot,actionlabels", o.Graph)
	}
	return append(append(java, check...), o.Module)
}

// execute runs cmd in a process group of its own, which ends as one.
func execute(cmd *exec.Cmd, line func(string)) (Result, error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return Result{}, err
	}
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return Result{}, fmt.Errorf("%w: start java: %w", ErrUnavailable, err)
	}
	result, readErr := ParseOutput(stdout, line)
	waitErr := cmd.Wait()
	result.Elapsed = time.Since(started)
	result.ExitCode = cmd.ProcessState.ExitCode()
	if stderr.Len() > 0 {
		result.keep(stderr.String())
	}
	var exit *exec.ExitError
	if waitErr != nil && !errors.As(waitErr, &exit) && !errors.Is(waitErr, context.DeadlineExceeded) {
		return result, fmt.Errorf("run TLC: %w", waitErr)
	}
	if readErr != nil && waitErr == nil {
		return result, fmt.Errorf("read TLC's output: %w", readErr)
	}
	return result, nil
}
