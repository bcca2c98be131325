package node

import (
	"fmt"
	"hash/crc32"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Digest is what a replica's state was after an entry: a sum of all that it had applied, and of what its machine made of it.
// Replicas that applied the same log in the same way have the same one at the same index, for ever.
type Digest struct {
	Index protocol.Index
	Sum   uint64
}

// Replicas tell one another their digests about once a second: of what they applied last, which is the same index on all where
// nobody writes, and of the last index that is a multiple of alignedBy, which all come by where somebody does. Who sees another digest
// than its own at an index tells its own there to all, so that all who have it can count.
const (
	keptDigests   = 4096 // how far apart two replicas may be and still compare
	alignedBy     = 256
	tellTicks     = 50 // between two tellings
	heardDigests  = 8  // of each peer: what it said last, each index once
	answersATurn  = 64 // differences that are answered between two tellings: all that a leader tells with its offers
	answersApart  = 2  // ticks between two of one index, so that nobody answers an answer
	digestsFactor = 0x9e3779b97f4a7c15
)

// digestVersion is of what a digest is made of. To be raised where that changes, here or in what a machine's Digest is of: nodes of
// two versions, in the middle of an upgrade, would take each other for diverged. Snapshots have the sum too: a node that loads an older
// version's would be taken for diverged as well, so what they are told by is to change with it.
const digestVersion = 1

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// digests are those of this replica's last entries, and what others said of theirs.
type digests struct {
	sum     uint64
	last    protocol.Index
	from    protocol.Index // of what was applied before this is known only what a snapshot says of the sum
	kept    []uint64       // by index modulo keptDigests
	taken   [2]Digest      // of the newest snapshots that are durable here, the newest first: they are kept for longer
	heard   [protocol.MaxNodeID + 1][heardDigests]Digest
	when    [protocol.MaxNodeID + 1][heardDigests]int // of heard: in which turn
	turn    int                                       // the tellings so far
	next    [protocol.MaxNodeID + 1]int               // of heard, to be replaced
	strays  [protocol.MaxNodeID + 1]stray             // who was seen to differ from another one
	doubts  [protocol.MaxNodeID + 1]protocol.Index
	ticks   int
	answers int                   // since the last telling
	told    [heardDigests]telling // the last ones
	clock   int                   // ticks since the start
}

// telling is that the others were told what there is after an entry.
type telling struct {
	index protocol.Index
	tick  int
}

// applied takes in an entry and what the machine's own digest is after it.
func (d *digests) applied(k protocol.Index, payload []byte, machine uint64) {
	if d.kept == nil {
		d.kept = make([]uint64, keptDigests)
	}
	d.sum = Digest{k - 1, d.sum}.Then(payload, machine).Sum
	d.last, d.kept[k%keptDigests] = k, d.sum
}

// Then is the digest after one more entry, with its payload and what the machine's own digest is after it.
func (d Digest) Then(payload []byte, machine uint64) Digest {
	return Digest{d.Index + 1, mixed(mixed(d.Sum, uint64(crc32.Checksum(payload, castagnoli))), machine)}
}

// loaded goes on from what a snapshot says of all up to k. What others say of entries before it can't be compared any more.
func (d *digests) loaded(k protocol.Index, sum uint64) {
	if d.kept == nil {
		d.kept = make([]uint64, keptDigests)
	}
	d.sum, d.last, d.from, d.kept[k%keptDigests] = sum, k, k, sum
	d.taken = [2]Digest{{k, sum}}
}

// heardOf takes in what a peer says: in place of what it said of that index before, or else of the oldest.
func (d *digests) heardOf(peer protocol.NodeID, said Digest) {
	for k := range d.heard[peer] {
		if d.heard[peer][k].Index == said.Index {
			d.heard[peer][k], d.when[peer][k] = said, d.turn
			return
		}
	}
	d.heard[peer][d.next[peer]], d.when[peer][d.next[peer]] = said, d.turn
	d.next[peer] = (d.next[peer] + 1) % heardDigests
}

func mixed(h, x uint64) uint64 {
	h = (h ^ x) * digestsFactor
	return h ^ h>>29
}

// at returns the digest after entry k, as long as it is kept.
func (d *digests) at(k protocol.Index) (sum uint64, ok bool) {
	for _, taken := range d.taken {
		if k > 0 && isOfSnapshot(taken, k) {
			return taken.Sum, true
		}
	}
	if k == 0 || k > d.last || d.last-k >= keptDigests || !isComparable(k, d.from) {
		return 0, false
	}
	return d.kept[k%keptDigests], true
}

// tickDigests tells the others, and counts again what could not be counted when it was heard.
func (r *Replica) tickDigests() error {
	d := &r.digests
	d.clock++
	if d.ticks++; d.ticks < tellTicks {
		return nil
	}
	d.ticks, d.answers, d.turn = 0, 0, d.turn+1
	r.tellOfOutcasts()
	r.tellDigest(d.last)
	if aligned := d.last / alignedBy * alignedBy; aligned != d.last {
		r.tellDigest(aligned)
	}
	for id := range d.heard {
		for _, heard := range d.heard[id] {
			if err := r.compare(protocol.NodeID(id), heard); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellDigest tells all other nodes the digest after entry k, if it is kept.
func (r *Replica) tellDigest(k protocol.Index) {
	sum, ok := r.digests.at(k)
	if !ok {
		return
	}
	copy(r.digests.told[1:], r.digests.told[:])
	r.digests.told[0] = telling{k, r.digests.clock}
	servers := r.everybody()
	for j := servers.Next(protocol.Nil); j != protocol.Nil; j = servers.Next(j) {
		if j != r.cfg.Raft.ID && !r.out.has(j) {
			r.host.SendDigest(j, Digest{k, sum})
		}
	}
}

// digested takes in what another node says.
func (r *Replica) digested(from protocol.NodeID, said Digest) error {
	if r.out.has(from) || from == r.cfg.Raft.ID || !r.everybody().Has(from) {
		return nil
	}
	r.digests.heardOf(from, said)
	r.lookWhoDiffers(said.Index)
	r.lookAtObtained() // what is denied goes at once
	return r.compare(from, said)
}

// compare looks whether a peer's state is this replica's. An error stops this one.
func (r *Replica) compare(peer protocol.NodeID, said Digest) error {
	own, ok := r.digests.at(said.Index)
	if !ok || r.out.has(peer) {
		return nil
	}
	if !differs(own, said.Sum) {
		if r.digests.doubts[peer] < said.Index {
			r.digests.doubts[peer] = 0
		}
		return nil
	}
	if r.digests.answers < answersATurn && isAnswered(r.digests.hasTold(said.Index)) {
		r.digests.answers++
		r.tellDigest(said.Index)
	}
	sum, ok := r.majorityAt(said.Index)
	if !ok {
		r.doubt(peer, said.Index)
		return nil
	}
	return r.judgeDigests(said.Index, sum)
}

// hasTold reports whether the others were told a moment ago what there is after entry k.
func (d *digests) hasTold(k protocol.Index) bool {
	for _, told := range d.told {
		if told.index == k && d.clock-told.tick < answersApart {
			return true
		}
	}
	return false
}

// said returns what a node said, or this one has, after entry k, and how many tellings ago.
func (r *Replica) said(id protocol.NodeID, k protocol.Index) (sum uint64, turns int, ok bool) {
	d := &r.digests
	if id == r.cfg.Raft.ID {
		sum, ok = d.at(k)
		return sum, 0, ok
	}
	for n, heard := range d.heard[id] {
		if heard.Index == k && !r.out.has(id) {
			return heard.Sum, d.turn - d.when[id][n], true
		}
	}
	return 0, 0, false
}

// majorityAt returns the digest that a majority of the cluster has after entry k, if it is known to have one.
func (r *Replica) majorityAt(k protocol.Index) (sum uint64, ok bool) {
	servers := r.voters()
	for i := servers.Next(protocol.Nil); i != protocol.Nil; i = servers.Next(i) {
		sum, _, ok := r.said(i, k)
		same := 0
		for j := servers.Next(protocol.Nil); ok && j != protocol.Nil; j = servers.Next(j) {
			if other, _, said := r.said(j, k); said && other == sum {
				same++
			}
		}
		if 2*same > servers.Len() {
			return sum, true
		}
	}
	return 0, false
}

// judgeDigests condemns all who differ from a majority after entry k, this replica first.
func (r *Replica) judgeDigests(k protocol.Index, majority uint64) error {
	own, _ := r.digests.at(k)
	if own != majority {
		return r.condemnSelf(Accusation{r.cfg.Raft.ID, Diverged, fmt.Sprintf(
			"after entry %d its digest is %016x, a majority's is %016x", k, own, majority)})
	}
	servers := r.everybody()
	for j := servers.Next(protocol.Nil); j != protocol.Nil; j = servers.Next(j) {
		if sum, _, ok := r.said(j, k); ok && sum != majority {
			r.condemn(Accusation{j, Diverged, fmt.Sprintf("after entry %d its digest is %016x, a majority's is %016x", k, sum, majority)})
		}
	}
	return nil
}

// doubt says once that a peer's state differs and nobody knows whose is wrong.
func (r *Replica) doubt(peer protocol.NodeID, k protocol.Index) {
	before := r.digests.doubts[peer]
	r.digests.doubts[peer] = max(before, k)
	if before == 0 {
		r.host.Doubt(peer, k)
	}
}

// doubted are the peers whose state differs from this replica's, where no majority decides.
func (r *Replica) doubted() (all protocol.NodeSet) {
	for id, k := range r.digests.doubts {
		if k > 0 && !r.out.has(protocol.NodeID(id)) {
			all = all.With(protocol.NodeID(id))
		}
	}
	return all
}
