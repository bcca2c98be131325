package gate

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// NoticeTime is how often a kind of notice is logged at most.
const NoticeTime = 10 * time.Second

// Notices logs what strangers can cause as often as they like: the first of a kind at once, then one line for all
// within NoticeTime. It is safe for concurrent use.
type Notices struct {
	logger *slog.Logger
	mu     sync.Mutex
	kinds  map[string]*notice
}

// notice is a kind that was logged within NoticeTime.
type notice struct {
	more    int
	message string
	args    []any
}

// NewNotices returns Notices that warn.
func NewNotices(logger *slog.Logger) *Notices {
	return &Notices{logger: logger, kinds: map[string]*notice{}}
}

// Note logs a message of a kind, now or together with the others of its time.
func (n *Notices) Note(kind, message string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if known := n.kinds[kind]; known != nil {
		known.more++
		known.message, known.args = message, args
		return
	}
	n.kinds[kind] = &notice{}
	n.logger.Log(context.Background(), slog.LevelWarn, message, args...)
	time.AfterFunc(NoticeTime, func() { n.sum(kind) })
}

// sum logs how many more there were, and waits for others if there were any.
func (n *Notices) sum(kind string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	known := n.kinds[kind]
	if known.more == 0 {
		delete(n.kinds, kind)
		return
	}
	n.logger.Log(context.Background(), slog.LevelWarn, known.message, append(known.args, "more", known.more, "in", NoticeTime)...)
	known.more = 0
	time.AfterFunc(NoticeTime, func() { n.sum(kind) })
}
