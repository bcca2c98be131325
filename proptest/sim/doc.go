// Package sim runs replicas in virtual time: the same node.Replica that ships, over a simulated disk, network
// and clock. A run is a function of its Config and of the calls made between its events: everything random
// comes from one seed, and nothing takes real time.
//
// What can go wrong: messages are lost, repeated, delayed and so reordered; links are cut; calls break before
// or after they were sent; a crash keeps a prefix of what was appended and not synced; disks are slow, and
// fail; wall clocks are apart, and monotonic ones start anew with each process.
//
// After every event the specification's invariants are checked on all replicas, those that are down as
// what their disks hold. The first that breaks is World.Err.
//
// Not here yet: torn writes and rot (package wal's own tests have them), clocks that run at other rates,
// workloads and histories for a checker of linearizability.
package sim
