// Package specvalues writes what raft/protocol has as values of the specification: a node as its thirteen variables, a message as
// its record. It reads the encoding that AppendState gives, so what it says of a node is all that comparing two encodings says.
package specvalues
