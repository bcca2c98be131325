package neighbours

import "slices"

// kind is a sort of neighbour.
type kind struct {
	name    string
	what    string // it does, in a line
	members int    // of one neighbour
	values  bool   // it reads large values, which are there before
	holds   int64  // MiB that the three nodes may hold for it, and the members themselves
	thrown  []int  // ports at which nodes have to end connections of it
	enter   func(n *neighbour)
}

// kinds are all sorts of neighbours that a healthy cluster puts up with.
func kinds() []*kind {
	return slices.Concat(strangers(), slow(), greedy(), peers(), machines())
}

func named(name string) *kind {
	for _, k := range kinds() {
		if k.name == name {
			return k
		}
	}
	return nil
}
