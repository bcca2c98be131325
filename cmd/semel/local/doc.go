// Package local runs a cluster on this machine: nodes of `semel serve`, each a process of its own.
//
// # Contract
//
// A Cluster is told its name and its folder. Place gives each node a folder in it and its ports, and holds those that
// nobody else may take, also while a node is down. Start runs a node; what its folder holds is there again. A
// node is given all that it needs by flags, and no variable of the environment. It never outlives this program, however
// that ends: its standard input is a pipe from here. It is in a process group of its own, so that Ctrl-C is told this
// program alone, which stops its nodes.
//
// # Non-goals
//
// Watching over nodes: who started one waits for it, and starts it again or not.
package local
