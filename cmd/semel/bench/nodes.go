package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/cmd/semel/local"
	"github.com/eventstreamcore/semel/cmd/semel/status"
	"github.com/eventstreamcore/semel/cmd/semel/wait"
	"github.com/eventstreamcore/semel/dedup/server"
)

// door is where a node is asked.
type door struct{ http, redis string }

func doorsOf(nodes []string, redis string) ([]door, error) {
	doors := make([]door, len(nodes))
	given := strings.Split(redis, ",")
	if redis != "" && len(given) != len(nodes) {
		return nil, fmt.Errorf("--redis has %d addresses, --nodes has %d: want one for each", len(given), len(nodes))
	}
	for i, address := range nodes {
		doors[i] = door{http: strings.TrimSpace(address)}
		if redis != "" {
			doors[i].redis = strings.TrimSpace(given[i])
			continue
		}
		host, port, err := net.SplitHostPort(doors[i].http)
		number, notNumber := strconv.Atoi(port)
		if err := errors.Join(err, notNumber); err != nil {
			return nil, fmt.Errorf("--nodes %q: want host:port: %w", address, err)
		}
		doors[i].redis = net.JoinHostPort(host, strconv.Itoa(number+local.RedisAbove))
	}
	return doors, nil
}

const (
	leaderPatience = 15 * time.Second
	leaderPause    = 20 * time.Millisecond
)

// find waits until some node leads, and returns the doors to ask.
func find(ctx context.Context, doors []door, how string) ([]door, error) {
	if _, err := via(doors, 0, how); err != nil {
		return nil, err
	}
	leader, err := findLeader(ctx, doors)
	if err != nil {
		return nil, err
	}
	return via(doors, leader, how)
}

// findLeader returns the place of the node that leads and is ready.
func findLeader(ctx context.Context, doors []door) (int, error) {
	var last error
	leader := 0
	found := wait.Until(ctx, leaderPatience, leaderPause, func() bool {
		for i, d := range doors {
			leads, err := isLeader(ctx, d)
			if leads {
				leader = i
				return true
			}
			if err != nil {
				last = err
			}
		}
		return false
	})
	if found {
		return leader, nil
	}
	return 0, errors.Join(fmt.Errorf("%w: no node leads after %v", ErrUnavailable, leaderPatience), last, ctx.Err())
}

func isLeader(ctx context.Context, d door) (bool, error) {
	now, err := statusOf(ctx, d)
	return now.Ready && now.Role == "leader", err
}

func statusOf(ctx context.Context, d door) (server.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return status.Fetch(ctx, d.http)
}
