// Package flags holds what commands have in common in how they are called: how many arguments, values of
// flags with units, and the flags of a command that asks a cluster.
//
// What is wrong in a call is said with what was wanted. A word that is empty is refused where it would be a key or
// a namespace: it is a variable that was unset.
package flags
