package node

// assert panics where the replica breaks its own contract: what it does after that is worse than that it stops.
func assert(holds bool, what string) {
	if !holds {
		panic("raft/node: broken: " + what)
	}
}
