// Package bench puts load on a cluster and judges what it is told.
//
// # Contract
//
// A closed loop: each caller has one claim on its way and sends the next when that one is answered. Callers
// share connections, on which their claims are pipelined in the order asked. One key a request, 16 bytes; a
// share of the requests repeats an earlier key, drawn evenly from all that were drawn before.
//
// Every answer goes into a book: a key won twice, or a key called a duplicate that nobody won, fails the
// run, whatever the speed. A claim whose answer never came, or whose outcome the service says it does not
// know, may have been the one that won. A run of reads claims its keys first, and fails where a read
// tells anything else than what was claimed.
//
// # How it is kept lean
//
// The load shares its machine with the nodes, so a lane (one connection) is one goroutine: it reads
// what answers are there, draws the next claims, and writes them at once. Nothing is allocated for
// a request. So a lane's callers move in step with what one read brings, as callers behind one
// pipelining client do.
//
// # Non-goals
//
// An open loop: when the service stalls this load stalls with it, and the stall is one slow answer for each
// caller instead of all that would have been asked meanwhile.
package bench
