// Package trace holds runs of the shipping code to the specification: each action that a replica took is written down as it
// returned (Recorder), and a run is right if every record is a step of spec/*.tla, with the parameters and the state after
// it that were recorded.
//
// # What is recorded
//
// raft.Config.Record is called after each action, with the node as it then is and before anything that the action put out has
// left the node; and by raft.New, which is Restart. A record has the action's name and parameters (a handler's whole
// message), the node, what is cheap to read of it (After), and the messages that the action let leave. Each hundredth record of a run has the node's whole
// state besides, and so has each Restart. A Restart has the mark of the last write that was found on the
// disk: how many writes were durable that the process before had not acknowledged follows from the marks, and
// the specification takes so many steps Persist before Restart (Run.Steps).
//
// # Order
//
// All replicas of a run give their records to one Recorder. That order is one that the specification allows: a record is
// written before its messages leave, so that it stands before those of their receivers; and each node's own are in their
// order. Actions of different nodes that are not ordered by a message touch different variables.
//
// # Who decides
//
// A log may say from its base on who decides. What the first node's says at first is in force in all of the run's logs in which no configuration
// stands (Members): the specification's First. A folder that joins later has to begin with the same, and not with the configuration that made it
// a member: else its snapshot, of entries before that one, would say of them that it was in force there. The servers of a run are the folders that it
// ever has, of which a node may know more numbers.
//
// # The file
//
// Append-only, numbers are uvarints. It begins with "SEMLTRAC", a byte for the version (2), the set of servers, and the run's name
// (its length, then its bytes). Each record is its length, then
//
//	1 byte     which action: its place in Actions, from 1; 0 ends the file
//	1 byte     the node
//	           parameters: a handler's message as protocol.AppendMessage writes it; ClientRequest's value; the peer of
//	           AppendEntries, with prev and count, of TransferLeadership, of ConfirmTerm and of SendSnapshot; up to where Compact; the voters and
//	           learners of ChangeConfiguration; the mark of Restart
//	           After, field by field
//	           how many messages the action let leave, and these
//	the rest   nothing, or the node as protocol.Node.AppendState writes it
//
// The last record has, behind its 0, the number of records and the CRC-32C of all before it. A file without it is of a run that
// was not closed: Load returns what there is, and ErrUnfinished.
package trace
