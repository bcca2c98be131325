// Package transport carries messages and requests between the replicas of one cluster over TCP.
//
// Between two nodes there are four connections, two dialled by each. One is for messages, from the
// dialler to the acceptor: Send queues a message and never blocks; where there is no room or no
// connection it is dropped, which Raft makes good. One is for calls: a request of the dialler, one
// response of the acceptor, many open at once; here nothing is lost in silence (ErrNotSent,
// ErrUnknown).
//
// A third of each is there only while it is used: for bulk calls (CallBulk), which are calls that carry much, such as pieces of
// a snapshot. Nothing that is urgent ever stands behind them. It is dialled when the first one is made, and given up by its dialler
// when none was for Config.BulkIdle.
//
// Who is no node, or none yet, may ask a node one thing (Ask): a process that has the secret, and neither id nor folder nor the cluster's id. What is
// asked and answered is the hosts' (Handler.Asked).
//
// # Contract
//
// Nothing is told before proof: a connection begins with TLS 1.3 in which both sides prove that they have the cluster's secret
// (Config.Secret), on loopback too; there is no plain mode. Who has not the secret is told a public key, and no cluster, node
// or incarnation; it can make this node store nothing; what it recorded of others' connections is worth nothing; and however
// many of it there are, they take no place from a peer that is connected, and hold up one that comes for no longer than a
// moment (see lobby).
//
// A message that is received is one that the peer sent, whole; messages of one peer come in the order
// sent, each at most once for each Send, one at a time. The host has verified the peer's folder
// before, and has it on disk, with the start that it is in, once both sides have accepted each other. It is told (Handler.Met) when a
// peer has this node on its disk, and (Handler.Refused) when one refuses this node's folder. A request is handed to the host at most once for each Call, and Call returns a response, or
// ErrNotSent if no byte of the request left this node, or ErrUnknown.
//
// Whom a node dials, and where, may change at any time (SetPeer, RemovePeer). What is sent to a peer when its address has changed goes to the new
// one or nowhere; who is removed gets nothing any more, and all connections with it end. Who dials in and has the secret is the
// host's to judge (Handler.Verify), whether it is a peer here or not: a node that was away does not know who was added meanwhile. Such a one has
// the same bounds as a peer.
//
// Where only one of two nodes can dial the other, what they say goes one way: both know that (Peers, Heard, OneWay).
//
// A link that breaks is dialled anew: at once, then with pauses that double; after a refusal with
// the longest pause; and soon after the peer was heard of. A connection on which nothing was heard for
// Config.Silence is given up, so that a peer that lost its power is noticed long before TCP would;
// pulses keep an idle one. A peer's newer connection replaces its old one. The host is told (Handler.Gone) where a connection
// broke and nobody listens there any more, which is how the death of a process looks; a connection that is replaced is no news.
//
// A reader's memory follows what has arrived, never what was announced. Bounded are: what waits for
// a peer (Config.QueueMessages, QueueBytes), open calls (OpenCalls), connections that have not proved who
// they are (256, each for DialTimeout: beyond, the oldest of the address with most of them goes), accepted connections (three for
// each node; of one node and kind the one that was accepted last stands) and what is logged of strangers (32 lines, then one every 2 s; Port counts all).
// Of those that ask 4 have a place (OpenAsks), each until it is answered, or gone, or its time is over (Config.AskTime); who comes when all are taken is refused for now.
// They say 64 KiB at most and are answered with 1 MiB at most, and take no place of a node's connection: until they have said that they ask they are like
// all who have not proved themselves.
// A call is open, at the acceptor, until its response has been written: of who asks and does not read no more is read.
// Of bulk calls a peer has 4 open here (OpenBulkCalls), by however many connections one after the other, of 4 MiB at most
// (MaxBulkBytes) in a request and in a response. That, times two for growing buffers, is what a peer can make a node hold, and the
// same what an acceptor can make a caller hold.
//
// Bulk beside the rest: what is written is written in pieces of 64 KiB, each of which has to be taken within Silence, so that a slow peer
// is not a silent one; the system holds 256 KiB of a bulk connection for sending (SO_SNDBUF), so that no more than that stands before
// the node's other connections at its network card. How many bytes a second go out is the host's to bound, by when it replies: a
// request that it keeps holds up that peer's bulk calls alone.
//
// Keep Raft's window to a peer below QueueMessages, and the window's bytes below QueueBytes.
//
// A listener that fails is tried again with pauses, whatever the error; it is counted, and ends nothing.
//
// What no peer may send closes its connection: frames of another form at once, and a message that no correct peer sends when the
// host says so (Reject).
//
// # The proof
//
// All nodes have one Ed25519 key, derived (HKDF, SHA-256) from the secret for the purpose named in secret.go. Each side shows a
// certificate with that key, signs the handshake with it, and requires of the other side the same public key, compared in
// constant time, and nothing else. No session is resumed. Since both ends have the same key, a connection that somebody in between
// leads to another node, or back to its dialler, proves itself too; the hellos, which name both nodes, refuse it.
//
// A key for another purpose, such as an authority that signs a certificate with a name for each node, is derived beside
// this one; that two keys are accepted while one secret replaces another needs a second one in a list (proof.accepted).
//
// # On the wire, version 5
//
// All of this goes within TLS. Numbers are little-endian, checksums CRC-32C (Castagnoli). A connection begins with a hello of
// the dialler, one of the acceptor, and the dialler's again. The layout of a hello is the same in all versions:
//
//	at  bytes
//	 0      4  "SEML"
//	 4      1  what the connection is for: 1 messages, 2 calls, 3 bulk calls, 4 an ask; the answer repeats it
//	 5      1  the lowest version that the sender speaks
//	 6      1  the highest
//	 7      1  node id of the sender
//	 8      1  node id that the dialler means to talk to; in the answer the dialler's
//	 9      1  0, or why the other side is refused (type Refusal); in the dialler's first 0
//	10      2  how many bytes of fields follow, 48 to 4096: a later version adds fields behind these, which this one skips
//	12     16  cluster id
//	28      8  incarnation of the sender's folder
//	36      8  how many starts it has had, the present one included
//	44    8 n  the ids of the last n of them, n = min(starts, 256), the present one's last
//	 .      2  how many bytes follow that the host says of where the node is found, at most 1024
//	 .      .  these
//	 .      4  checksum of all before
//
// The highest version that both speak is spoken; so far there is one. Where there is none in common each side is told what the other speaks and
// which of the two is too old. From version 6 on the check of each frame's header has the version in it: ends that do not agree on it understand
// no frame of each other. Each side refuses the other for the
// first of these that does not fit: the cluster's id, the version, the kind, the node's id, the dialler's id if it
// is no node's, the folder or, again, the dialler's id, if the acceptor's host does not know it. The refusal is the last thing said, by whichever side. Only when the dialler has
// accepted the answer, and said so, do the hosts remember each other's folder (Handler.Remember; the dialler's before it says so): a contact that came to
// nothing binds nobody.
//
// One that asks says one hello, in which the ids of both nodes, the cluster's id and all of the folder are 0, and no second one. The acceptor looks at
// nothing but the version, and that it names nobody; its answer has its node's id, and no cluster and no folder either.
//
// After that both send frames:
//
//	 at  bytes
//	  0      4  length of the body in bytes, at most 64 MiB; of bulk calls 4 MiB and 8 bytes; of an ask 64 KiB, answered 1 MiB
//	  4      1  type
//	  5      3  check of the header: the low 24 bits of the checksum of the 5 bytes before, XORed with version - 5
//	  8      4  checksum of the body
//	 12         body
//
//	type      sent by               body
//	1 pulse     both                  nothing
//	2 message   dialler of messages   a message as protocol.AppendMessage writes it; the host's number, a varint; the rest is the payload
//	3 request   dialler of calls, of either kind   8 bytes, its number; the rest is the request
//	4 response  acceptor of calls, of either kind  8 bytes, the request's number; the rest is the response
//	  Of an ask there is one request, from the dialler, and one response, each without a number; and nothing else.
//	5 digest    dialler of messages   1 byte, what it is made of, 8, the index of an entry, and 8, the digest of the sender's state after it
//	6 accusation dialler of messages  1 byte, the id of a node, 1, the reason, and 8, the incarnation of its folder
//
// Anything else, a message whose From or To is not the connection's, and a checksum that does not fit
// end the connection with a *FrameError in the log.
//
// # Assumed
//
// Whoever has the secret is believed to be a correct node: crashes are defended against, lies are not. What it sends may be wrong
// in any way and stops nobody, but a lie that a correct node could have told is taken for the truth.
// The host's handler returns, and replies to every request. All nodes have the same OpenCalls, and a Silence well above
// the others' Pulse.
//
// Not here: retries of calls, finding peers, compression, the bytes a second of bulk.
package transport
