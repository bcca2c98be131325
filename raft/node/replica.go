package node

import (
	"fmt"
	"math"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Replica is one member of a cluster: the policy and protocol of package raft, the payloads of its
// log, the state machine, and all who wait. It is not safe for concurrent use.
type Replica struct {
	cfg     Config
	core    *raft.Raft
	host    Host
	machine StateMachine
	ended   error   // why nothing is handled any more
	rest    []Event // of those that are being handled

	lastIndex protocol.Index // of the log
	committed protocol.Index
	applied   protocol.Index
	written   int64 // bytes of entries, since the start
	starved   bool  // what is to be applied next is being read
	replay    replay
	resuming  bool // Host.Resume was called

	appendedMark raft.Mark // of the last record given to the host
	syncedMark   raft.Mark
	sync         syncing

	refused    uint64 // proposals, for want of room
	dropped    uint64 // messages and ticks, for want of room
	quietTicks int    // see lack
	toldLeader acknowledged
	scarce     [protocol.MaxNodeID + 1]Purpose // by id: see scarcity
	tight      protocol.NodeSet                // see there
	numbers    numbers
	out        outcasts
	digests    digests
	level      level
	membership membership
	begun      protocol.Index // the entry that begins a change, in the step that appends it; else 0
	left       protocol.Index // the entry that ends one, once it has its payload in the step that appends it; else 0
	restating  restating
	joinedWith *Told // when it joined; nil: it did not, or its log was known to be as far already when it came up
	version    versioning

	snapshots ownSnapshots
	base      base
	obtained  *Snapshot  // came, and is not installed; nil: none
	fetching  SnapshotID // the host was asked for; Index 0: none
	unfetched unfetched

	clock   logClock
	cache   cache
	source  stretch                       // payloads of what the present step writes
	ahead   [protocol.MaxNodeID + 1]ahead // by Reader
	record  Record                        // reused
	bundle  bundled                       // reused
	payload []byte                        // reused: the answers of one proposal
	part    []byte                        // reused: the same as part of a response

	queue     queue // proposals that are in no log yet, but for reads
	reads     reads
	pace      pace        // of those that are taken out of it
	open      []openEntry // proposals in the log, in the order appended
	spare     [][]waiter
	forwarded forwardedCalls
	returned  []proposal // that no leader took, to be queued again
	search    search
	handover  handover
	relief    relief
	admitted  uint64 // proposals, ever
	hopped    bool   // some in the queue may have come from another replica
	pending   int    // proposals without a verdict
	earliest  int64  // no open or queued deadline is before
}

// New returns a replica as it comes up with what its disk holds. It returns a *ConfigError or a
// *raft.ConfigError where cfg can't work, or what reading the log's last entry returned.
func New(cfg Config, host Host, machine StateMachine, disk Recovered) (*Replica, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	last := disk.State.Log.LastIndex()
	r := &Replica{
		cfg: cfg, host: host, machine: machine, lastIndex: last,
		appendedMark: disk.Mark, syncedMark: disk.Mark, earliest: never, joinedWith: disk.Told,
		sync: syncing{durable: last}, committed: disk.State.Commit, replay: replay{to: disk.State.Commit},
	}
	r.version.now = machine.Version()
	r.base.index, _ = disk.State.Log.Base()
	r.base.mark = disk.Mark
	if s := disk.Snapshot; s != nil {
		r.replay.to = max(r.replay.to, s.Index)
	}
	r.cache.most, r.pace.window = cfg.CacheBytes, leastWindow
	for k := range r.ahead {
		r.ahead[k].nearest = math.MaxInt64
	}
	for _, a := range disk.KeptOut {
		r.out[a.Node] = outcast{a.Reason, true}
	}
	cfg.Raft.Fit = r.fit
	core, err := raft.New(cfg.Raft, disk.State, disk.Mark)
	if err != nil {
		return nil, err
	}
	r.core = core
	if err := r.recoverSnapshot(&disk); err != nil {
		return nil, err
	}
	if err := r.followMembers(); err != nil {
		return nil, err
	}
	return r, r.recoverClock()
}

// recoverClock: what was read from disk counts as appended at the recovery.
func (r *Replica) recoverClock() error {
	if r.lastIndex == r.base.index { // nothing, or what the snapshot told
		return nil
	}
	e, err := r.host.ReadEntry(r.lastIndex)
	if err != nil {
		return err
	}
	return r.noteStamp(r.lastIndex, e.Payload)
}

// Handle takes events in order, then does what they leave to be done: it proposes what waits, starts a
// sync, applies what was committed. An error says why the replica has stopped: by now, or before.
func (r *Replica) Handle(events ...Event) error {
	if r.ended != nil {
		return r.ended
	}
	for k := range events {
		r.rest = events[k+1:]
		if err := r.handle(&events[k]); err != nil {
			return r.end(err)
		}
	}
	if err := r.finish(); err != nil {
		return r.end(err)
	}
	return nil
}

func (r *Replica) handle(e *Event) error {
	switch e.kind {
	case arrived:
		return r.arrive(e.message, e.number, e.bytes)
	case ticked:
		return r.tick()
	case idled:
		r.expire()
	case synced:
		r.syncedMark = raft.Mark(e.number)
		r.sync.ended()
		return r.step(raft.Durable(r.syncedMark))
	case failed:
		return e.err
	case proposed:
		r.propose(e)
	case called:
		r.call(e)
	case answered:
		r.callEnded(e)
	case wasRead:
		return r.wasRead(e.reader, protocol.Index(e.number), e.entries)
	case accused:
		return r.accused(e.from, e.accusation)
	case condemned:
		return r.condemned(e.accusation)
	case digested:
		return r.digested(e.from, Digest{e.index, e.number})
	case resumed:
		r.resuming = false
	case roomMade:
	case transfer:
		return r.askTransfer(e.from, e.waiter)
	case gone:
		return tellDeath(r, e.from)
	case changing:
		r.host.Reply(e.waiter, Answers{}, r.change(e.change))
	case snapshotWanted, snapshotTaken, snapshotFailed, snapshotFetched, fetchFailed:
		return r.handleSnapshot(e)
	default:
		assert(false, "an event is one of those in event.go")
	}
	return nil
}

// tick lets a unit of time pass.
func (r *Replica) tick() error {
	r.expire()
	r.tickForwarded()
	r.tickSearch()
	r.tickTransfer()
	r.tickLevel()
	if err := r.tickMembers(); err != nil {
		return err
	}
	if err := r.tickFound(); err != nil {
		return err
	}
	if err := r.tickVersion(); err != nil {
		return err
	}
	if err := r.tickTaking(); err != nil {
		return err
	}
	if err := r.tickDigests(); err != nil {
		return err
	}
	r.quietTicks = max(0, r.quietTicks-1)
	if !mayHandle(r.mayTick()) {
		r.lack()
		return nil
	}
	return r.step(raft.Tick())
}

// finish ends a round. What was proposed is on its way to the disk and to the others at once, and so
// both happen at the same time, and while this replica applies what was committed before.
func (r *Replica) finish() error {
	r.noteTransfer()
	r.returnReadsInLog()
	if err := r.proposeWaiting(); err != nil {
		return err
	}
	if err := r.relieve(); err != nil {
		return err
	}
	if err := r.tendSnapshots(); err != nil {
		return err
	}
	if !r.sync.runs && r.appendedMark > r.syncedMark {
		r.sync.start(r.lastIndex, r.host.Now())
		r.pace.next = 0
		r.host.Sync()
	}
	before := r.applied
	if err := r.apply(); err != nil {
		return err
	}
	r.noteReplay()
	r.noteLevel()
	answering := r.answerReads()
	more := answering || len(r.returned) > 0 || r.applied < r.committed && !r.starved
	opened := r.applied > before && r.queue.len() > 0 && r.mayAppend() // what was applied made room
	if (more || opened) && !r.resuming {
		r.resuming = true
		r.host.Resume()
	}
	return nil
}

// Stop ends the replica: all that wait get a verdict, and nothing is handled any more. Stop again does nothing.
func (r *Replica) Stop() {
	if r.ended == nil {
		_ = r.end(ErrStopped)
	}
}

// end keeps why the replica stops and tells all that wait.
func (r *Replica) end(err error) error {
	r.ended = err
	r.takeBack()
	r.endTransfer(errStoppedBefore)
	r.tellSnapshotWaiters(protocol.MaxIndex, errStoppedBefore)
	for p, ok := r.queue.pop(); ok; p, ok = r.queue.pop() {
		r.verdict(&p.waiter, errStoppedBefore)
	}
	for k := range r.open {
		for j := range r.open[k].waiters {
			r.verdict(&r.open[k].waiters[j], errStoppedSince)
		}
	}
	r.open = nil
	r.stopReads()
	r.forwarded.each(func(w *waiter) { r.verdict(w, errStoppedSince) })
	r.refuseRest()
	return err
}

// refuseRest tells those whose events came together with the one that the replica did not survive.
func (r *Replica) refuseRest() {
	for k := range r.rest {
		switch e := &r.rest[k]; e.kind {
		case proposed:
			r.pending++
			r.verdict(&waiter{to: e.waiter}, errStoppedBefore)
		case transfer, snapshotWanted, changing:
			r.host.Reply(e.waiter, Answers{}, errStoppedBefore)
		case called:
			r.host.Respond(e.waiter, appendVerdict(nil, errStoppedBefore))
		}
	}
	r.rest = nil
}

// Status is a replica's view of itself at one moment.
type Status struct {
	raft.Status

	Applied   protocol.Index // by the state machine
	Loading   bool           // what was committed at the start is not applied yet: proposals are refused
	ReplayTo  protocol.Index // while Loading: up to where it is to be applied, as far as is known; else 0
	Pending   int            // proposals without a verdict
	Waiting   int            // of them, in no log yet
	Forwarded int            // of them, sent to the leader

	SnapshotIndex protocol.Index  // the log begins behind it; 0: it has all
	Snapshot      DurableSnapshot // the newest that is durable here; Index 0: none
	SinceSnapshot int64           // bytes of the entries applied since that one
	Taking        protocol.Index  // up to where one is being taken; 0: none is
	TakingTicks   int             // for how long
	SnapshotErr   error           // why the last one was not taken; nil once one was
	Fetching      protocol.Index  // up to where one is being fetched; 0: none is
	FetchErr      error           // why none has come, or is installed, when that was told last; nil once one came, or the log

	Version Version           // the cluster's, by what is applied here
	Speaks  Versions          // this program
	HeldBy  []protocol.NodeID // of a leader: members that do not speak the latest version which it speaks, or do not say

	Folders *Members         // who the members in force are; nil where the log says nothing of it
	LogTime uint64           // the stamp of the log's last entry
	Refused uint64           // proposals refused for want of room on the disk, since the start
	Dropped uint64           // messages and ticks left out for it
	KeptOut []Accusation     // whose folders are not to be trusted any more, ids ascending
	Doubted protocol.NodeSet // peers whose state differs from this one's, where no majority says whose is wrong
	Err     error            // why the replica has stopped; nil while it runs
}

// Status returns the replica's present status. It shares nothing with the replica.
func (r *Replica) Status() Status {
	kept := &r.snapshots
	var held []protocol.NodeID
	if r.core.Role() == protocol.Leader && r.version.now < r.machine.Speaks().Newest {
		_, held = r.spoken()
	}
	return Status{
		Version: r.version.now, Speaks: r.machine.Speaks(), HeldBy: held,
		SnapshotIndex: r.base.index, Snapshot: kept.newest, SinceSnapshot: kept.bytes, Taking: kept.taking.Index, TakingTicks: kept.ticks,
		SnapshotErr: kept.failed, Fetching: r.fetching.Index, FetchErr: r.unfetched.err,
		Status: r.core.Status(), Applied: r.applied, Loading: r.loading(), ReplayTo: r.replayTo(),
		Pending: r.pending, Waiting: r.waitingCount(), Forwarded: r.forwarded.count,
		Folders: r.membership.list, LogTime: r.clock.stamp, Refused: r.refused, Dropped: r.dropped, Err: r.ended, KeptOut: r.out.kept(), Doubted: r.doubted(),
	}
}

// AppendState appends the canonical encoding of the protocol's state, for checks; see protocol.LoadState.
func (r *Replica) AppendState(b []byte) []byte { return r.core.AppendState(b) }

// noteStamp tells the clock of what is now the log's last entry.
func (r *Replica) noteStamp(k protocol.Index, payload []byte) error {
	stamp, err := r.machine.Stamp(payload)
	if err != nil {
		return fmt.Errorf("stamp of entry %d: %w", k, err)
	}
	r.clock.appended(stamp, r.host.Now())
	return nil
}
