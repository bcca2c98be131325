// Package run does a piece of work once: it claims a key with a lease, runs a command while it extends
// the lease, and completes the claim when the command has succeeded.
//
// Winning is not doing: who claims for good and crashes before the work is done has lost the event. With a
// lease nothing is lost, since the key is free again when its holder is gone; and nothing is done twice as long
// as the command ends with its lease. So Do sees to both ends of that:
//
//	claim ──▶ command starts ──▶ extend, again, … ──▶ exit 0: complete · otherwise: release
//	                                   │
//	                                   └──▶ no answer, or another one holds the key: the command is terminated,
//	                                        and killed before the lease is over
//
// The claim has no ttl: a lease can't be extended past it. How long the key stays done goes with Complete.
//
// # Who ends the command
//
// The command runs in a process group of its own, which gets every signal that Do gets, and is killed as
// a whole. On a terminal it stays in the terminal's group, so that it may read and Ctrl-C and Ctrl-Z reach
// it as any other; then it alone is signalled, not what it has started. A watchdog, a second process of this
// program, kills it when the lease is over or Do's process is gone, however it went.
//
// A lease is counted from the moment its call was sent, by this machine's monotonic clock: the cluster counts
// from later on. What stays is the drift of clock rates, and a machine that was suspended: work that can't
// be undone should hand the token ($SEMEL_TOKEN, it only rises) to what it writes to.
package run
