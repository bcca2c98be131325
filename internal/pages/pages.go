// Package pages asks the system for large pages, where memory is read at random: to find a page of 4 KiB
// may take the processor longer than to read what stands there, in a virtual machine most of all.
package pages

// size is that of a large page, and what one is aligned to.
const size = 2 << 20
