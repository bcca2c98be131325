package raft

// assert stops the replica where a contract or an invariant is broken. Always on.
func assert(holds bool, contract string) {
	if !holds {
		panic("raft: contract broken: " + contract)
	}
}
