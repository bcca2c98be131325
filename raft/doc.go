// Package raft is the policy around raft/protocol: when to campaign, whom to send what,
// how much and how far ahead. It picks among the actions that the mechanism offers and
// can write none of its state, so a poor choice here costs time and never safety.
//
// # How a step goes
//
// [Raft.Step] takes one [Event] and returns one [Output]. It runs the actions that the
// event means (a message: its handler, or StepDown where a response is of a later term;
// Durable: one Persist for each write up to the mark; Proposed: a ClientRequest for each
// command; Change and Restate: ChangeConfiguration; Supplied: none; Read: a ReadRequest for all that wait; Compact: that), then policy's own choices until none is left: BecomeLeader and, before any
// ClientRequest, the no-op of the new term; AdvanceCommitIndex; LeaveJoint; SendSnapshot to each peer that lacks what is forgotten; AppendEntries to each
// peer as its window allows, heartbeats where they are due.
//
// # Contract
//
// The caller executes an Output from top to bottom before the next event: it starts
// the writes, in order and as one stream; sends the messages, at once;
// applies what was committed, in order. When writes have become durable it says so with
// Durable(mark), once for as many as it likes, in the order of the marks. Messages that
// depend on a write are held inside until then, so the caller cannot send one too early.
// After a crash it goes on with [New], from what its disk holds. An Output is valid until
// the next Step, and so is all it points to.
//
// The core holds no payload: it speaks of entries by index, term and kind. The caller
// keeps the bytes, and attaches them to writes and messages while it executes an Output. How many
// bytes entries have it tells by Config.Fit: windows and messages are bounded in bytes too.
//
// Snapshots are the caller's: it takes one of what is applied, and says with Compact that it is durable. It brings an
// InstallSnapshot only when it has that snapshot, durably; where Output.Installed then says so, its state machine becomes
// what that snapshot holds before anything more is applied.
//
// # Members
//
// Who decides, and who is only sent what is appended, stands in the log ([protocol.Configuration]), and policy goes by what is in force from when it
// is appended. The caller says with Change what it is to become, and supplies the payload of the entry, as of the one that ends the change
// (Output.LeftJoint), and says with Restate that it has something else to say of the same members; it has links to the members of InForce wherever Output.Configuration says that these are others, to those who leave until
// Status names them no more, and to whoever sends it messages: who is behind does not know its leader by its own log. Who is no member any more is
// told, and stops when Removed says so; who joins says in Config.Joined since when it is one.
//
// # What policy may never do
//
// Write protocol state, ask for a guard, depend on anything but its events and its
// configuration, Config.Fit's answers among it. Same configuration and events, same outputs: there is no clock, no
// randomness but the generator seeded by Config.Seed, no I/O. A broken contract and a
// broken invariant panic: what a replica does after that is worse than that it stops.
//
// # Not here
//
// Payloads, deadlines of proposals, limits on how much may be proposed, time, files,
// sockets. A Raft is not safe for concurrent use.
package raft
