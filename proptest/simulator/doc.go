// Package simulator runs replicas in virtual time: the same node.Replica that ships, over a simulated disk, network
// and clock. A run is a function of its Config and of the calls made between its events: everything random
// comes from one seed, and nothing takes real time.
//
// What can go wrong: messages are lost, repeated, delayed and so reordered; links are cut, in one direction too; processes hang;
// calls break before or after they were sent; a process is killed and the page cache stays; the power is lost, and
// of what was not synced some first part stays; disks are slow, full, and fail; wall clocks are apart and jump;
// monotonic ones start anew with each process, run at other rates, stand still; ticks come at other rates.
//
// A replica is given each event by itself or, with Config.Round, in rounds, as the loop of a real node does: what comes while it is
// busy it is given together.
//
// A disk is a list of records or, with Config.WAL, package wal over a folder that loses power: then what is read
// back is what the format and its recovery give back.
//
// After every event that changed a replica the specification's invariants are checked on all of them, those that are
// down as what their disks hold for certain; the properties of steps that hold for several actions in a row; and
// CommittedStays: what was ever committed every later leader has, also when all who knew have lost their power. The
// first that breaks is World.Err.
//
// Not here: rot (package wal's own tests have it). What runs do, and who judges them, is in packages workload and
// virtualcluster.
package simulator
