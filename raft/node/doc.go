// Package node is one replica: raft's policy and protocol, the payloads of the log, the state machine
// that it is applied to, and those who wait for an answer.
//
// # Contract
//
// Replica.Handle is synchronous: no goroutine, channel, clock or randomness of its own. What takes time is
// asked of Host, and comes back as an Event. So the loop that ships runs in a simulator as it is: Start
// (real.go) has goroutines, files, sockets and time, package proptest/simulator has virtual ones.
//
// Writing and sending overlap. What was appended is synced at once, unless a sync runs; proposals that
// wait while one runs become one entry, up to its limits; unless it runs for long, and a majority commits without it (syncing.go). The core holds back what may leave only after
// a write is durable.
//
// Answers that are long are not made here: StateMachine.AppendAnswers returns them as Values, which the host reads apart
// from Handle. What a follower is answered stays on the leader's shelf, and is fetched in pieces.
//
// # Proposals
//
// Every proposal ends once: with its answers, or with an error that wraps ErrNotApplied or ErrUnknown.
// A waiter is keyed by (term, index, place in the entry). Losing leadership is no verdict, nor is losing the
// entry: it ends when its entry is applied (answers), another term's entry is applied there (not
// applied), or at its deadline (unknown). A replica that does not lead sends proposals to the leader, one
// hop, those that wait together in one request. What was sent to a leader that another one has followed ends, unknown, if the first has
// not answered some ticks after that is known (overtaken.go). What no leader took waits for one here, in its order, unless there is no hope (search.go).
//
// # Bounds of one event
//
// What one event does is bounded in bytes and entries, whatever a peer does or has missed. A message has at most
// 512 KiB of payloads or one entry (Raft.MaxBytesPerMessage); a peer has at most 4 MiB of them on their way
// (Raft.MaxInflightBytes), below what the queues between two nodes and the inbox have room for; a round takes messages of at
// most 1 MiB and one more out of the inbox, and applies as much. The loop touches payloads in memory alone: those
// older than the cache are read by Host.ReadAhead, 128 KiB at a time for each peer that is behind, 1 MiB for the state
// machine (the next while it applies the last), and entries wait for them while heartbeats and everything else go on; a peer that comes
// nearer waits for pauses besides, so that others have the machine. Each entry read is compared with
// the term and kind that the core has at its index. A leader that can't commit stops proposing at MaxUncommitted
// entries or MaxUncommittedBytes.
//
// So a follower that is slow, stopped or far behind costs the leader, beside the cache, its window, 128 KiB and an entry read, and what
// of the window the transport holds. A follower that loses what it is sent is asked where it stands, and is then sent one message,
// and one more for each that it acknowledges: not the window over and over.
//
// # Overload
//
// Nothing waits for long. A proposal that is in no log Config.MaxWait after it came is refused (ErrOverloaded), sooner where
// there has been a queue for as long; what it waited elsewhere travels with it. What is in the log and not applied is
// kept to what the disks take within 100 ms, so the queue is where all waits. Proposals that cost much and those that
// cost little wait apart and take turns.
//
// # Who is kept out
//
// Appends are numbered, and a refusal says back the number of what it refuses. One of an append that was sent after a peer's
// acknowledgement was known, by a log that ends below that, proves that the peer lost what it had acknowledged (accuse.go). About
// once a second replicas tell one another digests of their states (digest.go). Who lost something, or differs from a majority, is condemned:
// the host keeps that durably, then all are told, the accused stops, and to the others its messages are lost.
//
// # Log time
//
// The leader stamps an entry with S + (now − r): S the stamp of the last entry of its log, r the monotonic
// time at which this process appended that entry, or recovered it. Along a log stamps never fall, and no wall
// clock is asked but for the very first entry. Where a snapshot ends the log S is what it tells of its last entry, and r from when that entry
// came, if it had. Log time is late by message delay and by what only
// restarted processes saw, and early by no more than the drift of a clock's rate.
//
// # Room on the disk
//
// What would write more than the host's log has room for never reaches the core: a message is dropped as if it were
// lost, a tick left out, a proposal refused (ErrNoRoom, not applied). So a full disk stops nobody: a leader hands
// over to a replica that has room, where a majority without it has (transfer.go), or else refuses what it has no room for; a follower
// falls behind; each until there is room again. Config.RoomReserve is kept from new
// work; reads may take half of it, what ends work three quarters, what a leader sends seven eighths, votes all.
//
// # A log that ends
//
// A replica takes snapshots of its machine as it applies entries (taking.go), and its log begins behind the snapshot before the newest
// one (compacting.go): two snapshots and two stretches of log of Config.SnapshotBytes, or of as much as a snapshot has, stand. It
// comes up with the newest that its host can read, and the log behind it. Files first: a snapshot is durable before a record says that the log begins
// behind it, and that record is durable before Host.Forget. Without room on the disk the older stretch is given up, and a snapshot taken sooner.
//
// Who lacks what a leader has forgotten is told of its snapshot with each heartbeat. Until the host has got the bytes, loaded them and
// told SnapshotFetched, such a message is as if it were lost; then the core handles the next one, and the machine is swapped (installing.go). Who waits for
// entries that it stands for is told ErrCovered, unknown: the snapshot does not say whose entries it was made of.
//
// Of a replica's digest a snapshot has the sum up to its entry, so one that loaded it goes on with the digests of those who applied all, and
// is compared from that entry on. Whoever has a snapshot durable tells the others that sum, and a leader does with each offer of one, and that of
// an entry of late: so snapshots of one entry are compared between nodes, and those who differ from a leader say so before its snapshot is
// loaded. As long as two nodes differ there, and no majority says who is right, none is fetched, and what came is not installed, and stays;
// what a majority denies, or the leader that offers another one, is refused, and its file goes (contested.go). What nobody denies by the time that it
// is here is loaded: a word that comes later is too late. Who loads what a diverged node has taken is found out as that one would be, by the next
// digest that a majority does not have. It is no witness of its own: where two of three differ and nobody knows yet whose state is wrong, the third
// loads none, or, where it did before that was said, agrees with the one whose snapshot it has.
//
// What a start or a snapshot makes applied may be more than the core knows to be committed: it is committed all the same, and who
// denies it is not listened to. It may be a leader of old.
//
// The real host (real_snapshot*.go). A start loads the newest snapshot that fits the log and can be read to its end; where there is none, and
// the log does not reach back, it is refused with the ways out (LostSnapshotError). What is received is checked, block by block and as a
// whole, kept over lost connections, other nodes and restarts, and never put together of two files; what who leads has of the entry is what it is
// held to. It is one file, and counts for nothing, until the log begins behind it: a start that finds it otherwise knows only that it can be gone
// on with. Who gives slowly is left after half a minute for who gives faster. A node gives at most
// Options.SnapshotRate bytes a second, to all others in turn, and reads two pieces at once. While one is being got that the next one would make
// needless, the log goes on beginning there, at who gives it and at who leads: for at most 4 intervals of log, as long as there is room for more, and
// while it is asked for, which is every 5 s until it is loaded, too. Beyond that the leader names a newer one, and a fetch begins again with that: what came of
// the one before is thrown away, as it is where the log has caught up with what is being got. A node that stops waits for no load, and for no check of what had come.
// A snapshot that is written takes no room that the log's next file needs.
//
// What is held in memory for snapshots above the machine's state: while one is taken what the state machine says of that, a piece as long as the
// machine makes it (some 256 KiB of dedup/server's) and a block of 64 KiB; while one is got 2 MiB of pieces on their way and a block, and then a second state, until it has taken the place of
// the first; for others two pieces of 1 MiB, and 4 open files.
//
// # What stops a replica
//
// A failed write, sync or read of its log; an entry that the state machine can't apply; a bootstrap entry, or the snapshot of a start, that
// names other servers (one that comes is refused); a broken invariant (a panic out of Handle). Nothing is retried, nobody restarts it.
//
// # Non-goals
//
// Membership. How the bytes of a snapshot come from one node to another is the host's (real_snapshot_fetch.go).
package node
