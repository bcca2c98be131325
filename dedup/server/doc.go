// Package server is what the front doors of a node have in common: the Service
// that answers commands, its errors, and the limits on what a client may send.
// The doors themselves are the rooms below: redis and http.
//
//	client ──▶ door: read, check, digest, encode ──▶ Service.Do ──▶ the log
//	client ◀── door: write ◀──────────── answers ◀── apply
//
// What only reads takes no entry of the log: it is confirmed by a majority, and is never uncertain.
//
// # What a door may say
//
// A call ends in one of three ways, and a door never mixes them up:
//
//   - it was applied: its answers;
//   - it was not applied, and never will be: ErrLoading, ErrOverloaded,
//     ErrNotApplied, ErrStopped (see NotApplied). The client may repeat it blindly;
//   - nobody knows: ErrUnknown, and any error that is none of these. It may be
//     repeated only with the same owner, and no door answers with a word, a
//     status or a closed connection that a client library repeats as a new call.
//
// # Non-goals
//
// Proposing, forwarding to the leader and waiting are the Service's. Doors keep
// no state of keys, and never repeat a call by themselves.
package server
