package specvalues

import (
	"encoding/binary"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/spec/ground"
)

// Variables are the specification's variables of a node, in the order of Node.
var Variables = []string{
	"currentTerm", "votedFor", "log", "snapshotIndex", "disk", "pending", "role", "commitIndex",
	"votesGranted", "nextIndex", "matchIndex", "readID", "readIndex", "readAcked",
}

// Constants are the specification's, for those servers. The network keeps what was sent.
func Constants(servers protocol.NodeSet, instantDisks bool) ground.Config {
	return ground.Config{Constants: map[string]ground.Value{
		"Server": Servers(servers), "Value": ground.SetOf(ground.Text("Command"), ground.Text("NoOp")), "Nil": ground.Int(0),
		"WriteThrough": ground.Bool(instantDisks), "KeepMessages": ground.Bool(true),
	}}
}

// Servers returns a set of nodes.
func Servers(set protocol.NodeSet) ground.Value {
	var ids []ground.Value
	for id := set.Next(protocol.Nil); id != protocol.Nil; id = set.Next(id) {
		ids = append(ids, number(id))
	}
	return ground.SetOf(ids...)
}

// Node returns the values of the variables at the node whose encoding this is (protocol.Node.AppendState), kept. It panics where it
// is none.
func Node(encoding []byte) []ground.Value {
	r := reader{encoding[1:]}
	server := protocol.NodeSet(r.uint())
	term, vote := r.int(), r.int()
	log, snapshotIndex := r.log()
	commit := r.int()
	disk := r.image()
	var pending []ground.Value
	for range r.uint() {
		image := r.image()
		pending = append(pending, write(image, r.messages()))
	}
	role := ground.Text(protocol.Role(r.uint()).String())
	granted := protocol.NodeSet(r.uint())
	var ids, next, match, acked []ground.Value
	for j := server.Next(protocol.Nil); j != protocol.Nil; j = server.Next(j) {
		ids = append(ids, ground.Int(int(j)))
		next, match = append(next, r.int()), append(match, r.int())
	}
	id, index := r.int(), r.int()
	for range ids {
		acked = append(acked, r.int())
	}
	return []ground.Value{term, vote, log, snapshotIndex, disk, ground.Seq(pending...), role, commit, Servers(granted),
		ground.FunctionOf(ids, next), ground.FunctionOf(ids, match), id, index, ground.FunctionOf(ids, acked)}
}

// reader reads an encoding, which is well formed.
type reader struct{ rest []byte }

func (r *reader) uint() uint64 {
	n, size := binary.Uvarint(r.rest)
	r.rest = r.rest[size:]
	return n
}

func (r *reader) int() ground.Value { return ground.Int(int(r.uint())) }

func (r *reader) image() ground.Value {
	term, vote := r.int(), r.int()
	log, snapshot := r.log()
	return hardState(term, vote, log, snapshot, r.int())
}

var (
	hardState  = ground.Fields("term", "vote", "log", "snapshot", "commit")
	write      = ground.Fields("state", "out")
	entry      = ground.Fields("term", "value")
	configured = ground.Fields("term", "value", "voters", "learners")
	saying     = ground.Fields("voters", "learners")
)

func (r *reader) log() (log, snapshotIndex ground.Value) {
	base, term := r.int(), r.int()
	said := r.configuration()
	return LogOf(base, term, Configuration(said), r.entries()), base
}

func (r *reader) configuration() (c protocol.Configuration) {
	if c.Voters = protocol.NodeSet(r.uint()); c.Voters != 0 {
		c.Next, c.Learners = protocol.NodeSet(r.uint()), protocol.NodeSet(r.uint())
	}
	return c
}

func (r *reader) entries() ground.Value {
	var entries []ground.Value
	for range r.uint() {
		e := protocol.Entry{Term: protocol.Term(r.uint()), Value: protocol.Value(r.uint())}
		count := r.uint()
		if e.Value == protocol.Configured {
			e.Configuration = r.configuration()
		}
		for range count {
			entries = append(entries, Entry(e))
		}
	}
	return ground.Seq(entries...)
}

func (r *reader) messages() ground.Value {
	var set []protocol.Message
	for range r.uint() {
		m, rest, err := protocol.LoadMessage(r.rest)
		if err != nil {
			panic(err)
		}
		r.rest = rest
		set = append(set, m)
	}
	return Messages(set)
}

// Entry returns an entry of a log.
func Entry(e protocol.Entry) ground.Value {
	if e.Value == protocol.Configured {
		return configured(number(e.Term), ground.Text(e.Value.String()), voters(e.Configuration), Servers(e.Configuration.Learners))
	}
	return entry(number(e.Term), ground.Text(e.Value.String()))
}

// Messages returns a set of messages.
func Messages(set []protocol.Message) ground.Value {
	members := make([]ground.Value, len(set))
	for k := range set {
		members[k] = Message(&set[k])
	}
	return ground.SetOf(members...)
}

// Configuration returns what is in force; the empty sequence for what is so in a log in which none stands.
func Configuration(c protocol.Configuration) ground.Value {
	if c == (protocol.Configuration{}) {
		return ground.Seq()
	}
	return saying(voters(c), Servers(c.Learners))
}

func voters(c protocol.Configuration) ground.Value {
	if c.IsJoint() {
		return ground.Seq(Servers(c.Voters), Servers(c.Next))
	}
	return ground.Seq(Servers(c.Voters))
}
