package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/raft/wal"
)

// replaced is a flag's value: the member whose place is taken, by its id or its slot.
type replaced struct{ id, slot uint8 }

func (r *replaced) Set(text string) error {
	var n nodeID
	number, isSlot := strings.CutPrefix(text, "slot:")
	if n.Set(number) != nil {
		return errors.New("want the id of a member, or slot:N, of 1 to 63")
	}
	*r = replaced{id: uint8(n)}
	if isSlot {
		*r = replaced{slot: uint8(n)}
	}
	return nil
}

func (r *replaced) String() string {
	switch {
	case r.slot != 0:
		return "slot:" + strconv.Itoa(int(r.slot))
	case r.id != 0:
		return strconv.Itoa(int(r.id))
	}
	return ""
}

func (r *replaced) Type() string { return "id" }

// holdsLog reports whether the folder holds a log already, or something that is to be told when it is opened.
func (s *serving) holdsLog() bool {
	if s.dir == "" {
		return false
	}
	_, err := wal.ReadIdentity(wal.Config{Dir: s.dir})
	return !errors.Is(err, wal.ErrNoLog)
}

// find has this node join a cluster, or be one of the first members of a new one.
func (s *serving) find(ctx context.Context, logger *slog.Logger, config server.Config) error {
	if s.expect > 0 {
		return s.foundCluster(ctx, logger, config)
	}
	return s.joinCluster(ctx, logger, config)
}

// foundCluster looks for the first members, until they agree or ctx ends, which is no error.
func (s *serving) foundCluster(ctx context.Context, logger *slog.Logger, config server.Config) error {
	logger.Info("looking for the first members of a new cluster", "id", s.id, "expected", s.expect, "by", strings.Join(s.join, ","))
	said := newSayings()
	err := server.Bootstrap(ctx, &server.Bootstrapping{
		Config: config, Ask: s.join, Expect: int(s.expect),
		Told: func(why string) {
			if said.isNews(why) {
				logger.Info("the first members are not agreed yet", "reason", why)
			}
		},
	})
	var there *server.FoundersError
	switch {
	case err == nil:
		logger.Log(ctx, levelNotice, "the first members are agreed: the cluster begins once all of them have met")
		return nil
	case ctx.Err() != nil:
		logger.Info("stopping: the first members were not agreed yet; started again, it goes on")
		return nil //nolint:nilerr // it was asked to stop
	case errors.As(err, &there):
		return exit.With(exit.Usage, err)
	}
	return notStarted(err)
}

// joinCluster asks members to take this node in, until they do or ctx ends, which is no error.
func (s *serving) joinCluster(ctx context.Context, logger *slog.Logger, config server.Config) error {
	logger.Info("joining: asking to be taken in", "id", s.id, "members", strings.Join(s.join, ","))
	said := newSayings()
	err := server.Join(ctx, &server.Joining{
		Config: config, Ask: s.join, Replaces: s.replace.slot, ReplacesID: s.replace.id, StaysLearner: s.learner,
		Told: func(why *server.JoinError) {
			if text := why.Error(); said.isNews(text) {
				logger.Info("not taken in yet, asking again", "reason", text)
			}
		},
	})
	var why *server.JoinError
	ended := ctx.Err() != nil
	switch {
	case err == nil:
		logger.Log(ctx, levelNotice, "joined: taken in as a learner, which becomes a voter once it is level", "learner", s.learner)
		return nil
	case ended:
		logger.Info("stopping: not joined yet; started again, it goes on", "reason", err)
		return nil //nolint:nilerr // it was asked to stop
	case errors.As(err, &why) && why.Never:
		return exit.With(exit.Usage, fmt.Errorf("%w; asking again comes to the same", err))
	}
	return notStarted(err)
}

// sayings are what has been said of late, each at most once in a while: of a list in which many are dead each has its own reason.
type sayings map[string]time.Time

const (
	saidFor     = time.Minute
	mostSayings = 256
)

func newSayings() sayings { return sayings{} }

// isNews reports whether a text was not said for a while, and notes that it is.
func (s sayings) isNews(text string) bool {
	if at, was := s[text]; was && time.Since(at) < saidFor {
		return false
	}
	if len(s) >= mostSayings {
		clear(s)
	}
	s[text] = time.Now()
	return true
}
