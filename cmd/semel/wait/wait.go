// Package wait waits, for a span of time or until something is so, and never longer than a context goes on.
package wait

import (
	"context"
	"time"
)

// For waits for a span, and reports whether ctx goes on.
func For(ctx context.Context, span time.Duration) bool {
	timer := time.NewTimer(span)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}

// Until asks again and again, with a pause after each no, and reports whether the answer was yes before patience or
// ctx ended. Whoever asks is asked at least once.
func Until(ctx context.Context, patience, pause time.Duration, isSo func() bool) bool {
	for end := time.Now().Add(patience); ; {
		if isSo() {
			return true
		}
		if !time.Now().Before(end) || !For(ctx, pause) {
			return false
		}
	}
}
