package cluster

import (
	"fmt"
	"net"

	"github.com/eventstreamcore/semel/dedup/server/gate"
	httpdoor "github.com/eventstreamcore/semel/dedup/server/http"
	"github.com/eventstreamcore/semel/dedup/server/redis"
)

// open opens the doors of a process, as serve does.
func (n *Node) open(p *process) error {
	web, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	stock, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	config, limits := &n.cluster.config, &n.cluster.config.Limits
	bytes, unread := gate.NewBytes(limits.RequestBytes), gate.NewUnread(limits.UnreadBytes)
	http := httpdoor.New(httpdoor.Config{
		Service: p.replica, Timeout: config.Timeout, MaxConnections: limits.Connections, GreetingTime: limits.Greeting,
		RequestTime: limits.Request, Bytes: bytes, Unread: unread, Logger: config.Logger,
	})
	p.web = httpdoor.NewServer(http)
	p.redis = redis.New(redis.Config{
		Service: p.replica, Timeout: config.Timeout, Now: n.Clock.Time, MaxConnections: limits.Connections, GreetingTime: limits.Greeting,
		RequestTime: limits.Request, Bytes: bytes, Unread: unread, WriteTimeout: limits.Writing, Logger: config.Logger,
	})
	go n.serve(p, "HTTP", func() error { return p.web.Serve(http.Listen(&tired{web, n})) })
	go n.serve(p, "Redis", func() error { return p.redis.Serve(&tired{stock, n}) })
	p.ports.HTTP, p.ports.Redis = web.Addr().String(), stock.Addr().String()
	n.HTTP.proxy.aim(p.ports.HTTP)
	n.Redis.proxy.aim(p.ports.Redis)
	return nil
}

// serve has a door serve. One that ends by itself is as bad as a replica that does.
func (n *Node) serve(p *process, name string, door func() error) {
	if err := door(); !p.closing.Load() {
		n.cluster.note(n.ID, fmt.Errorf("its %s door ended: %w", name, err))
	}
}

// Ports are where a process listens, without a proxy between: good for this life of it.
type Ports struct{ HTTP, Redis, Peer string }

// Ports returns where the node listens; empty while it is down.
func (n *Node) Ports() Ports {
	if p := n.running(); p != nil {
		return p.ports
	}
	return Ports{}
}
