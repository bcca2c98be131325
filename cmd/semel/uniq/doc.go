// Package uniq is the command `semel uniq`: of a stream of records it writes those that nobody has seen before.
//
// # Contract
//
// Records go out in their order and byte for byte, each at most once across all who ask the same cluster, as
// package dedup promises it for their keys. A record is claimed before it is written. So what can be lost is what was
// claimed and did not reach the reader, and against that stands the run: the owner of a record's claim is made of the
// run's name and of all records up to it, so the same records under the same name are told the same again, whatever
// became of the output the first time. See docs/decisions/0021.
//
// What is told is never more than is known. A record that is written into a regular file, which is synced, is
// written; one that went into a pipe is with nobody until its reader says so, and only the user can know that.
//
// What a record is, and what its key, package records says.
//
// # How it goes
//
//	input (gunzip) → split into records → find the key → batch → claim, several at once → output, in order
//
// One goroutine does all but reading, asking and the write itself. Nothing here decides who is first: the service does.
//
// # Non-goals
//
// Sorting, and counting.
package uniq
