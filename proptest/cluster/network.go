package cluster

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/eventstreamcore/semel/raft/node"
)

// Network decides what becomes of each frame between two nodes. It is safe for concurrent use.
type Network struct {
	secret node.Secret // of the nodes: what stands between them has to have it

	mu       sync.Mutex
	rules    map[route]rule
	counts   map[route]*Traffic
	changed  chan struct{} // closed when a rule changes
	links    []*link
	isolated map[uint8]bool
	heard    map[route][]*recording
	dials    atomic.Int64
}

// route is a direction: who sends, whoever dialled.
type route struct{ from, to uint8 }

// rule is what happens to frames of one direction.
type rule struct {
	lost    bool // messages, requests and responses vanish; hellos and pulses pass
	dead    bool // everything vanishes, nobody connects
	stalled bool // everything waits
	delay   time.Duration
	breakIn int64 // after so many bytes more a connection breaks; 0: not
	ruined  bool  // most pieces of snapshots are cut off or damaged
}

// Traffic counts the frames of one direction that said something: pulses and hellos do not count.
type Traffic struct {
	Passed  int // arrived at once
	Lost    int
	Delayed int // arrived, late by a delay or a stall
	Broken  int // connections cut off in the middle
	Pieces  int // requests for pieces of snapshots and answers to them that arrived, late or not
	Ruined  int // that were cut off or damaged
	Asks    int // questions of a folder that joins, or answers to them, that arrived, late or not
}

func newNetwork(secret node.Secret) *Network {
	return &Network{secret: secret, rules: map[route]rule{}, counts: map[route]*Traffic{}, isolated: map[uint8]bool{}, changed: make(chan struct{}), heard: map[route][]*recording{}}
}

// Lose lets what one node sends another vanish from now on, and nothing of what comes back. The transports still hear
// of one another, so that this lasts. In both directions it is a Cut.
func (n *Network) Lose(from, to uint8) { n.change(from, to, func(r *rule) { r.lost = true }) }

// Cut lets everything between two nodes vanish in silence from now on, as a pulled cable does.
func (n *Network) Cut(a, b uint8) {
	n.change(a, b, func(r *rule) { r.dead = true })
	n.change(b, a, func(r *rule) { r.dead = true })
}

// Stall holds all that one node sends another from now on; Heal delivers it.
func (n *Network) Stall(from, to uint8) { n.change(from, to, func(r *rule) { r.stalled = true }) }

// Delay delays all that one node sends another from now on.
func (n *Network) Delay(from, to uint8, by time.Duration) {
	n.change(from, to, func(r *rule) { r.delay = by })
}

// BreakIn breaks a connection on which one node sends another, once, after so many bytes more.
func (n *Network) BreakIn(from, to uint8, bytes int64) {
	n.change(from, to, func(r *rule) { r.breakIn = max(bytes, 1) })
}

// Ruin has most pieces of snapshots between a node and all others cut off or damaged from now on, or no more.
func (n *Network) Ruin(node uint8, ruined bool) {
	for _, l := range n.links {
		if to := l.place(); to != 0 && (l.from == node || to == node) {
			n.change(l.from, to, func(r *rule) { r.ruined = ruined })
		}
	}
}

// Isolate pulls a node's cables, apart from what any rule says, or puts them back.
func (n *Network) Isolate(node uint8, isolated bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if isolated {
		n.isolated[node] = true
	} else {
		delete(n.isolated, node)
	}
	n.tell()
}

// Heal takes all rules between two nodes back.
func (n *Network) Heal(a, b uint8) {
	n.change(a, b, func(r *rule) { *r = rule{} })
	n.change(b, a, func(r *rule) { *r = rule{} })
}

// Mend ends what Lose, Cut or Stall do to one direction.
func (n *Network) Mend(from, to uint8) {
	n.change(from, to, func(r *rule) { r.lost, r.dead, r.stalled = false, false, false })
}

// HealAll takes all rules back.
func (n *Network) HealAll() {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.rules)
	clear(n.isolated)
	n.tell()
}

// Traffic returns what became of the frames from one node to another so far.
func (n *Network) Traffic(from, to uint8) Traffic {
	n.mu.Lock()
	defer n.mu.Unlock()
	if c := n.counts[route{from, to}]; c != nil {
		return *c
	}
	return Traffic{}
}

// asks returns how many questions of a folder that joins at a node have arrived so far.
func (n *Network) asks(from uint8) (count int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for r, c := range n.counts {
		if r.from == from {
			count += c.Asks
		}
	}
	return count
}

// Total returns what became of all frames so far.
func (n *Network) Total() (total Traffic) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.counts {
		total.Passed += c.Passed
		total.Lost += c.Lost
		total.Delayed += c.Delayed
		total.Broken += c.Broken
		total.Pieces += c.Pieces
		total.Ruined += c.Ruined
	}
	return total
}

func (n *Network) change(from, to uint8, set func(*rule)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	r := n.rules[route{from, to}]
	set(&r)
	n.rules[route{from, to}] = r
	n.tell()
}

func (n *Network) tell() {
	close(n.changed)
	n.changed = make(chan struct{})
}

// rule returns what holds in a direction now, and what is closed when that may change.
func (n *Network) rule(r route) (rule, <-chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	held := n.rules[r]
	if held.lost && n.rules[route{r.to, r.from}].lost || n.isolated[r.from] || n.isolated[r.to] {
		held.dead = true
	}
	return held, n.changed
}

func (n *Network) count(r route, add func(*Traffic)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.counts[r] == nil {
		n.counts[r] = &Traffic{}
	}
	add(n.counts[r])
}

// breaks takes bytes off a rule that breaks a connection, and returns how many of them pass before it does.
func (n *Network) breaks(r route, bytes int) (pass int, now bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	held := n.rules[r]
	if held.breakIn == 0 {
		return bytes, false
	}
	if held.breakIn > int64(bytes) {
		held.breakIn -= int64(bytes)
		n.rules[r] = held
		return bytes, false
	}
	pass, held.breakIn = int(held.breakIn)-1, 0
	n.rules[r] = held
	return pass, true
}

// dial adds the proxy through which one node dials whoever has a slot, and returns its address. Nobody has it before give.
func (n *Network) dial(from, slot uint8) (string, error) {
	l := &link{network: n, from: from, slot: slot}
	p, err := listen(l.serve)
	if err != nil {
		return "", err
	}
	l.proxy = p
	n.links = append(n.links, l)
	return p.address(), nil
}

// give says which node has a slot: the folder that has it is there, for ever.
func (n *Network) give(slot, node uint8) {
	for _, l := range n.links {
		if l.slot == slot {
			l.to.Store(uint32(node))
		}
	}
}

// aim tells the proxies where the node listens now that has a slot; empty: nowhere.
func (n *Network) aim(slot uint8, address string) {
	for _, l := range n.links {
		if l.slot == slot {
			l.proxy.aim(address)
		}
	}
}

// unplug breaks all connections of a node, as the end of its process does.
func (n *Network) unplug(node uint8) {
	for _, l := range n.links {
		if l.place() == node {
			l.proxy.aim("")
		}
	}
	for _, l := range n.links {
		if l.place() == node || l.from == node {
			l.proxy.dropAll()
		}
	}
}

func (n *Network) close() {
	for _, l := range n.links {
		l.proxy.close()
	}
}
