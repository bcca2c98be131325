// Package disk is what the files of a replica stand on: a folder as an interface, so that a folder that loses power can
// take its place in tests (raft/wal/crashfs), and the folder of the operating system.
//
// Contract. A write is durable once Sync of its file returned, a change of the folder once SyncDir returned, and a rename is
// atomic. Told makes errors say what they mean: each wraps ErrNoRoom, where something has run out and may come back, or
// ErrDisk. Begin has a system write sooner, and promises nothing.
//
// Non-goals. Folders within folders. Nothing is retried: what a failed sync dropped is not written by the next one, so
// whoever meets an error of one begins anew or ends.
package disk
