package bench

import (
	"bytes"
	"context"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/eventstreamcore/semel/cmd/semel/local"
	"github.com/eventstreamcore/semel/cmd/semel/secret"
)

const clusterNodes = 3

// What a report claims has to fit: full nodes would answer nothing but that.
const capacityKeys, capacityBytes = "100000000", "8GiB"

// cluster is nodes of a program on this machine.
type cluster struct {
	local.Cluster
	doors   []door
	release func() // the ports
}

// startCluster starts nodes of a program, this one where it is empty, whose data is in folders of dir, with more flags.
func startCluster(ctx context.Context, program, dir string, more ...string) (_ *cluster, err error) {
	c := &cluster{Cluster: local.Cluster{
		Name: "bench", Dir: dir, Program: program, Flags: append([]string{"--capacity-keys", capacityKeys, "--capacity-bytes", capacityBytes}, more...),
	}}
	if c.Program == "" {
		c.Program = local.Self()
	}
	if provesPeers(ctx, c.Program) {
		c.Secret = filepath.Join(dir, local.SecretFile)
		if err := secret.Make(c.Secret); err != nil {
			return nil, err
		}
	}
	if c.release, err = c.Place(clusterNodes, 0); err != nil {
		return nil, err
	}
	for _, n := range c.Nodes {
		c.doors = append(c.doors, door{http: n.HTTP, redis: n.Redis})
	}
	if err := c.StartAll(ctx); err != nil {
		c.release()
		return nil, err
	}
	return c, nil
}

// provesPeers reports whether the nodes of a program prove themselves to each other: older ones did not.
func provesPeers(ctx context.Context, program string) bool {
	help, err := exec.CommandContext(ctx, program, "serve", "--help").CombinedOutput()
	return err == nil && bytes.Contains(help, []byte("--peer-secret"))
}

// start runs node i, with what its folder holds.
func (c *cluster) start(ctx context.Context, i int) error { return c.Start(ctx, c.Nodes[i]) }

// kill ends node i as kill -9 does.
func (c *cluster) kill(i int) { c.Nodes[i].Kill() }

// stop ends all nodes in order and waits for them.
func (c *cluster) stop() {
	c.Stop()
	c.release()
}

// ids are the process ids of the nodes.
func (c *cluster) ids() (ids []string) {
	for _, n := range c.Nodes {
		ids = append(ids, strconv.Itoa(n.PID()))
	}
	return ids
}
