// Package pages asks the system for large pages, where memory is read at random: each page of 4 KiB that the processor has to look up
// costs more than the read itself, twice so in a virtual machine.
package pages

// size is that of a large page, and what one is aligned to.
const size = 2 << 20
