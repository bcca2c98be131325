package node

import (
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// The verdicts on a proposal that has no answers. Every error that a proposal ends in wraps one
// of the two.
var (
	// ErrNotApplied: the proposal was not applied and never will be. Repeat it freely.
	ErrNotApplied = errors.New("not applied")

	// ErrUnknown: whether the proposal was applied, or will be, is unknown. Repeat it only as
	// what it was, with the same owner.
	ErrUnknown = errors.New("unknown outcome")
)

// Why a proposal was not applied; each wraps ErrNotApplied. See NotLeaderError too.
var (
	// ErrOverloaded: as many proposals are pending as Config allows, or it would have waited for too long. Wait, then repeat.
	ErrOverloaded = fmt.Errorf("%w: too many proposals are pending", ErrNotApplied)

	// ErrLoading: since it started this replica, or the leader, has not yet applied what was
	// committed then. Ask another one, or wait.
	ErrLoading = fmt.Errorf("%w: loading", ErrNotApplied)

	// ErrReplaced: the proposal was in the log and another leader's entry was committed in its place.
	ErrReplaced = fmt.Errorf("%w: another leader's entry took its place in the log", ErrNotApplied)

	// ErrDeadline: the deadline passed before the proposal was in any log.
	ErrDeadline = fmt.Errorf("%w: the deadline passed while it waited here", ErrNotApplied)

	// ErrNotSent: the leader could not be reached, and nothing was sent to it, for as long as there was hope.
	ErrNotSent = fmt.Errorf("%w: the leader can't be reached", ErrNotApplied)

	// ErrNoMajority: there is no leader, and this replica hears too few of the others for one to be possible.
	ErrNoMajority = fmt.Errorf("%w: no leader, and no majority of the nodes is heard here", ErrNotApplied)

	// ErrNoRoom: the leader's disk has no room for it, or a majority's disks have none. What ends work is refused last, see Purpose. Repeat it when there
	// is room.
	ErrNoRoom = fmt.Errorf("%w: there is no room on the leader's disk, or on those of a majority", ErrNotApplied)

	// ErrUnread: no leader answered a read in time. Whatever became of it, it changed nothing.
	ErrUnread = fmt.Errorf("%w: a read got no answer in time", ErrNotApplied)

	// ErrInvalid: the commands are none that the state machine takes, or more than fit in one entry.
	ErrInvalid = fmt.Errorf("%w: not valid commands", ErrNotApplied)
)

// errNeedsEntry is what a leader says of another replica's read: its answer depends on the time, which an entry has to carry. It
// tells no client: the read comes again, as an entry.
var errNeedsEntry = fmt.Errorf("%w: a read whose answer depends on the time needs an entry", ErrNotApplied)

// Why the outcome of a proposal is unknown; each wraps ErrUnknown.
var (
	// ErrUndecided: the deadline passed while the proposal was in a log.
	ErrUndecided = fmt.Errorf("%w: the deadline passed before it was committed", ErrUnknown)

	// ErrLate: it was applied, and the deadline passed before the values in its answers were read.
	ErrLate = fmt.Errorf("%w: applied, but its values were not read before the deadline", ErrUnknown)

	// ErrBroken: the request was sent to the leader and no response came.
	ErrBroken = fmt.Errorf("%w: sent to the leader, which did not answer", ErrUnknown)

	// ErrCovered: the proposal was in the log, and a leader's snapshot came for what is committed there: whether it is among that the
	// snapshot does not tell.
	ErrCovered = fmt.Errorf("%w: a snapshot took the place of the entries among which it may be", ErrUnknown)

	// ErrOvertaken: the request was sent to a leader that another one has followed since, and no response came. The first may
	// have put it into its log, and its log may have been taken over; or it hangs, and takes the request later.
	ErrOvertaken = fmt.Errorf("%w: sent to a leader that another one has followed, and not answered by it", ErrUnknown)
)

// Why the members do not change.
var (
	// ErrNotChanged: nothing has begun. What it wraps, or says, is why.
	ErrNotChanged = fmt.Errorf("%w: the members stay who they are", ErrNotApplied)
	// ErrNoQuorum: nothing could be decided any more.
	ErrNoQuorum = fmt.Errorf("%w: nothing could be decided any more", ErrNotChanged)
	// ErrNotLevel: who is to be a voter lacks too much of the log: all would wait for it.
	ErrNotLevel = fmt.Errorf("%w: it is not level yet", ErrNotChanged)
	// ErrNoSlot: the cluster has had as many folders as it can in its life.
	ErrNoSlot = fmt.Errorf("%w: all %d slots were given; back the cluster up and restore it into a new one", ErrNotApplied, MostMembers)
)

// Why a replica does not lead in another one's place. Each but ErrNoSuccessor wraps ErrNotApplied: the leader is whom it was.
var (
	// ErrNoSuchNode: the cluster has no such node.
	ErrNoSuchNode = fmt.Errorf("%w: the cluster has no such node", ErrNotApplied)

	// ErrTransferring: the leader is handing over already. Repeat it when that is over.
	ErrTransferring = fmt.Errorf("%w: the leader is handing over already", ErrNotApplied)

	// ErrUnanswered: the node, or each of the others, has not answered the leader of late.
	ErrUnanswered = fmt.Errorf("%w: whoever is to lead has not answered the leader of late", ErrNotApplied)

	// ErrLeadsOn: the node had not all of the log on its disk within an election timeout, did not hear that it is to lead, or was
	// not elected. The leader goes on.
	ErrLeadsOn = fmt.Errorf("%w: whoever is to lead had not the whole log in time, or was not elected; the leader goes on", ErrNotApplied)

	// ErrNoSuccessor: this replica leads no more, and has not heard yet who does.
	ErrNoSuccessor = fmt.Errorf("%w: this node leads no more, and no other is known to lead yet", ErrUnknown)
)

// ErrNotTaken is wrapped by why a snapshot that was asked for was not taken. Those that are due are tried again.
var ErrNotTaken = fmt.Errorf("%w: no snapshot was taken", ErrNotApplied)

// ErrStopped is why a replica handles nothing any more. A proposal that ends in it wraps one of
// the verdicts too.
var ErrStopped = errors.New("the replica has stopped")

var (
	errStoppedBefore = fmt.Errorf("%w: %w", ErrNotApplied, ErrStopped)
	errStoppedSince  = fmt.Errorf("%w: %w", ErrUnknown, ErrStopped)
)

// ErrInvariant is wrapped by what stops a node whose replica broke an invariant of its own: a fault of this program or of
// the machine.
var ErrInvariant = errors.New("a broken invariant")

// NotLeaderError says that a proposal was not applied, since this replica does not lead. It wraps
// ErrNotApplied.
type NotLeaderError struct {
	Leader  protocol.NodeID // as far as is known, else Nil
	Address string          // Config.Addresses of the leader; empty where it has none
}

// Error says who leads, as far as is known.
func (e *NotLeaderError) Error() string {
	if e.Leader == protocol.Nil {
		return "not applied: no leader is known here; repeat it in a moment"
	}
	return fmt.Sprintf("not applied: node %d leads, not this one; repeat it there (%s)", e.Leader, e.Address)
}

// Unwrap returns ErrNotApplied.
func (e *NotLeaderError) Unwrap() error { return ErrNotApplied }
