// Package serve is `semel serve`: one node, from its flags and environment to its exit code.
//
// Here a node is put together: the replica of package dedup/server, its two doors, the log of what happens. What
// is wrong in a flag is told before the disk is touched, and how the process ends says whether it may be started again:
// see notStarted and stopped.
package serve
