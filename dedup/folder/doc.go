// Package folder reads the folder of a node that is at rest: what stands in each of its files, whether that is whole and fits together, and which
// state it comes to.
//
// Contract. Nothing in the folder is changed, neither a byte nor a time of change. Who holds the folder is refused: a node that runs, and then nobody else may
// start one while it is read. What is found wrong is told of each file, and ends nothing but what rests on it.
//
// What is checked. Of the log each segment, record, mark, row and payload, the chain of records, and that nothing is missing which no base covers; PEERS,
// both copies; of each snapshot header, length, every block and the digest of the whole. Then the state is made anew: out of the oldest snapshot that
// fits the log, and all entries behind it; at the entry of each newer snapshot its file is compared with the state that was come to.
//
// Non-goals. Nothing is mended. What other nodes know is not asked: a folder that is whole may be an older copy, or lack what it had acknowledged.
package folder
