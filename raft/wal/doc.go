// Package wal is the durable log of a Raft replica: one FIFO stream of atomic records in
// preallocated segments, each record a change of term and vote, of the log, or of both.
//
// Contract. What Sync returned for is read back exactly by every later Open, after any crash,
// or Open refuses with an error that wraps ErrDamaged. What was appended and not synced comes
// back as a prefix of the appended records, or not at all; what Open returns is durable.
// After one failed write or sync everything returns an error that wraps ErrFailed: nobody
// retries, because what a failed fsync dropped is not written again by the next one.
//
// A disk that is full stops nothing: Append returns ErrNoRoom for what does not fit into the segments that are made, and
// Preallocate for a segment that can't be made now. Room says beforehand what fits for sure. Other errors of the
// file system wrap ErrDisk.
//
// Descriptors. The files of what is or will be written stay open, and of the others at most 32, those that were read last. A read opens
// a file when it has to; where the process may open no more that is ErrNoRoom of a log that has not failed: try again.
//
// Base. A log may begin behind a base, the last entry that a snapshot covers: the caller has that snapshot on disk before it appends
// the base. Once a record with a base is durable, Reclaim gives back the segments that only hold what is below it; Read
// returns ErrCompacted there. A segment that is missing and that no base covers is damage.
//
// Membership. The log keeps who decides: what Config.First says, entries that say so, and what is in force at a base. Payloads of such
// entries are the host's, and are given back as they were.
//
// Concurrency. One goroutine appends. Another may call Sync at the same time: it takes what was
// queued, writes and syncs it while later records queue up. Read, Preallocate and Reclaim may run
// beside both. Close waits for nobody: stop the others first.
//
// The format, what a crash leaves behind and what is assumed of the disk are in README.md.
//
// Non-goals. Snapshots themselves: the log knows their index and term. There is no
// repair of damage: a replica with a damaged log is replaced, not guessed back to life.
package wal
