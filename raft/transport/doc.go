// Package transport carries messages and requests between the replicas of one cluster over TCP.
//
// Between two nodes there are four connections, two dialled by each. One is for messages, from the
// dialler to the acceptor: Send queues a message and never blocks; where there is no room or no
// connection it is dropped, which Raft makes good. One is for calls: a request of the dialler, one
// response of the acceptor, many open at once; here nothing is lost in silence (ErrNotSent,
// ErrUnknown).
//
// # Contract
//
// A message that is received is one that the peer sent, whole; messages of one peer come in the order
// sent, each at most once for each Send, one at a time. The host has verified the peer's incarnation
// before. A request is handed to the host at most once for each Call, and Call returns a response, or
// ErrNotSent if no byte of the request left this node, or ErrUnknown.
//
// A link that breaks is dialled anew: at once, then with pauses that double; after a refusal with
// the longest pause; and soon after the peer was heard of. A connection on which nothing was heard for
// Config.Silence is given up, so that a peer that lost its power is noticed long before TCP would;
// pulses keep an idle one. A peer's newer connection replaces its old one.
//
// A reader's memory follows what has arrived, never what was announced. Bounded are: what waits for
// a peer (Config.QueueMessages, QueueBytes), open calls (OpenCalls), connections that have not said who
// they are (64, each for DialTimeout) and accepted connections (two for each peer).
// Keep Raft's window to a peer below QueueMessages, and the window's bytes below QueueBytes.
//
// # On the wire, version 1
//
// Numbers are little-endian, checksums CRC-32C (Castagnoli). A connection begins with a hello of the dialler
// and one of the acceptor. The layout of a hello is the same in all versions:
//
//	at  bytes
//	 0      4  "SEML"
//	 4      1  what the connection is for: 1 messages, 2 calls; the answer repeats it
//	 5      1  the lowest version that the sender speaks
//	 6      1  the highest
//	 7      1  node id of the sender
//	 8      1  node id that the dialler means to talk to; in the answer the dialler's
//	 9      1  in the answer: 0, or why the dialler is refused (type Refusal); the dialler's is 0
//	10      2  0; not looked at
//	12     16  cluster id
//	28      8  incarnation of the sender
//	36      4  checksum of the 36 bytes before
//
// The highest version that both speak is spoken; so far there is one. Each side refuses the other for the
// first of these that does not fit: the cluster's id, the version, the kind, the node's id, the dialler's id if it
// is no peer of the acceptor, the incarnation. The acceptor answers, then closes; the dialler just closes.
// What does not begin with a hello gets no answer.
//
// After that both send frames:
//
//	 at  bytes
//	  0      4  length of the body in bytes, at most 64 MiB
//	  4      1  type
//	  5      3  check of the header: the low 24 bits of the checksum of the 5 bytes before
//	  8      4  checksum of the body
//	 12         body
//
//	type      sent by               body
//	1 pulse     both                  nothing
//	2 message   dialler of messages   a message as protocol.AppendMessage writes it; the rest is the payload
//	3 request   dialler of calls      8 bytes, its number; the rest is the request
//	4 response  acceptor of calls     8 bytes, the request's number; the rest is the response
//
// Anything else, a message whose From or To is not the connection's, and a checksum that does not fit
// end the connection with a *FrameError in the log.
//
// # Assumed
//
// Whoever knows the cluster's id and reaches the port is believed: checksums find faults, not forgery. Use
// TLS with certificates of both sides (Config.Listener, Config.Dial) or a network of the nodes' own.
// The host's handler returns. All nodes have the same list of peers, OpenCalls, and a Silence well above
// the others' Pulse.
//
// Not here: retries of calls, finding peers, compression, snapshots as streams.
package transport
