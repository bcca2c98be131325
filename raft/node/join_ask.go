package node

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/transport"
)

// asking is what a folder that joins asks one after another. Who is dead, silent or a stranger costs a bounded time each, and ends nothing
// while somebody else may answer: names are looked up anew in each round.
type asking struct {
	j       *Joining
	request []byte
	last    *JoinError // what was found out last
	strange int        // of this round: those that are of another cluster, for sure
}

// all asks until somebody says which slot the folder has, or it is sure that nobody will.
func (a *asking) all(ctx context.Context) (joined, error) {
	d := newDiscovery(a.j.Ask, a.j.LookUp)
	a.last = &JoinError{Whom: strings.Join(a.j.Ask, ", "), Why: "nobody has answered yet"}
	var found []string
	var lacking []error
	for {
		if found == nil || looksAnew() {
			found, lacking = d.look(ctx)
		}
		if len(lacking) > 0 {
			a.tell(&JoinError{Whom: strings.Join(a.j.Ask, ", "), Why: errors.Join(lacking...).Error()})
		}
		if a.strange = 0; len(found) == 0 {
			pause(ctx, emptyPause)
		}
		for _, address := range found {
			answer, err := a.from(ctx, address)
			if err != nil || answer.Slot != protocol.Nil {
				return answer, err
			}
			if ctx.Err() != nil {
				break
			}
		}
		switch {
		case ctx.Err() != nil:
			return joined{}, fmt.Errorf("%w: %w", a.last, context.Cause(ctx))
		case nobodyIsLeft(len(found), a.strange, len(lacking)):
			a.last.Never = true
			return joined{}, a.last
		}
	}
}

// from asks an address, and whom that one names. No slot and no error: ask somebody else.
func (a *asking) from(ctx context.Context, address string) (joined, error) {
	for whom, followed := address, 0; whom != "" && followed < mostFollowed; followed++ {
		answer, err := a.ask(ctx, whom)
		next := ""
		switch {
		case ctx.Err() != nil:
			return joined{}, nil //nolint:nilerr // all says why it ends
		case err == nil && answer.Slot != protocol.Nil && answer.Told != nil && answer.Told.Members != nil:
			_, err := parseMembers(answer.Told.Members.encode(), answer.Told.Configuration)
			return answer, err
		case isOtherCluster(err, &answer):
			if whom == address {
				a.strange++
			}
			a.tell(&JoinError{Whom: whom, Why: cmp.Or(answer.Error, fmt.Sprint(err))})
		case err != nil:
			a.tell(&JoinError{Whom: whom, Why: err.Error()})
		case answer.Never:
			return joined{}, &JoinError{whom, answer.Error, true}
		case answer.Pending:
			next = whom
			a.tell(&JoinError{Whom: whom, Why: "it is not decided yet"})
		default:
			next = answer.Leader
			a.tell(&JoinError{Whom: whom, Why: answer.Error})
		}
		whom = next
		pause(ctx, joinPause)
	}
	return joined{}, nil
}

func (a *asking) ask(ctx context.Context, whom string) (answer joined, err error) {
	bytes, err := transport.Ask(ctx, transport.AskConfig{Secret: a.j.Secret, Address: whom}, a.request)
	if err != nil {
		return joined{}, err
	}
	if err := json.Unmarshal(bytes, &answer); err != nil {
		return joined{}, fmt.Errorf("its answer: %w", err)
	}
	return answer, nil
}

// tell keeps what a question came to, and says it.
func (a *asking) tell(why *JoinError) {
	a.last = why
	if a.j.Told != nil {
		a.j.Told(why)
	}
}

// pause waits for so long, or until ctx ends.
func pause(ctx context.Context, span time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(span):
	}
}
