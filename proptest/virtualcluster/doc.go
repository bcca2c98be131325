// Package virtualcluster runs plans of package workload on replicas in virtual time (package simulator): the replica and the
// log that ship, over a network, disks and clocks that do what the plan says. A run is a function of its plan, so
// that rapid replays and shrinks it.
//
// What each run is held to:
//
//   - after every event the specification's invariants, by their names there;
//   - at the end, when all faults are over and all replicas are up: progress, one log, and one state, byte for byte,
//     that of all that was ever committed, by which each snapshot on the way is held to the state after its entry;
//   - the history that its clients saw: linearizability.Judge, with the committed log from its first entry on, also where no
//     replica has that any more: simulator.World.Archive;
//   - that it was worth something: see workload.Plan.Least.
//
// Clients are not simulated beyond their calls: they speak to a replica as the doors do, through encoded commands
// and server.Machine's answers. The doors themselves are for package cluster, which runs the same plans.
package virtualcluster
