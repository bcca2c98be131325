// Package linearizability judges what clients of the dedup service saw.
//
// A History is a run as JSON Lines: who asked what, from when to when, what was
// answered, what was done to the system, and what the log decided. A Recorder
// writes one down while clients run; README.md tells the format to whoever wants
// to emit it from another language. Judge has two judges, of which each alone makes
// a history wrong, and direct checks in users' words.
//
// Porcupine (package clientview) is given what clients saw, and searches an order
// that explains it: it knows no number, log time or log. It takes short histories
// only. The witness takes the command numbers for that order, and the log's word
// for what open calls did: it is linear, exact to the ms, judges room, spans and
// checkpoints as a whole, and believes the log.
//
// Both models are written from the contract, apart from one another, and share no
// code with dedup.Machine: an oracle that did would share its faults. Only the
// decoder of log entries is the service's own (EntryOf).
//
// # Non-goals
//
// Nothing here runs a cluster, injects a fault or draws a page: those are the
// suites' and package report's.
package linearizability
