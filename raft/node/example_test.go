package node_test

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// A cluster of one: it is its own leader as soon as its disk says so.
func Example() {
	dir, err := os.MkdirTemp("", "semel")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	servers, loaded := protocol.Nodes(1), make(chan struct{}, 1)
	n, err := node.Start(node.Options{
		Config:  node.Config{Raft: raft.Config{ID: 1, Servers: servers}},
		Cluster: "example", Dir: dir, Listen: "127.0.0.1:0", Machine: listOf(servers),
		Applied: func(k protocol.Index) {
			if k == 1 {
				loaded <- struct{}{}
			}
		},
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer n.Stop()
	<-loaded

	done := make(chan struct{})
	n.Propose(command("hello"), time.Minute, func(answers []byte, err error) {
		fmt.Println("place", placesOf(answers)[0], err)
		close(done)
	})
	<-done
	// Output: place 0 <nil>
}
