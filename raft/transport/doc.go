// Package transport carries messages and requests between the replicas of one cluster over TCP.
package transport
