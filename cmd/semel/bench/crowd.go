package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eventstreamcore/semel/cmd/semel/wait"
)

// crowd is the connections of a neighbour.
type crowd struct {
	ctx     context.Context
	cancel  context.CancelFunc
	members sync.WaitGroup
	acts    atomic.Int64
}

// comeBack is how long a member that was thrown out stays away: what a flood takes of the network and the processors is
// another measurement.
const (
	comeBack  = time.Second
	lookEvery = 10 * time.Millisecond
)

// gather has so many members do something with a connection of their own, again and again.
func gather(ctx context.Context, members int, address func(id int) string, do func(g *crowd, c net.Conn) error) *crowd {
	g := &crowd{}
	g.ctx, g.cancel = context.WithCancel(ctx)
	for id := range members {
		g.members.Go(func() {
			for g.ctx.Err() == nil {
				g.once(address(id), do)
				wait.For(g.ctx, comeBack)
			}
		})
	}
	return g
}

func (g *crowd) once(address string, do func(g *crowd, c net.Conn) error) {
	dialer := net.Dialer{Timeout: answerPatience}
	c, err := dialer.DialContext(g.ctx, "tcp", address)
	if err != nil {
		return
	}
	defer func() { _ = c.Close() }()
	defer context.AfterFunc(g.ctx, func() { _ = c.Close() })()
	_ = do(g, c)
}

// await waits until so much was done, as long as a node may take to answer: it may have refused the rest.
func (g *crowd) await(acts int64) {
	for until := time.Now().Add(answerPatience); g.acts.Load() < acts && time.Now().Before(until) && g.ctx.Err() == nil; {
		wait.For(g.ctx, lookEvery)
	}
}

func (g *crowd) leave() int64 {
	g.cancel()
	g.members.Wait()
	return g.acts.Load()
}

type entering = func(ctx context.Context, c *cluster, leader int) (func() string, error)

// The large values.
const (
	largeValues = 250
	largeBytes  = 64 << 10
)

// prepare writes the values that large reads read.
func prepare(ctx context.Context, c *cluster, leader int) error {
	return write(ctx, c.doors[leader].redis, "large", largeValues)
}

// write puts large values, some of them on their way at once.
func write(ctx context.Context, address, word string, count int) error {
	const writers = 8
	value := strings.Repeat("v", largeBytes)
	errs := make(chan error, writers)
	for w := range writers {
		go func() {
			c, err := (&net.Dialer{Timeout: answerPatience}).DialContext(ctx, "tcp", address)
			if err != nil {
				errs <- err
				return
			}
			defer func() { _ = c.Close() }()
			lines := bufio.NewReader(c)
			for k := w; k < count && err == nil; {
				_ = c.SetDeadline(time.Now().Add(answerPatience))
				key := fmt.Sprintf("%s-%d", word, k)
				_, err = fmt.Fprintf(c, "*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", len(key), key, len(value), value)
				if err != nil {
					break
				}
				var line string
				if line, err = lines.ReadString('\n'); err == nil && line[0] == '+' {
					k += writers
				} else if err == nil { // it was refused: once more
					wait.For(ctx, refusedPause)
					err = ctx.Err()
				}
			}
			errs <- err
		}()
	}
	var all error
	for range writers {
		all = errors.Join(all, <-errs)
	}
	return all
}

// largeReads has clients read all large values at once, again and again, as fast as the answers come.
func largeReads(clients int) entering {
	var request bytes.Buffer
	fmt.Fprintf(&request, "*%d\r\n$4\r\nMGET\r\n", 1+largeValues)
	for k := range largeValues {
		key := fmt.Sprintf("large-%d", k)
		fmt.Fprintf(&request, "$%d\r\n%s\r\n", len(key), key)
	}
	return func(ctx context.Context, c *cluster, leader int) (func() string, error) {
		var read atomic.Int64
		g := gather(ctx, clients, func(int) string { return c.doors[leader].redis }, func(g *crowd, conn net.Conn) error {
			from := bufio.NewReaderSize(conn, readBytes)
			for {
				if _, err := conn.Write(request.Bytes()); err != nil {
					return err
				}
				n, err := readArray(from)
				if read.Add(n); err != nil {
					return err
				}
				g.acts.Add(1)
			}
		})
		start := time.Now()
		g.await(1)
		return func() string {
			took := time.Since(start).Seconds()
			acts := g.leave()
			return fmt.Sprintf("%.1f MGET/s, %.0f MiB/s", float64(acts)/took, float64(read.Load()>>20)/took)
		}, nil
	}
}

// readArray reads an answer to MGET, or an error in its place, and returns the bytes of the values.
func readArray(from *bufio.Reader) (total int64, err error) {
	line, err := from.ReadString('\n')
	if err != nil || line[0] != '*' {
		return 0, err
	}
	var values int
	if _, err := fmt.Sscanf(line, "*%d", &values); err != nil {
		return 0, err
	}
	for range values {
		var length int64
		if line, err = from.ReadString('\n'); err != nil {
			return total, err
		}
		if _, err := fmt.Sscanf(line, "$%d", &length); err != nil || length < 0 {
			continue // nil, or an error
		}
		if _, err := io.CopyN(io.Discard, from, length+2); err != nil {
			return total, err
		}
		total += length
	}
	return total, nil
}

// idle has connections to both doors that ask once and stay.
func idle(connections int) entering {
	return staying(connections, "PING\r\n", "GET /livez HTTP/1.1\r\nHost: semel\r\n\r\n", "%d open in the end, %d connected in all")
}

// staying has connections to both doors write one request each and stay; told is of how many are there in the end, and were in all.
func staying(connections int, redis, http, told string) entering {
	return func(ctx context.Context, c *cluster, leader int) (func() string, error) {
		var open atomic.Int64
		g := gather(ctx, connections, func(id int) string { return c.door(leader, id) }, func(g *crowd, conn net.Conn) error {
			request := redis
			if conn.RemoteAddr().String() == c.doors[leader].http {
				request = http
			}
			if _, err := io.WriteString(conn, request); err != nil {
				return err
			}
			g.acts.Add(1)
			open.Add(1)
			defer open.Add(-1)
			_, err := io.Copy(io.Discard, conn)
			return err
		})
		g.await(int64(connections))
		return func() string {
			still := open.Load()
			return fmt.Sprintf(told, still, g.leave())
		}, nil
	}
}

// door is the HTTP or the Redis door of a node.
func (c *cluster) door(node, which int) string {
	if which%2 == 0 {
		return c.doors[node].http
	}
	return c.doors[node].redis
}

const unfinishedBytes = 500 << 10

// unfinished has requests at both doors whose last bytes never come.
func unfinished(requests int) entering {
	value := strings.Repeat("v", unfinishedBytes)
	stock := "*3\r\n$5\r\nSETNX\r\n$4\r\nkey-\r\n$" + fmt.Sprint(unfinishedBytes+2) + "\r\n" + value
	body := `{"owner":"a","claims":[{"key":"k","response":"` + value
	web := fmt.Sprintf("POST /v1/batch HTTP/1.1\r\nHost: semel\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body)+4, body)
	return staying(requests, stock, web, "%d held in the end, %d begun in all")
}

// strangers sit at the ports between nodes and say nothing, and a follower that is killed has to come back past them.
func strangers(sockets int) entering {
	return func(ctx context.Context, c *cluster, leader int) (func() string, error) {
		ports := c.peerAddresses()
		g := gather(ctx, sockets*len(ports), func(id int) string { return ports[id%len(ports)] }, func(g *crowd, conn net.Conn) error {
			g.acts.Add(1)
			_, err := io.Copy(io.Discard, conn)
			return err
		})
		g.await(int64(sockets))
		back, err := c.restart(ctx, (leader+1)%clusterNodes, nil)
		if err != nil {
			g.leave()
			return nil, err
		}
		return func() string {
			word := <-back
			return fmt.Sprintf("%d sockets in all; a follower that was killed: %s", g.leave(), word)
		}, nil
	}
}
