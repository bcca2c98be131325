// Package linearizability judges what clients of the dedup service saw.
//
// A History is a run as JSON Lines: who asked what, from when to when, what was
// answered, what was done to the system, and what the log decided. A Recorder
// writes one down while clients run; README.md tells the format to whoever wants
// to emit it from another language. Judge holds it to a model of the whole
// service twice, once searched by porcupine and once replayed in the order of
// the command numbers, and to direct checks in users' words.
//
// The model is written from the contract and shares no code with dedup.Machine:
// an oracle that did would share its faults. Only the decoder of log entries is
// the service's own (EntryOf).
//
// # Non-goals
//
// Nothing here runs a cluster, injects a fault or draws a page: those are the
// suites' and package report's.
package linearizability
