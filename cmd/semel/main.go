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
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes of claim; every command uses exitUsage and exitUnavailable.
const (
	exitDuplicate = iota + 1
	exitUsage
	exitInProgress
	exitUnavailable
	exitMismatch
	exitDisk // of serve: a write or sync failed, or the log is damaged; nobody restarts it
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
	err := root().ExecuteContext(ctx)
	stop()
	if err == nil {
		return
	}
	code := exitUsage
	var known *exitError
	if errors.As(err, &known) {
		code = known.code
	}
	if err.Error() != "" {
		fmt.Fprintln(os.Stderr, "semel:", err)
	}
	os.Exit(code)
}

func root() *cobra.Command {
	c := &cobra.Command{
		Use: "semel", Short: "Am I the first to handle this? One winner per key, across machines and crashes.",
		SilenceErrors: true, SilenceUsage: true,
	}
	c.AddCommand(serveCommand(), devCommand(), claimCommand(), completeCommand(), releaseCommand(), queryCommand(), uniqCommand(), demoCommand(), statusCommand(), benchCommand())
	return c
}
