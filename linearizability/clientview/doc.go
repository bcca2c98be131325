// Package clientview judges what clients saw, and nothing else: porcupine searches
// each key's calls for an order that explains every answer.
//
// A [Call] has when it was made and when it returned, what it asked for and what
// it was told. It has no place for a number of the log, a log time, a call number
// or an entry, and the package imports nothing of this module: what the service
// says of its own order can't lead the search, and no code is shared with the
// witness of package linearizability, which takes just that order for its own.
//
// # The object
//
// The sequential specification is written from docs/guarantees.md and the contract
// in dedup/doc.go, one record a key. It is nondeterministic in three things that
// clients can't know:
//
//   - A window or lease may end at any moment that is not before its earliest: when
//     it was set, plus its span, by the fastest clock that there was. How late it
//     ends is open, since log time may stand still. Once it is told to be over, it is.
//     When a call took effect is known as far as the order tells: behind the calls
//     of all before it, in front of the returns of all behind it. Its span is set a little
//     earlier, when its entry is stamped: behind the calls of those before it that have
//     entries too, which a read need not have.
//   - A token names a win. Of a win whose answer nobody got it is open until
//     somebody is told it; it must be none that the key had right before.
//   - Where room is asked for, FULL may be told.
//
// A call that is open (no answer, or one that says that nobody knows) is given to
// porcupine as one that never returned: it may take effect at any moment from its
// call on, or behind everything, which is never. A call that was told not to be
// applied is not given to it at all: what it left behind is then without an author.
//
// # What it can't see
//
// Anything across keys: batches and checkpoints are given call by call, each with
// the times of the whole; room; rising tokens. Windows that end late, spans in
// answers, stale reads. The witness, the direct checks and the log see these.
// Keys with more calls than [Bounds] are not searched, and counted.
package clientview
