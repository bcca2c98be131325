// Command semel runs a node of the dedup service and asks one.
//
// serve runs one node, dev several child processes on this machine; the other
// commands are clients that speak HTTP to any node and try the next one when one
// is down. Nothing here decides: the service does.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/backup"
	"github.com/eventstreamcore/semel/cmd/semel/bench"
	"github.com/eventstreamcore/semel/cmd/semel/call"
	"github.com/eventstreamcore/semel/cmd/semel/demo"
	"github.com/eventstreamcore/semel/cmd/semel/dev"
	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/flags"
	"github.com/eventstreamcore/semel/cmd/semel/members"
	"github.com/eventstreamcore/semel/cmd/semel/operate"
	"github.com/eventstreamcore/semel/cmd/semel/run"
	"github.com/eventstreamcore/semel/cmd/semel/secret"
	"github.com/eventstreamcore/semel/cmd/semel/serve"
	"github.com/eventstreamcore/semel/cmd/semel/status"
	"github.com/eventstreamcore/semel/cmd/semel/uniq"
	"github.com/eventstreamcore/semel/cmd/semel/wal"
)

func main() {
	speak()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program as it would any other
	command, err := root().ExecuteContextC(ctx)
	stop()
	os.Exit(exit.Report(os.Stderr, command, err))
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
	c.SetFlagErrorFunc(flags.Wrong)
	c.SetVersionTemplate("{{.Version}}\n")
	group(c, "Run a cluster:", dev.Command(), demo.Command(), serve.Command(), secret.Command())
	group(c, "Ask it:", append(call.Commands(), run.Command(), uniq.Command())...)
	group(c, "Look at it, mend it:", append(operate.Commands(), members.Command(), status.Command(), bench.Command(), wal.Command(), versionCommand())...)
	group(c, "Back it up, look at its disks:", backup.Commands()...)
	c.AddCommand(run.WatchdogCommand())
	return c
}

// group adds commands under a title of the help.
func group(c *cobra.Command, title string, commands ...*cobra.Command) {
	c.AddGroup(&cobra.Group{ID: title, Title: title})
	for _, command := range commands {
		command.GroupID = title
	}
	c.AddCommand(commands...)
}
