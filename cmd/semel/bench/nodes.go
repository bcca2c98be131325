package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// door is where a node is asked.
type door struct{ http, redis string }

const redisAbove = 100 // of dev: the port of Redis above that of HTTP

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
		doors[i].redis = net.JoinHostPort(host, strconv.Itoa(number+redisAbove))
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
	for until := time.Now().Add(leaderPatience); time.Now().Before(until) && ctx.Err() == nil; pause(ctx, leaderPause) {
		for i, d := range doors {
			leads, err := isLeader(ctx, d)
			if leads {
				return i, nil
			}
			if err != nil {
				last = err
			}
		}
	}
	return 0, errors.Join(fmt.Errorf("%w: no node leads after %v", ErrUnavailable, leaderPatience), last, ctx.Err())
}

func isLeader(ctx context.Context, d door) (bool, error) {
	status, err := statusOf(ctx, d)
	return status.Ready && status.Role == "leader", err
}

// status is what is read of a node's status.
type status struct {
	Ready   bool   `json:"ready"`
	Role    string `json:"role"`
	Term    uint64 `json:"term"`
	Commit  uint64 `json:"commit_index"`
	Applied uint64 `json:"applied_index"`
}

func statusOf(ctx context.Context, d door) (s status, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.http+"/v1/status", nil)
	if err != nil {
		return s, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return s, err
	}
	defer func() { _ = response.Body.Close() }()
	if err := json.NewDecoder(response.Body).Decode(&s); err != nil {
		return s, fmt.Errorf("status of %s: %w", d.http, err)
	}
	return s, nil
}
