package node

import (
	"cmp"
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/transport"
	"github.com/eventstreamcore/semel/raft/wal"
)

// A folder looks for the first members of a cluster that nobody has listed, and makes its log with them (decision 0046).

// BootstrapName is the file of a folder that looks, or looked, for first members: its incarnation and, once they are agreed, the list that it is bound to, for good.
// bootstrapTemp is the file while it is written.
const (
	BootstrapName = "BOOTSTRAP"
	bootstrapTemp = "bootstrap.tmp"
)

const (
	foundingPause  = 200 * time.Millisecond // from one round to the next, and up to as much again by chance
	foundingAsk    = 4 * time.Second        // for one who is asked
	mostFoundAtAll = 256                    // addresses that are asked in a round
)

func encodeBootstrap(incarnation uint64, list []Founder) []byte {
	return keptText{Founders: list}.encode(incarnation)
}

// readBootstrap returns what stands in the file; 0 and nil where there is none.
func readBootstrap(folder disk.FS) (incarnation uint64, list []Founder, err error) {
	text, err := readWhole(folder, BootstrapName)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, nil, nil
	case err != nil:
		return 0, nil, err
	}
	incarnation, kept, whole := parseKept(text)
	if !whole {
		return 0, nil, fmt.Errorf("%w: %s is not what was written", wal.ErrDamaged, BootstrapName)
	}
	if kept.Founders != nil {
		err = checkFounders(kept.Founders, len(kept.Founders))
	}
	return incarnation, kept.Founders, err
}

// CheckBootstrap returns an error where what a folder keeps of the first members is not what was written.
func CheckBootstrap(folder disk.FS) error {
	_, _, err := readBootstrap(disk.Told(folder))
	return err
}

// Bootstrapping says which folder looks for the first members, and by what. All but LookUp, Told and SegmentBytes are required.
type Bootstrapping struct {
	Cluster string
	Dir     string   // an empty folder, or one that looked for first members before; it is made where missing
	Secret  Secret   // the cluster's
	Expect  int      // how many first members there are to be, this one among them: 2 to 63
	Ask     []string // where they may be: as of Joining; may name this one, too
	Listen  string   // the address for other nodes
	Member           // ID and the addresses
	Machine StateMachine

	LookUp func(ctx context.Context, host string) ([]string, error) // as of Joining
	Told   func(why string)                                         // where not nil, is called with what is lacking, in each round

	SegmentBytes int64 // as of Options
}

// Bootstrap makes the log of a folder that is to be one of the first members of a cluster, once it is agreed who they are. It looks for them until then, or
// until ctx ends. Where the folder has a log already it does nothing. It is safe to repeat. A *FoundersError says that there is a cluster already.
func Bootstrap(ctx context.Context, b Bootstrapping) error {
	if _, err := wal.ReadIdentity(wal.Config{Dir: b.Dir}); !errors.Is(err, wal.ErrNoLog) {
		return err
	}
	if b.Expect < 2 || b.Expect > MostMembers {
		return fmt.Errorf("%w: %d of them, want 2 to %d", ErrFounders, b.Expect, MostMembers)
	}
	folder, err := folderOf(nil, b.Dir, disk.OpenFolder)
	if err != nil {
		return err
	}
	switch _, err := readWhole(folder, JoinName); {
	case err == nil:
		return fmt.Errorf("%w: this folder was to join a cluster that runs: go on with that, or empty it", ErrFounders)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	incarnation, list, err := readBootstrap(folder)
	if err != nil {
		return err
	}
	if incarnation == 0 {
		incarnation = drawn()
		if err := writeWhole(folder, bootstrapTemp, BootstrapName, encodeBootstrap(incarnation, nil)); err != nil {
			return err
		}
	}
	if list == nil {
		if list, err = b.find(ctx, Founder{ID: b.ID, Incarnation: incarnation, Peer: b.Peer, HTTP: b.HTTP, Redis: b.Redis}); err != nil {
			return err
		}
	}
	return b.bind(folder, list, incarnation)
}

func drawn() uint64 {
	var b [8]byte
	for binary.BigEndian.Uint64(b[:]) == 0 {
		_, _ = crand.Read(b[:]) // ends the process where there is no randomness
	}
	return binary.BigEndian.Uint64(b[:])
}

// bind keeps the list and makes the log: from here on this folder is of this list's cluster, and of no other.
func (b *Bootstrapping) bind(folder disk.FS, list []Founder, incarnation uint64) error {
	if err := writeWhole(folder, bootstrapTemp, BootstrapName, encodeBootstrap(incarnation, list)); err != nil {
		return fmt.Errorf("keep who the first members are: %w", err)
	}
	log, _, err := wal.Open(wal.Config{
		FS: folder, Cluster: foundersID(b.Cluster, list), Node: protocol.NodeID(b.ID), Incarnation: incarnation,
		SegmentBytes: cmp.Or(b.SegmentBytes, int64(segmentBytes)), First: beginning(b.Machine, b.Cluster, slotsOf(list)),
	})
	if err != nil {
		return err
	}
	return log.Close()
}

// find looks for the first members in rounds, and tells others meanwhile whom it found.
func (b *Bootstrapping) find(ctx context.Context, self Founder) ([]Founder, error) {
	lobby := &foundingLobby{said: founding{Cluster: b.Cluster, Expect: b.Expect, Self: self}}
	port, err := transport.Start(transport.Config{
		Identity: transport.Identity{
			Cluster: foundersID(b.Cluster, []Founder{self}), Node: protocol.NodeID(self.ID), // of a cluster that nobody else is of
			Folder: transport.Folder{Incarnation: self.Incarnation, Starts: 1, Recent: []uint64{self.Incarnation}},
		},
		Secret: b.Secret, Listen: b.Listen, Handler: lobby,
	})
	if err != nil {
		return nil, err
	}
	defer port.Close()
	d := newDiscovery(b.Ask, b.LookUp)
	for {
		answers, lacking := b.round(ctx, d)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		list, wait, err := lobby.said.decide(answers)
		if list != nil || err != nil {
			return list, err
		}
		lobby.found(lobby.said.view(answers))
		if b.Told != nil {
			b.Told(strings.Join(append([]string{wait}, lacking...), "; "))
		}
		pause(ctx, foundingPause+rand.N(foundingPause))
	}
}

// round asks all that the list stands for, at once.
func (b *Bootstrapping) round(ctx context.Context, d *discovery) (answers []founding, lacking []string) {
	found, unknown := d.look(ctx)
	for _, err := range unknown {
		lacking = append(lacking, err.Error())
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	request, err := json.Marshal(foundingRequest{&founding{Cluster: b.Cluster}})
	assert(err == nil, "a founder can be encoded")
	for _, address := range found[:min(len(found), mostFoundAtAll)] {
		all.Go(func() {
			answer, err := b.ask(ctx, address, request)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				lacking = append(lacking, err.Error())
			case answer.Cluster != b.Cluster:
				lacking = append(lacking, fmt.Sprintf("%s is of the cluster %q", address, answer.Cluster))
			default:
				answers = append(answers, answer)
			}
		})
	}
	all.Wait()
	return answers, lacking
}

func (b *Bootstrapping) ask(ctx context.Context, address string, request []byte) (answer founding, err error) {
	bytes, err := transport.Ask(ctx, transport.AskConfig{Secret: b.Secret, Address: address, Timeout: foundingAsk}, request)
	if err == nil {
		err = json.Unmarshal(bytes, &answer)
	}
	if err == nil && len(answer.Bound) == 0 && answer.Expect == 0 { // a node that knows nothing of this, with the secret
		answer = founding{Cluster: b.Cluster, Self: Founder{Peer: address}, Bound: []Founder{{Peer: address}}, Begun: true}
	}
	return answer, err
}

// foundingLobby answers those that look for first members, while this folder does too. Nobody else is let in.
type foundingLobby struct {
	transport.Handler // of nodes, which are refused: nobody has this cluster's id
	mu                sync.Mutex
	said              founding // written by the one that looks, which alone reads it without mu
}

func (l *foundingLobby) found(view []Founder) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said.View = view
}

// Asked is transport.Handler's.
func (l *foundingLobby) Asked(_ net.Addr, request []byte, reply func([]byte)) {
	if !isFoundingRequest(request) {
		reply(joined{Error: "this node has no cluster yet: it looks for its first members"}.encode())
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	reply(l.said.encode())
}

// Verify is transport.Handler's.
func (l *foundingLobby) Verify(protocol.NodeID, transport.Folder, []byte) (transport.Refusal, error) {
	return transport.NotNow, errors.New("it has no cluster yet")
}

func (f *founding) encode() []byte {
	text, err := json.Marshal(f)
	assert(err == nil, "a founder can be encoded")
	return text
}

func isFoundingRequest(request []byte) bool {
	var r foundingRequest
	return json.Unmarshal(request, &r) == nil && r.Founding != nil
}

// isFounded is what a node with a log says to those that look for first members.
func (n *Node) isFounded() *founding {
	n.members.mu.Lock()
	defer n.members.mu.Unlock()
	own := Founder{Peer: n.options.Advertise}
	f := &founding{Cluster: n.options.Cluster, Self: own, Bound: []Founder{own}, Begun: !n.isNew()}
	if list := n.members.list; list != nil {
		f.Cluster, f.Bound = list.Cluster, foundersOf(list)
	}
	if !f.Begun && n.members.founders != nil {
		f.Bound = n.members.founders
	}
	return f
}

// recoverFounders takes in whom this folder was founded with, if it was: where they were found then, and which folders they are.
func (n *Node) recoverFounders(folder disk.FS) error {
	_, list, err := readBootstrap(folder)
	if err == nil && list != nil && foundersID(n.options.Cluster, list) != n.cluster {
		err = fmt.Errorf("%w: the folder was bound to other first members (%s): %s; give this replica a folder of its own", wal.ErrForeign, BootstrapName, named(list))
	}
	n.members.founders = list
	return err
}

// founder returns the first member in a slot, as this folder was founded with it; nil: it was not, or not with that one. Holds members.mu.
func (m *members) founder(slot protocol.NodeID) *Founder {
	for k := range m.founders {
		if protocol.NodeID(m.founders[k].ID) == slot {
			return &m.founders[k]
		}
	}
	return nil
}
