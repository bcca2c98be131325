package bench

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/eventstreamcore/semel/raft/node"
)

const clusterNodes = 3

// What a report claims has to fit: full nodes would answer nothing but that.
const capacityKeys, capacityBytes = "100000000", "8GiB"

// cluster is nodes of this program on this machine, each its own process.
type cluster struct {
	program, dir string
	peers        string
	proves       bool // nodes prove themselves with the secret
	doors        []door
	processes    []*exec.Cmd
}

// startCluster starts nodes of a program, this one where it is empty, whose data is in folders of dir.
func startCluster(ctx context.Context, program, dir string) (_ *cluster, err error) {
	if program == "" {
		if program, err = os.Executable(); err != nil {
			return nil, err
		}
	}
	addresses, err := freeAddresses(3 * clusterNodes)
	if err != nil {
		return nil, err
	}
	c := &cluster{program: program, dir: dir, proves: provesPeers(ctx, program), processes: make([]*exec.Cmd, clusterNodes)}
	var peers []string
	for i := range clusterNodes {
		peers = append(peers, fmt.Sprintf("%d=%s", i+1, addresses[3*i]))
		c.doors = append(c.doors, door{http: addresses[3*i+1], redis: addresses[3*i+2]})
	}
	c.peers = strings.Join(peers, ",")
	if err := os.WriteFile(c.secret(), node.NewSecret().Text(), 0o600); err != nil {
		return nil, err
	}
	for i := range clusterNodes {
		if err := c.start(ctx, i); err != nil {
			c.stop()
			return nil, err
		}
	}
	return c, nil
}

// provesPeers reports whether the nodes of a program prove themselves to each other: older ones did not.
func provesPeers(ctx context.Context, program string) bool {
	help, err := exec.CommandContext(ctx, program, "serve", "--help").CombinedOutput()
	return err == nil && bytes.Contains(help, []byte("--peer-secret"))
}

// secret is the file of the nodes' secret.
func (c *cluster) secret() string { return filepath.Join(c.dir, "peer.secret") }

// freeAddresses returns addresses that the kernel says are free now.
func freeAddresses(n int) (addresses []string, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer func() { _ = l.Close() }()
		addresses = append(addresses, l.Addr().String())
	}
	return addresses, nil
}

// start runs node i, with what its folder holds.
func (c *cluster) start(ctx context.Context, i int) error {
	id := strconv.Itoa(i + 1)
	p := exec.CommandContext(ctx, c.program, "serve", "--cluster", "bench", "--id", id, "--peers", c.peers,
		"--data", filepath.Join(c.dir, id), "--http", c.doors[i].http, "--redis", c.doors[i].redis,
		"--capacity-keys", capacityKeys, "--capacity-bytes", capacityBytes, "--until-input-ends")
	if c.proves {
		p.Args = append(p.Args, "--peer-secret", c.secret())
	}
	log, err := os.OpenFile(filepath.Join(c.dir, id+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	p.Stdout, p.Stderr = log, log
	if _, err := p.StdinPipe(); err != nil { // it ends when this process does, killed or not
		return err
	}
	p.Cancel = func() error { return p.Process.Signal(syscall.SIGTERM) }
	p.WaitDelay = 5 * time.Second
	c.processes[i] = p
	return p.Start()
}

// kill ends node i as kill -9 does.
func (c *cluster) kill(i int) {
	_ = c.processes[i].Process.Kill()
	_ = c.processes[i].Wait()
}

// stop ends all nodes in order and waits for them.
func (c *cluster) stop() {
	for _, p := range c.processes {
		if p != nil && p.Process != nil {
			_ = p.Process.Signal(syscall.SIGTERM)
		}
	}
	for _, p := range c.processes {
		if p != nil && p.Process != nil {
			_ = p.Wait()
		}
	}
}

// ids are the process ids of the nodes.
func (c *cluster) ids() (ids []string) {
	for _, p := range c.processes {
		ids = append(ids, strconv.Itoa(p.Process.Pid))
	}
	return ids
}

// nodes are the HTTP addresses, as --nodes takes them.
func (c *cluster) nodes() string {
	var addresses []string
	for _, d := range c.doors {
		addresses = append(addresses, d.http)
	}
	return strings.Join(addresses, ",")
}
