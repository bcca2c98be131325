// Package gate is what stands in front of a door: who may come in, how long a
// request may take to arrive, and how many bytes of requests and answers a process
// holds. The doors are told apart by what they say; what a stranger, a slow client or
// a flood may take is the same at all of them.
//
//	listener ──▶ Gate.Listen ──▶ Conn ──▶ door
//	             accept, retry     Read: the first byte of a request starts its clock
//	             admit or refuse   Begin, Idle, Unfinished: what it is doing
//	                               Hold: the bytes that its request takes
//	                               Unread: those of its answers, until they are read
//
// # Accepting
//
// An error of Accept never ends a door: it is counted, logged and tried again, after
// 5 ms at first and 1 s at most. Only closing the listener ends it. Where the process
// is out of descriptors a connection that does nothing is closed first.
//
// # Places
//
// A Gate has MaxConnections places. When they are taken, somebody who does nothing
// makes room: of the source (an IPv4 address, or the /64 of an IPv6 one) that has most
// connections the one that never said anything, the oldest first; else the one
// whose request has been under way for longest, if that is over a second; else the
// one that is idle for longest. Nobody takes a place from a source that has fewer. So an
// address may use all places as long as nobody else wants them, and where all have one address,
// as on loopback or behind a proxy, what counts is what each connection does.
//
// A connection whose request is being done is never closed for another's sake: its
// answer would be lost. One that is closed between requests loses nothing: what it
// may have sent meanwhile was not read, so it was not applied.
//
// Spare places beyond MaxConnections are for a door that has something to say to
// those who find it full: HTTP answers health there. Who finds no place is told so
// by Config.Refuse.
//
// # Time and bytes
//
// A connection that says nothing at all is closed after GreetingTime, a request that is
// not whole RequestTime after its first byte is cut. Time begins with each request
// anew, so a long pipeline that moves on is never cut. Bytes is one bound on what all
// requests hold, over all doors: when it is reached the request that has been
// under way for longest is cut in favour of the one that grows. Another bound is on
// answers that wait for their clients to read them: they are counted before they are
// made, and the client that was to read for longest is closed in favour of the last one.
//
// All is counted (Counts) and logged, each kind at once and then once in 10 s.
package gate
