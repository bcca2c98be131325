package server_test

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/internal/ports"
	"github.com/eventstreamcore/semel/raft/node"
)

// Three nodes in one program, and a stream in which each event comes three times,
// once to a consumer at each node: each event is handled once.
func ExampleOpen() {
	dir, _ := os.MkdirTemp("", "semel")
	defer func() { _ = os.RemoveAll(dir) }()
	peers := map[uint8]string{1: ports.Free(), 2: ports.Free(), 3: ports.Free()}
	secret := node.NewSecret() // in production, node.ParseSecret of a file that each machine has
	var nodes []*server.Replica
	for id := uint8(1); id <= 3; id++ {
		r, err := server.Open(server.Config{
			Cluster: "example", Node: id, Dir: filepath.Join(dir, fmt.Sprint(id)), Peers: peers, PeerSecret: secret,
			Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		defer r.Close()
		nodes = append(nodes, r)
	}
	for i, event := range []string{"paid-1", "paid-2", "paid-3"} {
		handled := 0
		for consumer, r := range nodes {
			if first(r, event, dedup.Owner(3*i+consumer+1)) {
				handled++
			}
		}
		fmt.Println(event, "handled", handled)
	}
	// Output:
	// paid-1 handled 1
	// paid-2 handled 1
	// paid-3 handled 1
}

// first claims event and, with the same owner, again until it is answered.
func first(r *server.Replica, event string, owner dedup.Owner) bool {
	for {
		secret, loaded := r.Secret()
		if !loaded {
			<-time.After(10 * time.Millisecond)
			continue
		}
		claim := dedup.Claim{Key: dedup.Digest(&secret, server.Namespace, []byte(event)), Owner: owner, TTLMillis: 60_000}
		won := make(chan dedup.Outcome, 1)
		r.Do(dedup.AppendClaim(nil, claim), 1, server.Within(time.Second), func(answers []server.Answer, err error) {
			if err != nil {
				won <- 0
				return
			}
			won <- answers[0].Outcome
		})
		if outcome := <-won; outcome != 0 {
			return outcome == dedup.Won
		}
	}
}
