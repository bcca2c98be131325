package gate

// DefaultSpare is how many spare places a door needs that answers health.
const DefaultSpare = 8

// FewestPlaces is how many connections a door must be able to have to be of use.
const FewestPlaces = 8

// Places returns how many connections each of so many doors may have in a process that may open so many descriptors.
// Half of all are kept for the files of the log, for the other nodes and who pretends to be one, and for whoever looks
// after the node.
func Places(descriptors uint64, doors int) int {
	each := min(descriptors/2/uint64(doors), 1<<30)
	return max(0, int(each)-DefaultSpare-maxLingering)
}
