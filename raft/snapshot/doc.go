// Package snapshot keeps the snapshots of a replica's state machine as files in a folder, takes one's own, and moves them
// to another replica.
//
// Contract. A snapshot exists when Commit returned, or of one that was received Adopt: then every later Open lists it, after any crash, until it is removed or
// damaged. Before, and after any error, what was there is there, and nothing else: a name never stands before something torn.
// What Open lists is durable. The body of a snapshot is read back exactly, or the reading ends with an error that
// wraps ErrDamaged; bytes that were given out before that may not be used. The file of a snapshot is the same, byte for
// byte, on every node that was given the same body, index, term and stamp.
//
// A write, sync or rename that failed ends the snapshot that was being written, and no other: its file is removed, and the next one
// begins anew. Nothing is retried on the same file, because what a failed fsync dropped is not written again by the next
// one. Errors of the file system wrap ErrNoRoom, where something has run out and may come back, or ErrDisk.
//
// Who may be believed. Checksums find what a disk or a network did. Against a sender that lies they prove nothing: what it sends
// is the body of the digest in its header, and whether that is the cluster's state at that index is for the caller to
// know, by index and term, and by a digest that others have. So what was received whole can be loaded, to be looked at, and counts for nothing until it
// is adopted: no start finds it, and there is one at most.
//
// Order. A snapshot is durable before anything is dropped that it covers, so commit first, then let the log begin behind
// it, then adopt it if it was received, and then remove older snapshots: of those that are listed the newest, and the newest that is not known to be damaged,
// stay, unless they are withdrawn.
//
// Concurrency. The methods of a Store, and of a Source, may be called by several goroutines at once; a Writer, Receiver or Reader by one
// at a time. There is one Writer and beside it one Receiver; Readers and Sources as many as the process may open files. Who
// reads a snapshot that is removed or replaced reads on. Only List, Lookup, Received, Partial and Used never wait for the disk. Close waits
// for nobody: end what is written first. One process has the folder: ErrLocked.
//
// The format, what a crash leaves and what is assumed of the disk are in README.md.
//
// Non-goals. What a body means is the state machine's to say. Whom to ask for a snapshot, how fast, and what to do with one that
// is damaged is the host's. Bodies are neither compressed nor encrypted. There is no repair: a damaged snapshot is
// fetched again.
package snapshot
