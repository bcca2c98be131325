// Package members is `semel members`: who the members of a cluster are, and how an operator changes that.
//
// A node joins by itself (semel serve --join), so add, replace and move say what to run where that node is to be, and can wait until it is
// done; remove and promote ask the leader. What a change has come to is read from the members, so all of it may be repeated.
package members
