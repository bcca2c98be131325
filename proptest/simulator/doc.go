// Package simulator runs replicas in virtual time: the same node.Replica that ships, over a simulated disk, network
// and clock. A run is a function of its Config and of the calls made between its events: everything random
// comes from one seed, and nothing takes real time.
//
// What can go wrong: messages are lost, repeated, delayed and so reordered; links are cut, in one direction too; processes hang;
// calls break before or after they were sent; a process is killed and the page cache stays; the power is lost, and
// of what was not synced some first part stays; disks are slow, full, and fail; wall clocks are apart and jump;
// monotonic ones start anew with each process, run at other rates, stand still; ticks come at other rates.
//
// Snapshots are taken a piece at a time, while entries are applied, into a folder of package snapshot that loses its process and its power
// together with the log; they are fetched from others block by block, over links that lose, delay and damage, from one node after the
// other, and go on where they were, also after a restart. Writing them fails, finds no room, is slow, ends with the process in the middle of
// a call; one that nobody needs to come back rots.
//
// With Config.Slots logs say who the members are: folders join and are lost, as whoever runs the world asks for. Nobody has to have met anybody.
//
// A replica is given each event by itself or, with Config.Round, in rounds, as the loop of a real node does: what comes while it is
// busy it is given together.
//
// A disk is a list of records or, with Config.WAL, package wal over a folder that loses power: then what is read
// back is what the format and its recovery give back. Snapshots are in files of package snapshot in any case.
//
// The world keeps what logs forget: Archive has each entry that was ever committed, with its payload, and each snapshot that ever was
// durable. What anybody claims later is held to it.
//
// After every event that changed a replica the specification's invariants are checked on all of them, those that are
// down as what their disks hold for certain; the properties of steps that hold for several actions in a row; and
// CommittedStays: what was ever committed every later leader has, also when all who knew have lost their power; SameSnapshot: two snapshots
// of one entry are one, byte for byte; SnapshotStands: a log begins where a durable snapshot stands for what was before. The
// first that breaks is World.Err.
//
// Not here: rot of logs (package wal's own tests have it). What runs do, and who judges them, is in packages workload and
// virtualcluster.
package simulator
