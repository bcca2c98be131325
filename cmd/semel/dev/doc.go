// Package dev is `semel dev`: a cluster on this machine that is watched over. A node that dies is started again, what
// the nodes say is retold in plain words, and nothing is left behind.
package dev
