package neighbours

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// mostWarnings is how many lines three nodes may log of all that neighbours do in a run of that length: each has a burst, and
// then a few kinds of lines at a bounded rate.
func mostWarnings(length time.Duration) int64 { return 150 + 8*int64(length/time.Second) }

// warnings counts what nodes log that is a warning or worse, and passes it on.
type warnings struct {
	slog.Handler
	count *atomic.Int64
}

func countWarnings(behind *slog.Logger) *warnings {
	if behind == nil {
		behind = slog.New(slog.DiscardHandler)
	}
	return &warnings{behind.Handler(), new(atomic.Int64)}
}

// Enabled is of slog.Handler.
func (w *warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn || w.Handler.Enabled(ctx, level)
}

// Handle is of slog.Handler.
func (w *warnings) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn {
		w.count.Add(1)
	}
	if !w.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return w.Handler.Handle(ctx, r)
}

// WithAttrs is of slog.Handler.
func (w *warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &warnings{w.Handler.WithAttrs(attrs), w.count}
}

// WithGroup is of slog.Handler.
func (w *warnings) WithGroup(name string) slog.Handler {
	return &warnings{w.Handler.WithGroup(name), w.count}
}
