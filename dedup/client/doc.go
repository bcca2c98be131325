// Package client asks a Semel cluster over HTTP from a Go program.
//
// A Client knows the HTTP doors of some nodes; any one of them will do. A call that
// fails is repeated, at the next node if need be, as exactly what it was: a claim with
// the same owner, the others with the same token. So a lost reply is no lost claim: the
// repeat is told WON, replayed. A call ends
//
//   - with an Answer: what the service decided;
//   - with a *RefusedError: no node would take it differently; nothing was applied;
//   - with an *UnavailableError: no node answered in time. Its Unknown tells whether
//     the call may have been applied nevertheless, now or later.
//
// An owner names one execution: draw it fresh (rand.Text of crypto/rand) for each call,
// and give it again only to repeat that call. Never the id of a request or a host:
// two of them may be at work at once, and both would be told WON.
//
// Claims by the thousand go faster in a Batch. A batch is one entry of the replicated
// log; the node that leads takes it without a detour, and FollowLeader finds that node.
//
// # Non-goals
//
// The Redis protocol (any stock client speaks it), checkpoints (post them to
// /v1/checkpoint), waiting for another's claim to end.
package client
