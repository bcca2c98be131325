// Package cluster runs a real cluster inside one process, with a world around it that does what it is told: 3 or 5
// replicas as they ship (server.Open), their logs on files, their messages over TCP on loopback, all doors.
//
// What can go wrong, each on its own and for a while:
//
//   - the network (Network): every connection between two nodes goes through a proxy of ours that knows frames. A cut
//     loses what is sent, in both directions or in one; a stall holds it; a delay; a connection that breaks in the
//     middle of a frame.
//   - the disk (Disk): package crashfs over real files, in two folders, that of the log and that of the snapshots. A kill leaves the
//     page cache, a power loss takes what was not synced, of both at the same moment; syncs are slow, stand still or fail; the disk is full;
//     blocks of snapshots are slow, writes of them fail, the newest rots.
//   - the clocks (Clock): the wall clock jumps, the monotonic one runs at another rate or stands still.
//   - the doors (Door): an answer is lost on its way, after the node has sent it.
//   - the weather: for some runs links that are slow, or connections that break, from beginning to end.
//   - the members: folders join, as voters or to learn, are removed, replaced and lost, and joins die half-way (operator).
//   - absences: nodes that are away until no log has what they lack, and are brought level while somebody dies.
//
// Each fault counts what it did. A fault that met nothing was none.
//
// # A run
//
// Execute runs a plan of package workload. In the end all is healed and started; when all nodes have applied the same,
// their power is cut once more, and their disks are read back. The logs on the disks end: the whole log is in the archive, to which each process
// tells what it applies. The history is judged with that log, with what each replica had made of it, with every snapshot that
// there ever was, and with what stands on the disks of a majority. A replica that stopped by itself,
// a cluster that does not come back and a door whose reply makes no sense are faults too.
//
//	go test ./proptest/cluster                                        the world's own tests, stories, one run
//	go test ./proptest/cluster -run Histories -for 5m -times 3 -histories build/histories
//	go run ./proptest/index build/histories                           a page for each run, and an index
//
// Real time passes here and goroutines are scheduled as they please: a run can't be replayed bit for bit. Its seed
// draws the same plan again. The same plans run in virtual time in package virtualcluster, where they replay and shrink.
package cluster
