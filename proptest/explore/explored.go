package explore

import (
	"context"
	"errors"
	"fmt"
)

// ErrExplored is returned where a model did not reach what it declares.
var ErrExplored = errors.New("not explored as declared")

// Explore reaches every state of a model that TLC does not run. Beside what Run returns it
// returns ErrExplored where the states are more or fewer than the model declares, for that
// is a change of behaviour, of bounds or of what a state is, which somebody has to mean; and
// where the model's time is over. More are noticed as soon as they are. It returns ErrUnreached as Reached does.
func (s *Search) Explore(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.model.Limit)
	defer cancel()
	s.ended = func() error {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%w: %w after %d of %d states", ErrExplored, err, len(s.states), s.model.Explored)
		}
		if len(s.states) > s.model.Explored {
			return fmt.Errorf("%w: more than the %d states that it declares", ErrExplored, s.model.Explored)
		}
		return nil
	}
	if err := s.Run(); err != nil {
		return err
	}
	if len(s.states) != s.model.Explored {
		return fmt.Errorf("%w: %d states, it declares %d", ErrExplored, len(s.states), s.model.Explored)
	}
	return s.Reached()
}
