package transport

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Identity is who a replica says it is in every hello.
type Identity struct {
	// Cluster is the cluster's id, on each node the same. Not all zero.
	Cluster [16]byte
	// Node is this replica, 1 to 63.
	Node protocol.NodeID
	// Folder is which data folder it has, and in which start.
	Folder
	// Advertised is what each hello says of where this node is found, in the host's own words: the other's host is told it
	// (Handler.Verify). MostAdvertised bytes at most; may be empty.
	Advertised []byte
}

// MostAdvertised is how many bytes of Identity.Advertised a hello has room for.
const MostAdvertised = 1 << 10

// MostRecent is how many ids of starts a hello has room for.
const MostRecent = 256

// Folder is what a node says of its data folder in each hello.
type Folder struct {
	Incarnation uint64   // the random number written once per folder, not 0
	Starts      uint64   // how many starts it has had, the present one included
	Recent      []uint64 // the random ids of the last of them, min(Starts, MostRecent), the present one's last
}

// Packet is one message between replicas and what goes with it.
type Packet struct {
	Message protocol.Message
	// Number is the host's, and goes with the message.
	Number uint64
	// Payload is what the host attached: the bytes of the message's entries, which neither
	// the core nor this package reads. Empty where there are none.
	Payload []byte
}

// Handler is what a host does with what arrives. The methods are called by the goroutine that
// reads the connection, so that one that blocks holds up its peer, and no other (which dials anew if
// that takes longer than its Silence); each must return
// before Close can. None may call Close.
type Handler interface {
	// Verify is asked about the node at the other end of every new connection, which has the secret, before anything else is read
	// from it or sent to it; also about one that dials and is no peer here. It returns UnknownNode for one that is not to take part,
	// Removed for one that is not to any more, OtherIncarnation, RolledBack, Diverged or NotNow for such a folder, with why, otherwise 0 and
	// nil; it stores nothing. advertised is the other's Identity.Advertised, and the host's to keep: so who comes back at a new address can be
	// found there (SetPeer).
	Verify(peer protocol.NodeID, folder Folder, advertised []byte) (Refusal, error)

	// Remember is called when both sides have accepted each other, before the first message. The host stores the
	// peer's folder and start durably where they are new, and returns what Verify would. Never called twice at once.
	Remember(peer protocol.NodeID, folder Folder, advertised []byte) (Refusal, error)

	// Met is called when a peer has this node, in its present start, on its own disk, before that peer's first message
	// is handed on; again with each of its connections.
	Met(peer protocol.NodeID)

	// Refused is called when a node that fits otherwise has refused this node's folder: OtherIncarnation, RolledBack, Diverged or Removed.
	Refused(peer protocol.NodeID, refusal Refusal)

	// Gone is called when a peer's process has ended, by all signs: a connection to it broke, where it was dialled nobody
	// listens (see death.go), and nothing is left of what it sent. It may be wrong.
	Gone(peer protocol.NodeID)

	// Receive takes a message whose From is a verified peer and whose To is this node. Messages
	// of one peer come one at a time and in the order sent, but for those that were lost; those
	// of different peers come at the same time. p and its Payload are valid until Receive returns;
	// a copy of p.Message stays valid.
	Receive(p *Packet)

	// Digested takes what a peer's SendDigest said, and Accused what its Accuse did: as Receive.
	Digested(from protocol.NodeID, d Digest)
	Accused(by protocol.NodeID, a Accusation)

	// Forwarded takes a request of the peer's Call. request is valid until Forwarded returns;
	// reply is to be called once, by whatever goroutine, now or later. It copies the response,
	// never blocks, and does nothing where the connection is gone.
	Forwarded(from protocol.NodeID, request []byte, reply func(response []byte))

	// Bulk takes a request of the peer's CallBulk, as Forwarded does; the response has MaxBulkBytes at most. Of one peer no
	// more than OpenBulkCalls are without a response that has been written, whatever it does; so every reply is to be called, also
	// where the connection is gone. A method that blocks holds up that peer's bulk calls alone.
	Bulk(from protocol.NodeID, request []byte, reply func(response []byte))

	// Asked takes a request of an Ask, of somebody who has the secret and may be no node of any cluster. request is valid until Asked
	// returns; reply is to be called once, by whatever goroutine, within Config.AskTime: the connection is given up then. It copies the
	// response, of MaxAskedBytes at most, never blocks, and does nothing where the connection is gone. At most OpenAsks are asked at once.
	Asked(from net.Addr, request []byte, reply func(response []byte))
}

// Config is what a transport is told once. Fields left 0 take their default.
type Config struct {
	Identity

	// Secret is what all nodes of the cluster have and nobody else: a connection begins with TLS 1.3 in which both
	// sides prove that they have it. Required where there are peers, or are to be; the same on each node.
	Secret Secret

	// Listen is the TCP address to accept on. Required, but for Listener.
	Listen string
	// Listener accepts in Listen's place; the transport closes it.
	Listener net.Listener
	// Dial opens a connection to a peer's address. Default: TCP. TLS goes over what it and Listener return.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Peers are the addresses of the other nodes by id, resolved at every dial, to begin with: SetPeer and RemovePeer change them.
	// May be empty.
	Peers map[protocol.NodeID]string

	// Handler takes what arrives. Required.
	Handler Handler

	// QueueMessages bounds the messages to one peer that wait here or are being written: keep it
	// above Raft's window to a peer (messages in flight, and some for heartbeats and responses), or
	// the window would fill a queue that drops. Default 1,024; 1 to 2^20.
	QueueMessages int
	// QueueBytes bounds their bytes; an empty queue takes one message of any size. Bounds the bytes of
	// waiting requests as well. Default 64 MiB; 1 to 2^30.
	QueueBytes int
	// OpenCalls bounds the requests to a peer that have no response yet; the peer reads no more from us
	// than that. On each node the same. Default 4,096; 1 to 2^20.
	OpenCalls int

	// DialTimeout bounds all there is until a connection stands, from its first byte: the dial, the proof of both
	// sides, the hellos. Default 2 s; above 0.
	DialTimeout time.Duration
	// BackOffMin is the second pause between attempts to reach a peer (the first retry is at
	// once); it doubles up to BackOffMax, which is the pause after a refusal too. Each is shortened
	// by chance, by up to a half. Default 20 ms; above 0.
	BackOffMin time.Duration
	// BackOffMax: see BackOffMin. Default 1 s; at least BackOffMin.
	BackOffMax time.Duration
	// Pulse is the time after which an idle side of a connection says that it is there. Default 1 s;
	// above 0.
	Pulse time.Duration
	// Silence is the time after which a connection is given up on which nothing was heard, or
	// a write got no further. On each node well above the others' Pulse. Default 4 s; at least 2 Pulse.
	Silence time.Duration

	// AskTime is how long one that asks has from its hello on until it has its response. Default 10 s; above 0.
	AskTime time.Duration

	// BulkIdle is the time after which the connection for bulk calls is given up on which none was made. Default 10 s; above 0.
	BulkIdle time.Duration

	// Seed starts the generator of the pauses, together with the ids of both nodes. Any value.
	Seed uint64

	versions versions // other ones than ours in tests alone

	// Logger is told, once for each change, of connections, refusals and faults; of what strangers cause at a bounded
	// rate. Default: slog's.
	Logger *slog.Logger
}

// ConfigError is returned by Start for a configuration that can't work.
type ConfigError struct {
	Field    string // the field of Config
	Value    any    // what it was, after defaults
	Expected string // what it may be
}

// Error says which field has which value, and which it may have.
func (e *ConfigError) Error() string {
	return fmt.Sprintf("transport configuration: %s is %v, expected %s", e.Field, e.Value, e.Expected)
}

func (c Config) withDefaults() Config {
	orDefault(&c.QueueMessages, 1024)
	orDefault(&c.QueueBytes, 64<<20)
	orDefault(&c.OpenCalls, 4096)
	orDefault(&c.DialTimeout, 2*time.Second)
	orDefault(&c.BackOffMin, 20*time.Millisecond)
	orDefault(&c.BackOffMax, max(time.Second, c.BackOffMin))
	orDefault(&c.Pulse, time.Second)
	orDefault(&c.Silence, 4*c.Pulse)
	orDefault(&c.AskTime, 10*time.Second)
	orDefault(&c.BulkIdle, 10*time.Second)
	orDefault(&c.versions, ours)
	if c.Secret.IsZero() && len(c.Peers) == 0 {
		c.Secret = NewSecret() // of one node: nobody else has to know it
	}
	if c.Dial == nil {
		c.Dial = new(net.Dialer).DialContext
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// validate returns a *ConfigError for the first field that is out of its range.
func (c Config) validate() error {
	switch {
	case c.Cluster == [16]byte{}:
		return &ConfigError{"Cluster", c.Cluster, "an id that is not all zero"}
	case !validID(c.Node):
		return &ConfigError{"Node", c.Node, "1 to 63"}
	case c.Incarnation == 0:
		return &ConfigError{"Incarnation", c.Incarnation, "a number that is not 0"}
	case c.Starts == 0 || len(c.Recent) != recentOf(c.Starts):
		return &ConfigError{"Recent", fmt.Sprintf("%d ids of %d starts", len(c.Recent), c.Starts), "an id for each start, the last 256 of them"}
	case len(c.Advertised) > MostAdvertised:
		return &ConfigError{"Advertised", fmt.Sprintf("%d bytes", len(c.Advertised)), fmt.Sprintf("at most %d", MostAdvertised)}
	case c.Secret.IsZero():
		return &ConfigError{"Secret", c.Secret, "the secret that all nodes of the cluster have"}
	case c.Handler == nil:
		return &ConfigError{"Handler", nil, "a handler"}
	case c.Listen == "" && c.Listener == nil:
		return &ConfigError{"Listen", `""`, "an address, or a Listener"}
	}
	for _, id := range c.peerIDs() {
		if !validID(id) || id == c.Node || c.Peers[id] == "" {
			return &ConfigError{"Peers", fmt.Sprintf("%d: %q", id, c.Peers[id]), "ids of 1 to 63, not this node's own, each with an address"}
		}
	}
	return c.validateRanges()
}

func (c Config) validateRanges() error {
	counts := []struct {
		field       string
		value, most int
	}{
		{"QueueMessages", c.QueueMessages, 1 << 20},
		{"QueueBytes", c.QueueBytes, 1 << 30},
		{"OpenCalls", c.OpenCalls, 1 << 20},
	}
	for _, n := range counts {
		if n.value < 1 || n.value > n.most {
			return &ConfigError{n.field, n.value, fmt.Sprintf("1 to %d", n.most)}
		}
	}
	times := []struct {
		field        string
		value, least time.Duration
	}{
		{"DialTimeout", c.DialTimeout, 1},
		{"BackOffMin", c.BackOffMin, 1},
		{"BackOffMax", c.BackOffMax, c.BackOffMin},
		{"Pulse", c.Pulse, 1},
		{"Silence", c.Silence, 2 * c.Pulse},
		{"AskTime", c.AskTime, 1},
		{"BulkIdle", c.BulkIdle, 1},
	}
	for _, d := range times {
		if d.value < d.least {
			return &ConfigError{d.field, d.value, fmt.Sprintf("at least %v", d.least)}
		}
	}
	return nil
}

func validID(id protocol.NodeID) bool { return id != protocol.Nil && id <= protocol.MaxNodeID }

// peerIDs are the ids of all peers, ascending.
func (c Config) peerIDs() []protocol.NodeID {
	return slices.Sorted(maps.Keys(c.Peers))
}
