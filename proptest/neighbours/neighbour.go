package neighbours

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eventstreamcore/semel/proptest/cluster"
)

// neighbour is one neighbour in a run: so many members, each a goroutine that does the same again and again.
type neighbour struct {
	kind    *kind
	cluster *cluster.Cluster
	node    *cluster.Node // whose doors it likes best
	seed    uint64
	values  []string // keys that have large values, where the kind needs them

	ctx     context.Context // until it has to leave
	members sync.WaitGroup
	acts    atomic.Int64    // what it did, in the kind's own measure
	told    atomic.Int64    // bytes that it read
	thrown  [3]atomic.Int64 // connections that a node ended at each of its ports while a member waited
	leaks   atomic.Int64    // how often a stranger was told whose cluster this is

	mu     sync.Mutex
	open   map[net.Conn]struct{}
	failed error // the first, of what it may not fail at
}

// pace is the time between two rounds of a member, and comeBack between two of one that was thrown out or refused: the
// machine is everybody's, and what is looked for is no question of processor time.
const (
	pace     = 5 * time.Millisecond
	comeBack = 400 * time.Millisecond
)

// crowd has so many members do something, again and again, until the neighbour leaves. Errors are the members' own
// business: who is thrown out comes back.
func (n *neighbour) crowd(members int, do func(m *member) error) {
	for id := range members {
		n.members.Go(func() {
			m := &member{neighbour: n, id: id, rng: rand.New(rand.NewPCG(n.seed, uint64(id)))}
			for n.ctx.Err() == nil {
				if do(m) != nil || len(n.kind.thrown) > 0 {
					n.pause(comeBack)
				}
				n.pause(pace)
			}
		})
	}
}

// member is one of a neighbour's members.
type member struct {
	*neighbour
	id  int
	rng *rand.Rand
}

// pause waits; false if the neighbour has to leave.
func (n *neighbour) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-n.ctx.Done():
		return false
	}
}

// patience is how long a member waits for bytes or for room to write before it begins anew. Leaving ends every wait.
const patience = 10 * time.Second

// dialFrom connects from an address of this machine; nil: any. The connection is closed when the neighbour leaves at the
// latest.
func (n *neighbour) dialFrom(source net.Addr, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: patience, LocalAddr: source}
	c, err := dialer.DialContext(n.ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ctx.Err() != nil {
		_ = c.Close()
		return nil, n.ctx.Err()
	}
	n.open[c] = struct{}{}
	return c, nil
}

func (n *neighbour) hangUp(c net.Conn) {
	_ = c.Close()
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.open, c)
}

// at connects, does something with the connection and hangs up.
func (n *neighbour) at(address string, do func(c net.Conn) error) error {
	return n.from(nil, address, do)
}

// from is at, from an address of this machine.
func (n *neighbour) from(source net.Addr, address string, do func(c net.Conn) error) error {
	c, err := n.dialFrom(source, address)
	if err != nil {
		return err
	}
	defer n.hangUp(c)
	return do(c)
}

// somewhere is an address of this machine that others do not have, most likely; nil where only Linux has such.
func (m *member) somewhere() net.Addr {
	if runtime.GOOS != "linux" {
		return nil
	}
	return &net.TCPAddr{IP: net.IPv4(127, byte(1+m.rng.IntN(250)), byte(m.rng.IntN(256)), byte(1+m.rng.IntN(250)))}
}

// say writes all bytes, and gives up after a while.
func say(c net.Conn, b []byte) error {
	_ = c.SetWriteDeadline(time.Now().Add(patience))
	_, err := c.Write(b)
	return err
}

// listen reads until the other side closes or for has passed, and returns the first bytes.
func (n *neighbour) listen(c net.Conn, most int, longest time.Duration) []byte {
	_ = c.SetReadDeadline(time.Now().Add(longest))
	b := make([]byte, 0, most)
	for len(b) < most {
		k, err := c.Read(b[len(b):most])
		b = b[:len(b)+k]
		n.told.Add(int64(k))
		if err != nil {
			break
		}
	}
	return b
}

// hold keeps a connection until the other side closes it or the neighbour leaves.
func (n *neighbour) hold(c net.Conn, port int) {
	_ = c.SetReadDeadline(time.Time{})
	var b [512]byte
	for {
		k, err := c.Read(b[:])
		n.told.Add(int64(k))
		if err != nil {
			n.ended(err, port)
			return
		}
	}
}

// ended counts a connection that the node ended.
func (n *neighbour) ended(err error, port int) {
	if err != nil && n.ctx.Err() == nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		n.thrown[port].Add(1)
	}
}

// wasThrown reports whether nodes have ended connections of it at all ports where they have to.
func (n *neighbour) wasThrown() bool {
	for _, port := range n.kind.thrown {
		if n.thrown[port].Load() == 0 {
			return false
		}
	}
	return true
}

func (n *neighbour) fail(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.failed == nil && n.ctx.Err() == nil {
		n.failed = err
	}
}

// part ends all members and waits for them. The context is done before.
func (n *neighbour) part() error {
	n.mu.Lock()
	for c := range n.open {
		_ = c.Close()
	}
	n.mu.Unlock()
	n.members.Wait()
	return n.failed
}
