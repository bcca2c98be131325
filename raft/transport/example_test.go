package transport_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/transport"
)

// host prints the messages that it receives, and greets those that call.
type host struct {
	received chan string
}

// Verify would refuse another folder than the one stored.
func (h host) Verify(protocol.NodeID, transport.Folder, []byte) (transport.Refusal, error) {
	return 0, nil
}

// Remember would store the folder durably.
func (h host) Remember(protocol.NodeID, transport.Folder, []byte) (transport.Refusal, error) {
	return 0, nil
}

func (h host) Met(protocol.NodeID)                        {}
func (h host) Refused(protocol.NodeID, transport.Refusal) {}

func (h host) Receive(p *transport.Packet) {
	h.received <- fmt.Sprintf("%v with %q", p.Message.Type, p.Payload)
}

func (host) Digested(protocol.NodeID, transport.Digest) {}

func (host) Accused(protocol.NodeID, transport.Accusation) {}

func (host) Gone(protocol.NodeID) {}

func (h host) Forwarded(from protocol.NodeID, request []byte, reply func([]byte)) {
	reply(fmt.Appendf(nil, "node %d said %q", from, request))
}

func (h host) Bulk(_ protocol.NodeID, request []byte, reply func([]byte)) { reply(request) }

// Asked would take in a node that asks to become a member.
func (h host) Asked(_ net.Addr, request []byte, reply func([]byte)) {
	reply(fmt.Appendf(nil, "somebody said %q", request))
}

func ExampleAsk() {
	secret := transport.NewSecret()
	member, err := transport.Start(transport.Config{
		Identity: transport.Identity{Cluster: [16]byte{1}, Node: 1, Folder: transport.Folder{Incarnation: 1001, Starts: 1, Recent: []uint64{42}}},
		Secret:   secret, Listen: "127.0.0.1:0", Handler: host{}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		panic(err)
	}
	defer member.Close()
	response, err := transport.Ask(context.Background(), transport.AskConfig{Secret: secret, Address: member.Addr().String()}, []byte("may I join?"))
	fmt.Println(string(response), err)
	// Output:
	// somebody said "may I join?" <nil>
}

func ExampleStart() {
	secret := transport.NewSecret() // in production, read from a file that all nodes have
	l1, _ := net.Listen("tcp", "127.0.0.1:0")
	l2, _ := net.Listen("tcp", "127.0.0.1:0")
	start := func(id, peer protocol.NodeID, own, other net.Listener, h host) *transport.Transport {
		t, err := transport.Start(transport.Config{
			Identity: transport.Identity{Cluster: [16]byte{1}, Node: id, Folder: transport.Folder{Incarnation: 1000 + uint64(id), Starts: 1, Recent: []uint64{42}}},
			Secret:   secret,
			Listener: own, Peers: map[protocol.NodeID]string{peer: other.Addr().String()},
			Handler: h, Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			panic(err)
		}
		return t
	}
	h := host{make(chan string, 1)}
	one, two := start(1, 2, l1, l2, h), start(2, 1, l2, l1, h)
	defer one.Close()
	defer two.Close()

	p := transport.Packet{Message: protocol.Message{Type: protocol.AppendEntries, From: 1, To: 2, Term: 1}, Payload: []byte("payload")}
	for !one.Send(&p) { // no connection yet
		fmt.Print("")
	}
	fmt.Println(<-h.received)

	response, err := one.Call(context.Background(), 2, []byte("hello"), time.Now().Add(time.Second))
	for err != nil { // not connected for calls yet
		response, err = one.Call(context.Background(), 2, []byte("hello"), time.Now().Add(time.Second))
	}
	fmt.Println(string(response))
	// Output:
	// AppendEntries with "payload"
	// node 1 said "hello"
}
