package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/http"
	"github.com/eventstreamcore/semel/dedup/server/redis"
	"github.com/eventstreamcore/semel/raft/wal"
)

type serving struct {
	cluster, dir, http, redis string
	id                        uint8
	peers                     map[string]string
}

func serveCommand() *cobra.Command {
	var s serving
	c := &cobra.Command{
		Use: "serve", Short: "Run one node", Args: cobra.NoArgs,
		Example: "  semel serve --id 1 --peers 1=10.0.0.1:7300,2=10.0.0.2:7300,3=10.0.0.3:7300 --data /var/lib/semel",
		RunE:    func(c *cobra.Command, _ []string) error { return s.run(c.Context()) },
	}
	c.Flags().StringVar(&s.cluster, "cluster", "semel", "name of the cluster, the same on all nodes")
	c.Flags().Uint8Var(&s.id, "id", 1, "id of this node, from 1")
	c.Flags().StringToStringVar(&s.peers, "peers", nil, "addresses between the nodes, id=host:port, this node among them")
	c.Flags().StringVar(&s.dir, "data", "", "folder of this node's log")
	c.Flags().StringVar(&s.http, "http", "127.0.0.1:7100", "address of the HTTP door")
	c.Flags().StringVar(&s.redis, "redis", "127.0.0.1:7200", "address of the Redis door")
	_ = c.MarkFlagRequired("peers")
	_ = c.MarkFlagRequired("data")
	return c
}

func (s *serving) run(ctx context.Context) error {
	peers := map[uint8]string{}
	for id, address := range s.peers {
		var n uint8
		if _, err := fmt.Sscanf(id, "%d", &n); err != nil {
			return fmt.Errorf("--peers: %q is no node id, want id=host:port", id)
		}
		peers[n] = address
	}
	replica, err := server.Open(server.Config{Cluster: s.cluster, Node: s.id, Dir: s.dir, Peers: peers})
	if err != nil {
		return ended(err)
	}
	defer replica.Close()
	return s.serveDoors(ctx, replica)
}

// serveDoors serves until ctx ends, the replica stops or a door fails.
func (s *serving) serveDoors(ctx context.Context, replica *server.Replica) error {
	httpListener, err := net.Listen("tcp", s.http)
	if err != nil {
		return &exitError{exitUnavailable, err}
	}
	redisListener, err := net.Listen("tcp", s.redis)
	if err != nil {
		_ = httpListener.Close()
		return &exitError{exitUnavailable, err}
	}
	web, stock := http.NewServer(http.New(http.Config{Service: replica})), redis.New(redis.Config{Service: replica})
	failed := make(chan error, 2)
	go func() { failed <- web.Serve(httpListener) }()
	go func() { failed <- stock.Serve(redisListener) }()
	select {
	case <-ctx.Done():
	case <-replica.Done():
		err = replica.Err()
	case err = <-failed:
	}
	grace, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	_ = web.Shutdown(grace)
	stock.Close()
	if err != nil {
		return ended(err)
	}
	return nil
}

// ended tells a fault of the disk from one that a restart may mend.
func ended(err error) error {
	if errors.Is(err, wal.ErrFailed) || errors.Is(err, wal.ErrDamaged) {
		return &exitError{exitDisk, err}
	}
	return &exitError{exitUnavailable, err}
}
