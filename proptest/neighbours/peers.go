package neighbours

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/big"
	"net"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/proptest/cluster"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// peers pretend to be nodes, or are one that was away.
func peers() []*kind {
	return []*kind{
		{name: "pretender", what: "plain hellos with what refusals tell, then a vote of the highest term", members: 6, enter: pretender},
		{name: "keyless", what: "TLS without the cluster's key", members: 6, enter: keyless},
		{name: "replay", what: "recorded streams of real peers, again", members: 6, enter: replay},
		{name: "catch-up", what: "a follower that missed many large values", members: 1, holds: 256, enter: catchUp},
	}
}

const (
	helloBytes  = 40 // of an answer at least: where it is told, enough to play who said it
	helloFields = 42
	messages    = 1 // the kind of connection
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// plainHello is a hello of the protocol between nodes, as whoever has read its description writes it.
func plainHello(from, to byte, id [16]byte, incarnation uint64) []byte {
	b := make([]byte, 12+helloFields)
	copy(b, "SEML")
	b[4], b[5], b[6], b[7], b[8], b[10] = messages, 1, 255, from, to, helloFields
	copy(b[12:], id[:])
	binary.LittleEndian.PutUint64(b[28:], incarnation)
	b[36] = 1 // the folder's first start, with an id of 0; behind it 2 bytes, that nothing is advertised
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// plainMessage is a frame with a message.
func plainMessage(m *protocol.Message) []byte {
	body := append(protocol.AppendMessage(nil, m), 0) // and the number 0
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(body)))
	b = append(b, 2)
	check := crc32.Checksum(b, castagnoli)
	b = append(b, byte(check), byte(check>>8), byte(check>>16))
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(body, castagnoli))
	return append(b, body...)
}

// pretender asks each node who it is, and then plays one to another: in plain words, or within TLS with a key of its own.
func pretender(n *neighbour) {
	config, err := strangersTLS()
	if err != nil {
		n.fail(err)
		return
	}
	n.crowd(n.kind.members, func(m *member) error {
		known := map[uint8][]byte{}
		secure := config
		if m.id%2 == 0 {
			secure = nil
		}
		for _, node := range m.cluster.Nodes {
			if answer := m.ask(node.Ports().Peer, secure, plainHello(63, node.ID, [16]byte{}, 1)); len(answer) == helloBytes {
				known[node.ID] = answer
				m.leaks.Add(1)
			}
			m.acts.Add(1)
		}
		victim := m.cluster.Nodes[m.rng.IntN(len(m.cluster.Nodes))]
		for id, answer := range known {
			if id != victim.ID {
				m.play(victim, secure, id, [16]byte(answer[12:28]), binary.LittleEndian.Uint64(answer[28:36]))
			}
		}
		return nil
	})
}

// within is a connection in plain words, or within TLS where it is to be that.
func (m *member) within(c net.Conn, config *tls.Config) (net.Conn, error) {
	if config == nil {
		return c, nil
	}
	secure := tls.Client(c, config)
	_ = c.SetDeadline(time.Now().Add(patience))
	return secure, secure.HandshakeContext(m.ctx)
}

// ask returns what is answered to a hello.
func (m *member) ask(address string, config *tls.Config, hello []byte) (answer []byte) {
	_ = m.at(address, func(raw net.Conn) error {
		c, err := m.within(raw, config)
		if err != nil {
			return err
		}
		if err := say(c, hello); err != nil {
			return err
		}
		if answer = m.listen(c, helloBytes, time.Second); !bytes.HasPrefix(answer, []byte("SEML")) {
			answer = nil
		}
		return nil
	})
	return answer
}

// play plays node id to a victim: a vote in the highest term there is.
func (m *member) play(victim *cluster.Node, config *tls.Config, id uint8, of [16]byte, incarnation uint64) {
	_ = m.at(victim.Ports().Peer, func(raw net.Conn) error {
		c, err := m.within(raw, config)
		if err != nil {
			return err
		}
		from, to := protocol.NodeID(id), protocol.NodeID(victim.ID)
		vote := protocol.Message{Type: protocol.RequestVote, From: from, To: to, Term: highestTerm, LastIndex: 1 << 40, LastTerm: 1 << 40}
		hello := plainHello(id, victim.ID, of, incarnation)
		if err := say(c, hello); err != nil {
			return err
		}
		m.listen(c, helloBytes, time.Second)
		return say(c, append(hello, plainMessage(&vote)...))
	})
}

// highestTerm is below the limit on terms: what is beyond it nobody believes.
const highestTerm = 1 << 40

// keyless makes a key of its own, and says hello all the same.
func keyless(n *neighbour) {
	config, err := strangersTLS()
	if err != nil {
		n.fail(err)
		return
	}
	n.crowd(n.kind.members, func(m *member) error {
		node := m.cluster.Nodes[m.rng.IntN(len(m.cluster.Nodes))]
		m.acts.Add(1)
		if answer := m.ask(node.Ports().Peer, config, plainHello(node.ID%3+1, node.ID, [16]byte{}, 1)); len(answer) > 0 {
			m.leaks.Add(1)
		}
		return nil
	})
}

func strangersTLS() (*tls.Config, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, &template, &template, public, private)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		InsecureSkipVerify: true, //nolint:gosec // a stranger believes anybody
		MinVersion:         tls.VersionTLS12,
		Certificates:       []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: private}},
	}, nil
}

// replay says again what nodes said before, byte for byte, on connections of its own.
func replay(n *neighbour) {
	n.crowd(n.kind.members, func(m *member) error {
		from := uint8(m.rng.IntN(len(m.cluster.Nodes)) + 1)
		to := from%uint8(len(m.cluster.Nodes)) + 1
		streams := m.cluster.Network.Recorded(from, to)
		if len(streams) == 0 {
			return nil
		}
		stream := streams[m.rng.IntN(len(streams))]
		return m.at(m.cluster.Node(to).Ports().Peer, func(c net.Conn) error {
			if err := say(c, stream); err != nil {
				return err
			}
			m.acts.Add(1)
			if told := m.listen(c, 64<<10, 200*time.Millisecond); bytes.HasPrefix(told, []byte("SEML")) {
				m.leaks.Add(1)
			}
			return nil
		})
	})
}

// What the follower missed.
const (
	missedValues = 512
	missedBytes  = 64 << 10
)

// catchUp stops a follower, has large values written, and starts it: honest clients begin while it is far behind.
func catchUp(n *neighbour) {
	n.members.Go(func() {
		leader, err := n.cluster.AwaitLeader(n.ctx)
		if err != nil {
			n.fail(err)
			return
		}
		away := n.cluster.Node(leader.ID%3 + 1)
		away.Stop()
		if err := write(n.ctx, n.cluster, "missed", missedValues, missedBytes); err != nil {
			n.fail(fmt.Errorf("values that the follower misses: %w", err))
		}
		if err := away.Start(); err != nil {
			n.fail(err)
			return
		}
		n.acts.Add(1)
	})
}

// write puts large values at keys that begin with a word, of a letter that no other has. Some of them at once: a disk syncs for all.
func write(ctx context.Context, c *cluster.Cluster, word string, count, size int) error {
	secret, ok := c.Nodes[0].Secret()
	if !ok {
		if leader := c.Leader(); leader != nil {
			secret, ok = leader.Secret()
		}
	}
	if !ok {
		return errors.New("no node knows the key of digests")
	}
	value := bytes.Repeat([]byte("v"), size)
	errs := make(chan error, writers)
	for w := range writers {
		go func() {
			errs <- func() error {
				for k := w; k < count; k += writers {
					put := dedup.Put{Call: 1<<62 | uint64(word[0])<<32 | uint64(k), Key: dedup.Digest(&secret, "default", []byte(keyOf(word, k))), Value: value}
					if err := insist(ctx, c, dedup.AppendPut(nil, put)); err != nil {
						return err
					}
				}
				return nil
			}()
		}()
	}
	var all error
	for range writers {
		all = errors.Join(all, <-errs)
	}
	return all
}

const writers = 8

func keyOf(word string, k int) string { return fmt.Sprintf("%s-%d", word, k) }

// insist has a command done that may be done twice.
func insist(ctx context.Context, c *cluster.Cluster, command []byte) error {
	return cluster.Wait(ctx, "a value is written", func() bool {
		leader := c.Leader()
		if leader == nil {
			return false
		}
		_, err := leader.Do(ctx, command, 1)
		return err == nil
	})
}
