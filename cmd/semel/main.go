// Command semel runs a node of the dedup service and asks one.
//
// serve runs one node, dev several child processes on this machine; the other
// commands are clients that speak HTTP to any node and try the next one when one
// is down. Nothing here decides: the service does.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes. Those of claim are 0 to 5; every command uses exitUsage and exitUnavailable. What a
// command does not name in its help it does not use.
const (
	exitDuplicate   = iota + 1
	exitUsage       // the call is wrong, and would be again
	exitInProgress  //
	exitUnavailable // nobody answered, or the outcome is unknown; it may work later
	exitMismatch    //
	exitDisk        // of serve: the disk failed, the log is damaged or an invariant broke; nobody restarts it

	exitNotReady = 1 // of status: some node is down or not ready
)

// exitError is an error with the exit code it stands for; a nil err says nothing more.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program as it would any other
	command, err := root().ExecuteContextC(ctx)
	stop()
	os.Exit(report(os.Stderr, command, err))
}

// report says what went wrong and returns the exit code for it.
func report(w io.Writer, command *cobra.Command, err error) int {
	if err == nil {
		return 0
	}
	var known *exitError
	if !errors.As(err, &known) {
		known = &exitError{exitUsage, fmt.Errorf("%w\nsee `%s --help`", err, command.CommandPath())}
	}
	if known.Error() != "" {
		fmt.Fprintln(w, "semel:", known)
	}
	return known.code
}

const rootHelp = `Semel answers one question for many machines at once: "am I the first to handle this?"
Whoever claims a key first wins, and nobody else does for as long as the key's window lasts, through
crashes, partitions and restarts.

Start here:
  semel dev                    three durable nodes on this machine; prints what to try next
  semel run order-4711 --lease 30s -- ./ship 4711    once: the second time it is not run

Any node answers, also to any Redis client (SET key value NX EX 60) and over HTTP (POST /v1/claim).`

func root() *cobra.Command {
	c := &cobra.Command{
		Use: "semel", Short: "Am I the first to handle this? One winner per key, across machines and crashes.", Long: rootHelp,
		SilenceErrors: true, SilenceUsage: true, Version: readBuild().String(),
	}
	c.SetVersionTemplate("{{.Version}}\n")
	c.AddCommand(serveCommand(), devCommand(), runOnceCommand(), watchdogCommand(), claimCommand(), completeCommand(), releaseCommand(), extendCommand(), queryCommand(), uniqCommand(), demoCommand(), statusCommand(), benchCommand(),
		forgetCommand(), capacityCommand(), offsetCommand())
	c.AddCommand(secretCommand(), walCommand(), versionCommand())
	group(c, "Run a cluster:", "dev", "demo", "serve", "secret")
	group(c, "Ask it:", "run", "claim", "complete", "release", "extend", "query", "uniq")
	group(c, "Look at it, mend it:", "status", "capacity", "forget", "offset", "bench", "wal", "version")
	return c
}

// group puts the commands that are there under a title of the help.
func group(c *cobra.Command, title string, names ...string) {
	c.AddGroup(&cobra.Group{ID: title, Title: title})
	for _, command := range c.Commands() {
		if slices.Contains(names, command.Name()) {
			command.GroupID = title
		}
	}
}
