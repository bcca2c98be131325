package status

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/terminal"
	"github.com/eventstreamcore/semel/cmd/semel/wait"
)

// watcher looks at a cluster again and again. Each address is asked by a goroutine of its own, so that one which hangs holds up nothing but
// its own row.
type watcher struct {
	addresses []string
	every     time.Duration

	mu   sync.Mutex
	seen []sight
}

func newWatcher(addresses []string, every time.Duration) *watcher {
	w := &watcher{addresses: addresses, every: every, seen: make([]sight, len(addresses))}
	for i, address := range addresses {
		w.seen[i].node = Node{Address: address, Health: "asked", Error: "no answer yet"}
	}
	return w
}

// ask asks one address until ctx ends.
func (w *watcher) ask(ctx context.Context, i int) {
	for {
		s := see(ctx, w.addresses[i])
		if ctx.Err() != nil {
			return // it was cut short: that says nothing of the node
		}
		w.mu.Lock()
		w.seen[i] = s
		w.mu.Unlock()
		if !wait.For(ctx, w.every) {
			return
		}
	}
}

// now is what is known, and of how many nodes nothing is yet.
func (w *watcher) now() (report Cluster, missing int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.seen {
		if s.node.Health == "asked" {
			missing++
		}
	}
	return put(w.seen), missing
}

// run shows what is known every so often, until ctx ends.
func (w *watcher) run(ctx context.Context, show func(*Cluster) error) error {
	asking, stop := context.WithCancel(ctx)
	var askers sync.WaitGroup
	for i := range w.addresses {
		askers.Go(func() { w.ask(asking, i) })
	}
	defer askers.Wait()
	defer stop()
	for pause := min(w.every, firstLook); wait.For(ctx, pause); pause = w.every {
		report, missing := w.now()
		if !mayDraw(missing) {
			continue
		}
		if err := show(&report); err != nil {
			return exit.With(exit.Unavailable, err)
		}
	}
	return nil
}

// firstLook is when the first is shown: nodes in health have answered by then.
const firstLook = 300 * time.Millisecond

// watch shows the cluster until ctx ends: a table that is drawn anew on a terminal, elsewhere a line whenever something is new, or an object each time.
func watch(ctx context.Context, out io.Writer, addresses []string, every time.Duration, asJSON bool) error {
	w := newWatcher(addresses, every)
	switch {
	case asJSON:
		encoder := json.NewEncoder(out)
		return w.run(ctx, func(r *Cluster) error { return encoder.Encode(r) })
	case !terminal.Redraws(out):
		return w.run(ctx, (&journal{out: out}).show)
	}
	screen, err := terminal.NewScreen(out)
	if err != nil {
		return exit.With(exit.Unavailable, err)
	}
	failed := w.run(ctx, func(r *Cluster) error {
		text, paints, err := r.text()
		if err != nil {
			return err
		}
		return screen.Show(fmt.Sprintf("%s, every %s, Ctrl-C ends\n%s", time.Now().Format(time.TimeOnly), every, text), append([]terminal.Paint{terminal.Faint}, paints...))
	})
	if err := screen.Close(); err != nil || failed != nil {
		return failed
	}
	last, _ := w.now()
	return last.print(out, false) // what was seen last stays
}

// journal writes a line whenever a cluster is another than before.
type journal struct {
	out    io.Writer
	before string
}

func (j *journal) show(r *Cluster) error {
	now := r.gist()
	if !isNews(now, j.before) {
		return nil
	}
	j.before = now
	_, err := fmt.Fprintf(j.out, "%s %s\n", time.Now().UTC().Format(time.RFC3339), strings.Join(r.inWords(), "; "))
	return err
}

// inWords is the cluster in lines: what its health says, or, where nobody tells that, each node that is not ready.
func (r *Cluster) inWords() (words []string) {
	if r.Health != nil {
		words = append(words, r.Health.Lines...)
	}
	if r.Leader != 0 {
		words = append(words, fmt.Sprintf("node %d leads", r.Leader))
	}
	for _, n := range r.Nodes {
		if n.Health != "ready" {
			words = append(words, strings.Join([]string{n.Address, n.Health, n.Error}, " "))
		}
	}
	return words
}

// gist is what a line is written for: who works, leads and can't be reached, and not for how long, or how far.
func (r *Cluster) gist() string {
	var words []string
	if h := r.Health; h != nil {
		words = append(words, fmt.Sprint(h.State, h.Working, h.MayFail, h.SlowDisks, h.LittleRoom, h.Versions))
		for _, u := range h.Unreachable {
			words = append(words, fmt.Sprint(u.Node, u.From))
		}
	}
	for _, n := range r.Nodes {
		first, _, _ := strings.Cut(n.Health, " ")
		words = append(words, fmt.Sprint(n.Node, n.Up, n.Ready, first))
	}
	return fmt.Sprint(r.Leader, words)
}
