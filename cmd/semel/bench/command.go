package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/flags"
	"github.com/eventstreamcore/semel/cmd/semel/terminal"
)

// options are the flags of the command.
type options struct {
	nodes, redis string
	via          string
	http         bool
	json         bool
	callers      []int
	repeats      string
	load         Load

	cluster bool
	data    string
	lines   int
	kills   int
	program string   // of the nodes; empty: this one
	parts   []string // of the report

	// Of the parts about what lasts.
	claimed     []int         // before a restart
	keys        uint64        // that live at once; 0: each part's own number
	soaks       time.Duration // the soak
	uncompacted bool          // its nodes take no snapshots
}

// parts of the report, in its order: those that are measured unless others are asked for, and those about what lasts, which take longer.
var (
	usualParts   = []string{"claims", "reads", "uniq", "failover", "members", "neighbours"}
	lastingParts = []string{"restart", "pause", "rejoin", "soak"}
	allParts     = slices.Concat(usualParts, lastingParts)
)

// Command is `semel bench`.
func Command() *cobra.Command {
	var o options
	c := &cobra.Command{
		Use: "bench", Short: "Measure claims per second and how long each takes", Args: cobra.NoArgs,
		Long: "A closed loop of callers over pipelined connections to the Redis door, one 16-byte key a request.\n" +
			"Every answer is checked: a key won twice or lost by all fails the bench, and so does a read that tells\nanything but what was claimed.\n" +
			"Exit codes: 0 measured, 1 a promise was broken or a soak's nodes grew, 2 usage, 4 unavailable.\n" +
			"With --cluster it starts its own three nodes and writes the report of docs/performance.md: --parts names what of it.",
		Example: "  semel bench -c 1,16,64,1024 --duration 10s\n  semel bench -c 64 --via follower\n  semel bench --reads --via follower\n  semel bench --cluster > report.md",
		RunE:    func(c *cobra.Command, _ []string) error { return coded(o.run(c.Context())) },
	}
	f := c.Flags()
	f.IntSliceVarP(&o.callers, "callers", "c", []int{1, 16, 64, 1024}, "callers, each with one claim on its way; one run for each number")
	f.IntVar(&o.load.Connections, "conns", 8, "connections that callers share at most; 0: one for each caller")
	f.StringVar(&o.repeats, "repeats", "10%", "share of the requests that repeat an earlier key")
	f.StringVar(&o.via, "via", "leader", "the nodes to ask: leader, follower (one of them) or any (all)")
	f.BoolVar(&o.load.Reads, "reads", false, "read keys that were claimed before, instead of claiming")
	f.BoolVar(&o.http, "http", false, "ask the HTTP door, a connection for each caller")
	f.DurationVar(&o.load.Duration, "duration", 10*time.Second, "how long to measure")
	f.DurationVar(&o.load.Warmup, "warmup", 2*time.Second, "how long to ask before that")
	f.BoolVar(&o.json, "json", false, "a line of JSON for each run instead of a table")
	f.StringVar(&o.nodes, "nodes", flags.Nodes(), "HTTP addresses of the nodes, comma-separated (SEMEL_NODES)")
	f.StringVar(&o.redis, "redis", "", "Redis addresses in the order of --nodes; default: those of dev, HTTP's port + 100")
	f.BoolVar(&o.cluster, "cluster", false, "start three nodes on this machine and write the whole report as Markdown")
	f.StringVar(&o.data, "data", "", "with --cluster: folder on the disk to measure; the nodes have one of their own in it, which is removed at the end (default: that of temporary files)")
	f.IntVar(&o.lines, "lines", 1_000_000, "with --cluster: lines for semel uniq")
	f.IntVar(&o.kills, "kills", 50, "with --cluster: how often the leader is killed, stopped and held, and all nodes are restarted in turn")
	f.StringVar(&o.program, "semel", "", "with --cluster: the semel that the nodes are, such as an older one (default: this one)")
	f.StringSliceVar(&o.parts, "parts", usualParts, "with --cluster: parts of the report, also "+strings.Join(lastingParts, ", "))
	o.lastingFlags(f)
	return c
}

// lastingFlags are those of the parts about what lasts.
func (o *options) lastingFlags(f *pflag.FlagSet) {
	f.IntSliceVar(&o.claimed, "claimed", []int{1_000_000, 4_000_000, 10_000_000}, "with --parts restart: claims before nodes are started again")
	f.Uint64Var(&o.keys, "keys", 0, "with --parts pause, rejoin, members and soak: keys that live at once (default: ten million; where a node joins one, for a short soak fewer)")
	f.DurationVar(&o.soaks, "soak", time.Hour, "with --parts soak: how long; below half an hour with few keys, and only for what depends on no machine")
	f.BoolVar(&o.uncompacted, "uncompacted", false, "with --parts soak: the nodes take no snapshots, so the soak must fail")
}

// coded gives an error its exit code; one that is neither is of usage.
func coded(err error) error {
	switch {
	case errors.Is(err, ErrBroken), errors.Is(err, ErrGrows):
		return exit.With(exit.No, err)
	case errors.Is(err, ErrUnavailable):
		return exit.With(exit.Unavailable, err)
	}
	return err
}

func (o *options) run(ctx context.Context) (err error) {
	if o.load.Repeats, err = share(o.repeats); err != nil {
		return err
	}
	for _, part := range o.parts {
		if !slices.Contains(allParts, part) {
			return fmt.Errorf("--parts %s: want some of %s", part, strings.Join(allParts, ","))
		}
	}
	if o.soaks < leastSoak {
		return fmt.Errorf("--soak %v: want at least %v", o.soaks, leastSoak)
	}
	if o.cluster {
		return o.report(ctx, os.Stdout)
	}
	doors, err := doorsOf(strings.Split(o.nodes, ","), o.redis)
	if err != nil {
		return err
	}
	if doors, err = find(ctx, doors, o.via); err != nil {
		return err
	}
	return o.measure(ctx, doors)
}

// share reads "10%" or "0.1".
func share(text string) (float64, error) {
	var value float64
	number, isPercent := strings.CutSuffix(text, "%")
	if _, err := fmt.Sscanf(number, "%g", &value); err != nil {
		return 0, fmt.Errorf("--repeats %q: want a share such as 10%%", text)
	}
	if isPercent {
		value /= 100
	}
	return value, nil
}

// measure runs once for each number of callers. All runs are made also when one broke a promise.
func (o *options) measure(ctx context.Context, doors []door) error {
	t := newTable(os.Stdout)
	var failed error
	for i, callers := range o.callers {
		result, err := o.once(ctx, doors, callers, nil)
		failed = errors.Join(failed, err)
		switch {
		case err != nil && result.Callers == 0:
			return failed
		case o.json:
			line, _ := json.Marshal(result) // plain numbers
			fmt.Println(string(line))
		default:
			if i == 0 {
				t.head(o.load.Reads)
			}
			t.row(o.via, result)
		}
	}
	return failed
}

// once puts the load of so many callers on doors. The progress is a line on a terminal.
func (o *options) once(ctx context.Context, doors []door, callers int, processes []string) (Result, error) {
	load := o.load
	load.Callers, load.Processes, load.Redis, load.HTTP = callers, processes, nil, nil
	for _, d := range doors {
		load.Redis = append(load.Redis, d.redis)
		if o.http {
			load.HTTP = append(load.HTTP, d.http)
		}
	}
	show, end := progress(os.Stderr)
	load.Progress = show
	result, err := load.Run(ctx)
	end()
	return result, err
}

// progress returns what writes a line over itself, if file is a terminal, and what wipes it.
func progress(file *os.File) (show func(Result), end func()) {
	if !terminal.Is(file) {
		return nil, func() {}
	}
	const wipe = "\r\x1b[K"
	return func(r Result) {
		if r.Seconds == 0 {
			_, _ = fmt.Fprintf(file, wipe+"%d callers  warming up", r.Callers)
			return
		}
		_, _ = fmt.Fprintf(file, wipe+"%d callers  %.1f s  %s/s  p50 %.2f ms  p99 %.2f ms  %d errors",
			r.Callers, r.Seconds, grouped(r.PerSecond), r.P50, r.P99, failures(r.Errors))
	}, func() { _, _ = fmt.Fprint(file, wipe) }
}

func failures(kinds map[string]int64) (n int64) {
	for _, count := range kinds {
		n += count
	}
	return n
}

// via picks the doors to ask; see the flag.
func via(doors []door, leader int, how string) ([]door, error) {
	switch how {
	case "leader":
		return doors[leader : leader+1], nil
	case "follower":
		others := slices.Delete(slices.Clone(doors), leader, leader+1)
		if len(others) == 0 {
			return nil, errors.New("--via follower: the cluster has one node")
		}
		return others[:1], nil
	case "any":
		return doors, nil
	default:
		return nil, fmt.Errorf("--via %q: want leader, follower or any", how)
	}
}
