// Package workload is what one run does, apart from who executes it: a Plan of calls and faults that rapid
// draws, and that real replicas (proptest/cluster) and replicas in virtual time (proptest/virtualcluster) both
// follow.
//
//   - [Draw] draws a [Plan] after a [Profile]: a list of [Step] for each client, a list of [Fault].
//   - [Client] makes a call of the next step: it knows the tokens it was given, what it called last, and
//     repeats a call whose outcome is unknown. What it is answered becomes a line of the history.
//   - [Nemesis] begins and ends the faults at a [Cluster], which the executor is.
//
// A plan is plain data: it prints as JSON, and leaves to the run only what it can't know: who leads then,
// which token was won, how long an answer took.
package workload
