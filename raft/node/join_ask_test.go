package node_test

// Goal: a folder finds its cluster by a list of which much is wrong, in bounded time, and is told what is wrong. Method: real nodes on loopback; in the list
// somebody dead, silent, of another secret, no node at all; names whose addresses a function says, which changes its mind.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/internal/ports"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// listening returns the address of somebody who does this with each connection.
func listening(t testing.TB, do func(net.Conn)) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			do(c)
		}
	}()
	return listener.Addr().String()
}

// silent says nothing, and rude something else than a node.
func silent(t testing.TB) string {
	return listening(t, func(c net.Conn) { t.Cleanup(func() { _ = c.Close() }) })
}

func rude(t testing.TB) string {
	return listening(t, func(c net.Conn) {
		_, _ = c.Write([]byte("220 mail.example ESMTP\r\n"))
		_ = c.Close()
	})
}

// oneNode is a cluster of one with a name and a secret.
func oneNode(t testing.TB, name string, with node.Secret) *site {
	s := joiner(t)
	s.options.Cluster, s.options.Secret = name, with
	s.options.Raft = raft.Config{ID: 1, Servers: protocol.Nodes(1)}
	s.start(t)
	return s
}

// joinsBy has a folder join by a list, within a time, and returns what came of it and all that was told.
func joinsBy(t testing.TB, within time.Duration, ask []string, lookUp func(string) ([]string, error)) (said string, err error) {
	more := joiner(t)
	j := more.joining(4, ask...)
	var all []string
	j.Told = func(why *node.JoinError) { all = append(all, why.Error()) }
	if lookUp != nil {
		j.LookUp = func(_ context.Context, host string) ([]string, error) { return lookUp(host) }
	}
	ctx, giveUp := context.WithTimeout(t.Context(), within)
	defer giveUp()
	err = node.Join(ctx, j)
	return strings.Join(all, "\n"), err
}

// joinsAmongStrangers returns an error where a folder does not join by a list in which one is a member.
func joinsAmongStrangers(t testing.TB) error {
	member := oneNode(t, "test", secret)
	stranger, other := oneNode(t, "test", node.NewSecret()), oneNode(t, "another", secret)
	said, err := joinsBy(t, soon, []string{
		stranger.options.Listen, other.options.Listen, rude(t), ports.Free(), silent(t), "none.test:7300", member.options.Listen,
	}, func(string) ([]string, error) { return nil, errors.New("no such host") })
	for _, want := range []string{`and not "test"`, "secret", "connection refused", "look up none.test: no such host"} {
		if err == nil && !strings.Contains(said, want) {
			err = fmt.Errorf("nothing is told of %q: %s", want, said)
		}
	}
	return err
}

func TestAFolderJoinsByAListOfWhichMuchIsWrong(t *testing.T) {
	t.Parallel()
	require.NoError(t, joinsAmongStrangers(t))
}

// endsAmongStrangers returns an error where a folder goes on asking though all that it asks are of other clusters, or gives up one who may be of its own.
func endsAmongStrangers(t testing.TB) error {
	stranger, other := oneNode(t, "test", node.NewSecret()), oneNode(t, "another", secret)
	strangers := []string{stranger.options.Listen, other.options.Listen}
	var why *node.JoinError
	if said, err := joinsBy(t, 5*time.Second, strangers, nil); !errors.As(err, &why) || !why.Never {
		return fmt.Errorf("all are strangers, and it ends with %w: %s", err, said)
	}
	for _, list := range [][]string{{silent(t)}, {stranger.options.Listen, ports.Free()}} {
		if _, err := joinsBy(t, 3*time.Second, list, nil); !errors.As(err, &why) || why.Never {
			return fmt.Errorf("of %v one may be of its cluster, and it ends with %w", list, err)
		}
	}
	return nil
}

func TestWhoFindsStrangersAloneIsToldForGood(t *testing.T) {
	t.Parallel()
	require.NoError(t, endsAmongStrangers(t))
}

// joinsByName returns an error where a folder does not find its cluster by a name that gives nothing first, then an address that is dead, then, behind
// that one, a member's.
func joinsByName(t testing.TB) error {
	member := oneNode(t, "test", secret)
	_, port, err := net.SplitHostPort(member.options.Listen)
	if err != nil {
		return err
	}
	var looked atomic.Int32
	said, err := joinsBy(t, 10*time.Second, []string{"cluster.test:" + port}, func(string) ([]string, error) {
		switch looked.Add(1) {
		case 1:
			return nil, nil
		case 2:
			return []string{"127.0.0.9"}, nil
		}
		return []string{"127.0.0.9", "127.0.0.1"}, nil
	})
	if err == nil && !strings.Contains(said, "the name has no address") {
		return errors.New(said)
	}
	return err
}

func TestAFolderJoinsByANameThatMoves(t *testing.T) {
	t.Parallel()
	require.NoError(t, joinsByName(t))
}

func TestALookUpThatHangsIsGivenUp(t *testing.T) {
	t.Parallel()
	member := oneNode(t, "test", secret)
	more := joiner(t)
	j := more.joining(4, "hangs.test:1", member.options.Listen)
	j.LookUp = func(ctx context.Context, _ string) ([]string, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	ctx, giveUp := context.WithTimeout(t.Context(), soon)
	defer giveUp()
	require.NoError(t, node.Join(ctx, j))
}
