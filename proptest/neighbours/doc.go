// Package neighbours runs honest clients beside those that nobody would invite: strangers at all three ports of a
// node, clients that are slow, greedy or broken, a peer that was away. The cluster is that of package cluster, real
// replicas with all their doors; the honest clients are those of package workload.
//
// # What a run is held to
//
//   - Honest calls keep their promises: the history of the honest clients is judged as that of any run of package
//     cluster, with the log as read back from the disks.
//   - Every honest client gets on: at least half of its calls end in an answer while the neighbours are there,
//     apart from those that a node refused which had been away and was loading (CheckHonest).
//   - They wait behind no large call: what is long is copied beside the replicas' loops (cluster.CheckLoop).
//   - Connections between nodes that break while the neighbours are there are made again (CheckPeers).
//   - No replica stops (cluster.CheckReplica), and elections stay rare (CheckTerms).
//   - What is held for neighbours is bounded: bytes of the heap while they are there, and when they have left
//     descriptors and goroutines are what they were (CheckHeld).
//   - What is logged of all that has a bound (CheckLog).
//   - A stranger is told nothing of the cluster (CheckSilence).
//
// Each neighbour counts what it did. One that did nothing was none: the run fails (CheckAwake).
//
//	go test ./proptest/neighbours                                        one hand of them
//	go test ./proptest/neighbours -rounds 1                              all kinds, dealt in hands
//	go test ./proptest/neighbours -run Neighbours -kinds flood -seed 7   one kind
//
// Milliseconds are not looked at here: `semel bench --cluster` shows them.
package neighbours
