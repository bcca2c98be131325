package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/internal/ports"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: embedded DIR")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := work(ctx, os.Args[1], os.Stdout, func(string) {})
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "embedded:", err)
		os.Exit(1)
	}
}

// events are how many the stream has.
const events = 480

// work books the whole stream in a folder, and says what the books are.
func work(ctx context.Context, dir string, out io.Writer, step func(string)) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	e, err := open(dir, &server.Config{
		Cluster: "embedded", Node: 1, Dir: filepath.Join(dir, "log"), Peers: map[uint8]string{1: ports.Free()},
		Logger: slog.New(slog.DiscardHandler),
	}, step)
	if err != nil {
		return err
	}
	defer e.replica.Close()
	fmt.Fprintf(out, "the books are of entry %d: %d payments of the first %d of the stream\n", e.books.Index, e.books.Booked, e.books.Offset)
	if err := e.run(ctx, payments(events)); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, e.books.summary())
	return err
}

// summary is what the books say.
func (b *books) summary() string {
	return fmt.Sprintf("%d payments of %d events, balances %v", b.Booked, b.Offset, b.Balances)
}

// payments are the stream: the same each time, and of eight in a row the last three came before.
func payments(n int) (all []payment) {
	for k := range n {
		if k%8 >= 5 {
			all = append(all, all[(k*k)%(k-4)])
			continue
		}
		all = append(all, payment{id: fmt.Sprint("payment-", k), account: string(rune('a' + k%3)), amount: k%97 + 1})
	}
	return all
}
