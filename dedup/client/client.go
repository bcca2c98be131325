package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"
)

// Defaults of a Config, and how long a client waits between rounds over the nodes.
const (
	DefaultTimeout        = 10 * time.Second
	DefaultAttemptTimeout = 3 * time.Second

	shortestWait = 20 * time.Millisecond
	longestWait  = 200 * time.Millisecond // of some 700 that an election takes
	dialTimeout  = time.Second
)

// Config sets a Client up. Nodes is needed, the rest has defaults.
type Config struct {
	// Nodes are the addresses of HTTP doors, host:port, of one cluster. They are
	// tried in this order, until FollowLeader or an answer names a better one.
	Nodes []string
	// Timeout is how long a call is repeated before it ends in an *UnavailableError.
	Timeout time.Duration
	// AttemptTimeout is how long one node is waited for. It should be longer than the
	// time after which nodes themselves give a call up (2 s), which says more.
	AttemptTimeout time.Duration
	// Transport carries the requests; by default one that keeps a connection for each
	// call that is open at once.
	Transport http.RoundTripper
}

// Client asks the nodes of one cluster. It is safe for concurrent use.
type Client struct {
	nodes            []string
	timeout, attempt time.Duration
	http             http.Client
	first            atomic.Int64 // the place in nodes where the next call begins
}

// New returns a Client; it does not connect. The error says what is wrong with the
// list of nodes.
func New(config Config) (*Client, error) {
	if len(config.Nodes) == 0 || slices.Contains(config.Nodes, "") {
		return nil, errors.New("a client needs the addresses of nodes, host:port each: list those of their HTTP doors")
	}
	c := &Client{nodes: slices.Clone(config.Nodes), timeout: config.Timeout, attempt: config.AttemptTimeout}
	if c.timeout == 0 {
		c.timeout = DefaultTimeout
	}
	if c.attempt == 0 {
		c.attempt = DefaultAttemptTimeout
	}
	if c.http.Transport = config.Transport; c.http.Transport == nil {
		c.http.Transport = NewTransport()
	}
	return c, nil
}

// NewTransport returns what carries the requests where a Config names nothing.
func NewTransport() *http.Transport {
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
		MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute, DisableCompression: true,
		WriteBufferSize: 64 << 10, ReadBufferSize: 64 << 10,
	}
}

// Close closes connections that no call uses.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// reply is how the nodes answered one call.
type reply struct {
	text []byte
	// repeated tells that an attempt before the one that was answered may have been
	// applied: what a release then finds may be its own work.
	repeated bool
}

// call posts body until a node answers it. The error is a *RefusedError or an
// *UnavailableError.
func (c *Client) call(ctx context.Context, path string, body []byte) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	last, unknown := error(nil), false
	var wrong []string // nodes that are no doors, whatever is waited for
	for wait := shortestWait; ; wait = min(2*wait, longestWait) {
		said := false // by a node, in this round
		for range c.nodes {
			text, node, err := c.try(ctx, path, body)
			var failed *attemptError
			if !errors.As(err, &failed) {
				return reply{text, unknown}, err
			}
			if last == nil || ctx.Err() == nil && (failed.said || !said) {
				last, said = err, failed.said
			}
			unknown = unknown || failed.unknown
			if errors.Is(failed.err, ErrNoDoor) && !slices.Contains(wrong, failed.node) {
				wrong = append(wrong, failed.node)
			}
			c.turnFrom(node, failed.leader)
		}
		if len(wrong) == len(c.nodes) || !pause(ctx, wait) {
			return reply{}, &UnavailableError{Unknown: unknown, Last: last}
		}
	}
}

// try asks the node whose turn it is, and returns its place.
func (c *Client) try(ctx context.Context, path string, body []byte) ([]byte, int64, error) {
	place := c.first.Load()
	if ctx.Err() != nil {
		return nil, place, &attemptError{node: c.nodes[place], err: ctx.Err()}
	}
	attempt, cancel := context.WithTimeout(ctx, c.attempt)
	defer cancel()
	text, err := c.post(attempt, c.nodes[place], path, body)
	var failed *attemptError
	if errors.As(err, &failed) && errors.Is(err, context.DeadlineExceeded) {
		failed.err = errNoAnswer
	}
	return text, place, err
}

var errNoAnswer = errors.New("no answer in time")

// turnFrom lets calls begin elsewhere than at the node in place, at leader if it is
// in the list. Where another call has turned already nothing changes.
func (c *Client) turnFrom(place int64, leader string) {
	next := (place + 1) % int64(len(c.nodes))
	if known := slices.Index(c.nodes, leader); known >= 0 {
		next = int64(known)
	}
	c.first.CompareAndSwap(place, next)
}

// pause waits for about a span, and reports whether ctx goes on.
func pause(ctx context.Context, span time.Duration) bool {
	timer := time.NewTimer(span/2 + rand.N(span)) // apart from all others that lost the same node
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}
