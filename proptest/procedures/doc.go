// Package procedures runs the scripts of docs/procedures on real processes, while clients claim, and has porcupine judge what those saw: what docs/operations.md tells
// an operator to do is what runs here, line by line.
//
// It has tests alone.
package procedures
