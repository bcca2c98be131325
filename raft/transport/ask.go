package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Asks: a process that is no node of the cluster, or none yet, says one thing to one that is, and is answered. It has no id, no folder and
// no cluster's id; it has the secret.

const (
	// MaxAskBytes bounds the request of an Ask.
	MaxAskBytes = 64 << 10
	// MaxAskedBytes bounds its response.
	MaxAskedBytes = 1 << 20
	// OpenAsks bounds the asks that a node hears at once; who comes then is refused, for now (NotNow).
	OpenAsks = 4
)

// AskConfig says whom an Ask asks, and how. Fields left 0 take their default.
type AskConfig struct {
	// Secret is the cluster's. Required.
	Secret Secret
	// Address is a node's, as in Config.Peers. Required.
	Address string
	// Dial opens a connection to it. Default: TCP.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// DialTimeout bounds what there is before anything is asked: the dial, the proof of both sides, the hellos. Default 2 s; above 0.
	DialTimeout time.Duration
	// Timeout bounds all of it. Default 10 s; above 0.
	Timeout time.Duration

	versions versions // other ones than ours in tests alone
}

// Ask sends a request to the node at an address, and returns what its host replied (Handler.Asked). Nothing is said before both have proved that
// they have the secret. An error wraps ErrNotSent where the node's host has not been asked, with a *RefusedError where the node has refused to hear it, and
// ErrUnknown where it may have been, or may yet be.
func Ask(ctx context.Context, cfg AskConfig, request []byte) (response []byte, err error) {
	if cfg, err = cfg.complete(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, cfg.Timeout)
	defer cancel()
	response, err = cfg.ask(ctx, request)
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", err, context.Cause(ctx))
	}
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", cfg.Address, err)
	}
	return response, nil
}

// complete returns c with its defaults, or a *ConfigError.
func (c AskConfig) complete() (AskConfig, error) {
	orDefault(&c.DialTimeout, 2*time.Second)
	orDefault(&c.Timeout, 10*time.Second)
	orDefault(&c.versions, ours)
	if c.Dial == nil {
		c.Dial = new(net.Dialer).DialContext
	}
	switch {
	case c.Secret.IsZero():
		return c, &ConfigError{"Secret", c.Secret, "the secret that all nodes of the cluster have"}
	case c.Address == "":
		return c, &ConfigError{"Address", `""`, "the address of a node"}
	case c.DialTimeout < 1:
		return c, &ConfigError{"DialTimeout", c.DialTimeout, "at least 1ns"}
	case c.Timeout < 1:
		return c, &ConfigError{"Timeout", c.Timeout, "at least 1ns"}
	}
	return c, nil
}

func (c *AskConfig) ask(ctx context.Context, request []byte) ([]byte, error) {
	if len(request) > MaxAskBytes {
		return nil, fmt.Errorf("%w: %w: it is larger than %d bytes", ErrNotSent, errTooLarge, MaxAskBytes)
	}
	proof, err := newProof(c.Secret)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	secured, version, err := c.reach(ctx, proof)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	defer secured.Close()
	defer context.AfterFunc(ctx, func() { secured.Close() })()
	return exchange(secured, request, version)
}

// reach returns a connection to who is to be asked, whose hellos are over, and the version that is spoken there.
func (c *AskConfig) reach(ctx context.Context, proof *proof) (s *secured, version uint8, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeToReach(c.DialTimeout))
	defer cancel()
	below, err := c.Dial(ctx, "tcp", c.Address)
	if err != nil {
		return nil, 0, err
	}
	unwatch := context.AfterFunc(ctx, func() { below.Close() })
	s = proof.dialler(below)
	version, err = introduceAsker(s, c.versions)
	if !unwatch() {
		err = errors.Join(err, context.Cause(ctx))
	}
	if err != nil {
		below.Close()
		return nil, 0, err
	}
	return s, version, nil
}

// introduceAsker is the beginning of a connection: the proof, and a hello that names nobody, and its answer.
func introduceAsker(c *secured, v versions) (version uint8, err error) {
	if err := c.prove(); err != nil {
		return 0, err
	}
	own := hello{kind: kindAsk, min: v.min, max: v.max}
	if err := say(c, &own, nil); err != nil {
		return 0, err
	}
	answer, err := readHello(c)
	if err != nil {
		return 0, err
	}
	refusal, detail := otherVersion(&own, &answer)
	switch {
	case answer.refusal != 0 && refusal != answer.refusal:
		return 0, &RefusedError{answer.refusal, answer.from, true, fmt.Sprintf("node %d hears no request of one that is no node; see its log", answer.from)}
	case refusal != 0:
		return 0, &RefusedError{refusal, answer.from, answer.refusal != 0, detail}
	case answer.kind != kindAsk:
		return 0, badFrame("a hello for %v answers one for %v", answer.kind, kindAsk)
	}
	return spoken(&own, &answer), nil
}

// exchange says the request and returns the response.
func exchange(c *secured, request []byte, version uint8) ([]byte, error) {
	if n, err := c.Write(appendFrameOf(version, nil, frameRequest, nil, request)); err != nil {
		if n == 0 {
			return nil, fmt.Errorf("%w: %w", ErrNotSent, err)
		}
		return nil, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	reader := frameReader{from: c, most: MaxAskedBytes, version: version}
	t, body, err := reader.next()
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrUnknown, err)
	case t != frameResponse:
		return nil, fmt.Errorf("%w: %w", ErrUnknown, strayFrame(t, kindAsk))
	}
	return slices.Clone(body), nil
}

// isNobody reports whether a hello names no node and no cluster, as an asker's does.
func (h *hello) isNobody() bool {
	return h.from == protocol.Nil && h.to == protocol.Nil && h.cluster == [16]byte{} && h.folder.Starts == 0
}
