package server

import (
	"context"
	"time"

	"github.com/eventstreamcore/semel/dedup"
)

// Service answers commands once they are applied. A replica is one, whatever its
// role: a follower forwards to the leader. All methods are safe for concurrent use.
type Service interface {
	// Do proposes commands, encoded by dedup.AppendClaim and its like one after
	// another, as neighbours in one entry. They are valid, take at most
	// MaxCommandBytes and get as many answers as dedup.CountAnswers tells, at most
	// dedup.MaxCommands.
	//
	// What waits for long is refused, from when it arrived: ErrOverloaded.
	//
	// done is called exactly once, from any goroutine, also before Do returns, and
	// soon after the deadline at the latest. It must not block. Either err is nil
	// and there are as many answers as were asked for, in the order of the commands,
	// or there are none; err wraps one of the errors of this package. The answers
	// are good until done returns. Commands belong to the Service until then.
	Do(commands []byte, answers int, when When, done func(answers []Answer, err error))

	// Secret returns the key of digests; false while the bootstrap entry is not
	// applied, when doors answer "loading".
	Secret() (dedup.Secret, bool)

	// Peek reads the record of key as this node has it, without the log: it may be stale, and says of
	// which moment it is by its Number and TimeNanos, and how old it is at most: whatever anybody was told by that long ago is in it.
	// UnknownAge where the node has not known itself level with the cluster since it started. Its call number is 0. The answer is the
	// caller's own. ErrLoading until what its own disk said at the start is committed is applied: no node
	// goes back further than that by a restart.
	Peek(key dedup.Key) (a Answer, age time.Duration, err error)

	// Transfer has another node lead in this one's place, 0: whichever is fit for it, and returns once that one is known to
	// lead; calls wait meanwhile. Errors are ErrLoading, ErrStopped, a *NotAppliedError where another node leads or none, ErrNoSuchNode,
	// a *TransferError where this node leads on, and ErrUnknown.
	Transfer(ctx context.Context, to uint8) error

	// TakeSnapshot has this node keep a snapshot of what it has applied, and returns up to where once that is durable. Where ctx ends
	// before, it goes on: ErrUnknown. Other errors are a *SnapshotError and ErrStopped. The cluster does nothing for it.
	TakeSnapshot(ctx context.Context) (index uint64, err error)

	// TakeBackup returns the state of the cluster with all that anybody was answered before it was called, as this node has it. It takes as long
	// as a snapshot does. Errors are ErrBackupBusy, a *SnapshotError, ErrUnknown where ctx ends before, and those of a read that is not answered.
	TakeBackup(ctx context.Context) (*Backup, error)
	// ReopenBackup returns the backup of an index that this node gave before, if it still has it: ErrBackupGone, ErrBackupBusy.
	ReopenBackup(index uint64) (*Backup, error)

	// Status tells how this node is, as far as it knows itself.
	Status() Status

	// ClusterHealth tells how the cluster is, as this node and those whom it can ask see it: within half a second, whoever is silent, and
	// however many call it.
	ClusterHealth() ClusterHealth

	// Members is who the cluster is, as this node knows it.
	Members() Members

	// ChangeMembers begins a change, at the leader. Nil: it has begun, or there is nothing to do; Members says how far it is. Errors are
	// a *MembersError, ErrLoading, ErrStopped and a *NotAppliedError where another node leads or none.
	ChangeMembers(change MemberChange) error
}

// UnknownAge is the age of what may be of any age.
const UnknownAge time.Duration = -1

// When is when a call came and by when it has to end.
type When struct {
	Arrived  time.Time // its bytes were read, or may have been there
	Deadline time.Time // counts from then too
}

// Within is a call that has just come and ends after a time.
func Within(timeout time.Duration) When { return WhenSince(time.Now(), timeout) }

// WhenSince is a call that came at a time and ends so long after.
func WhenSince(arrived time.Time, timeout time.Duration) When {
	return When{Arrived: arrived, Deadline: arrived.Add(timeout)}
}

// Answer is the answer to one command, with the bytes that belong to it: a
// dedup.Result that has left its dedup.Results, or has come from the leader.
type Answer struct {
	dedup.Result
	Value       []byte // nil unless HasValue
	Fingerprint []byte // of the record: Query; nil if it has none
}

// AppendAnswers appends the n answers of one call in results, from the one at place first on. The
// bytes in them are good until the next Apply.
func AppendAnswers(dst []Answer, results *dedup.Results, first, n int) []Answer {
	left := dedup.MaxAnswerBytes
	for i := first; i < first+n; i++ {
		dst = append(dst, answerAt(results, i, &left))
	}
	return dst
}

// Peek is the answer that Service.Peek returns, from m.
func Peek(m *dedup.Machine, key dedup.Key) (Answer, error) {
	if _, loaded := m.Configuration(); !loaded {
		return Answer{}, ErrLoading
	}
	var results dedup.Results
	m.Peek(key, &results)
	left := dedup.MaxAnswerBytes
	return answerAt(&results, 0, &left), nil
}

// answerAt returns answer i of a call that has so many bytes left for values.
func answerAt(results *dedup.Results, i int, left *int) Answer {
	a := bareAnswer(results, i, left)
	if a.HasValue {
		a.Value = results.Value(i)
	}
	return a
}

// bareAnswer is answerAt without the value.
func bareAnswer(results *dedup.Results, i int, left *int) Answer {
	a := Answer{Result: results.Answers[i], Fingerprint: results.Fingerprint(i)}
	length := results.Length(i)
	a.Omitted = length > *left
	a.HasValue = a.HasValue && !a.Omitted
	if a.HasValue {
		*left -= length
	}
	return a
}

// Status is how a node is.
type Status struct {
	Ready   bool   `json:"ready"`   // knows a leader and is not loading: calls are answered
	Loading bool   `json:"loading"` // what was committed when it started is not applied yet: calls are told LOADING
	Node    uint8  `json:"node"`
	Role    string `json:"role"` // leader, follower, candidate or learner
	Term    uint64 `json:"term"`
	Leader  uint8  `json:"leader"` // 0: none known
	Commit  uint64 `json:"commit_index"`
	Applied uint64 `json:"applied_index"`
	Replay  uint64 `json:"replay_index"` // while loading: up to where it is to be applied, as far as is known; else 0
	Number  uint64 `json:"number"`       // of the last command applied
	Keys    uint64 `json:"keys"`         // slots in use, expired records not swept yet included
	Bytes   uint64 `json:"bytes"`        // of values and fingerprints

	CapacityKeys  uint64 `json:"capacity_keys"` // how many of each may stand; 0: not loaded yet
	CapacityBytes uint64 `json:"capacity_bytes"`

	// Voters are whose majority decides, as this node's log says; NextVoters, while they are replaced, the new ones, whose majority decides too.
	Voters     []int `json:"voters,omitempty"`
	NextVoters []int `json:"next_voters,omitempty"`

	// What it waits for before it takes part: to meet these for the first time, since its log is empty; that these accept its
	// folder, whom it met with another one.
	Unmet     []int `json:"unmet,omitempty"`
	RefusedBy []int `json:"refused_by,omitempty"`

	Snapshots Snapshots `json:"snapshots"`

	Room    Room   `json:"room"`
	Disk    Disk   `json:"disk"`
	Version string `json:"version"` // of the program

	LogVersion uint8 `json:"log_version"` // the cluster's, by what is applied here; 0: it does not say
	Speaks     uint8 `json:"speaks"`      // the latest of the log's that its program speaks; 0 likewise

	PeerPort PeerPort `json:"peer_port"`
	Peers    []Peer   `json:"peers"`
}

// PeerPort is what happened at the port between the nodes, since the start but for Greeting.
type PeerPort struct {
	Greeting     int    `json:"greeting"`      // connections that have not proved themselves yet
	Accepted     uint64 `json:"accepted"`      // connections that came
	Refused      uint64 `json:"refused"`       // of them, those that were not let in
	Displaced    uint64 `json:"displaced"`     // of them, those that had to make room for others
	AcceptErrors uint64 `json:"accept_errors"` // of Accept, each tried again
	Rejected     uint64 `json:"rejected"`      // messages of peers that no correct peer sends
}

// Peer is another node as this one sees it.
type Peer struct {
	Node      uint8  `json:"node"`
	Address   string `json:"address"`
	Connected bool   `json:"connected"`   // this node has dialled it, and is heard there
	DialsIn   bool   `json:"dials_in"`    // it has dialled this node, and is heard here
	Match     uint64 `json:"match_index"` // known to a leader only

	QuietMs     int64 `json:"quiet_ms"`               // for how long nothing has come of it; an idle one is heard every second
	UndialledMs int64 `json:"undialled_ms,omitempty"` // for how long this node has not been able to dial it

	// LastError is why it can't be dialled; empty while it is connected. Cause is that in a word: nobody listens there, it has another secret,
	// a hello was refused, it is silent, there is no way to its address, or it broke.
	LastError string `json:"last_error,omitempty"`
	Cause     string `json:"cause,omitempty"`
	// OneWayMs is for how long exactly one of the two has been able to dial the other, in ms; 0: both, or neither.
	OneWayMs int64 `json:"one_way_ms,omitempty"`

	// KeptOut is why nothing of the peer's folder counts any more, in words; empty where it does.
	KeptOut string `json:"kept_out,omitempty"`
	// Differs: its state is another than this node's after the same entries, and no majority says whose is wrong.
	Differs bool `json:"differs,omitempty"`
}
