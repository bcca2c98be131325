// Command embedded is an example: a program that keeps books, with a storage and snapshots of its own, and a node of Semel inside.
//
//	go run ./dedup/server/embedded DIR
//
// It reads a stream of payments, some of which come more than once, and books each one once. Kill it at any time and start it again over the
// same folder: it goes on, and its books are what they would have been. (One node is enough to show that; on three machines each program lists
// the same three Peers, and one of them at a time works on a partition.)
//
// # How the books and the log stay in step
//
// One entry of the log has a checkpoint, up to where the stream is done, and the claims of the payments up to there: whole or not at all.
// What is won is booked, in memory. Whenever the log has grown by some entries, which the hook server.Config.Applied tells, the
// books are kept in a file, as they are behind one entry: no payment of this stream is in an entry up to there without being in the
// books, nor the other way around, since no call is open when they are kept.
//
// After a crash the file is behind the log. So the stream is read again from where the *file* ends, and the same calls are
// made by the same owners: what was won then is told won again, what was a duplicate is a duplicate again, and what has not
// been in the log yet comes in. Three things are checked at the start, each of which ends the program: the log
// has the entry that the file was kept behind (it is not an older copy of the folder), the file is not ahead of the log's checkpoint, and no other owner has
// moved that.
//
// # What it rests on
//
// Claims have to stay for longer than the file is behind: these have no ttl. An owner names one reading of one place of the stream, by
// a name that is drawn once and kept with the books, so that a repeat is the same call and another program's is not.
package main
