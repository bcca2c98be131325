// Package report writes what was found about a run for people: one HTML page a
// run ([Write]) and one over all runs ([WriteIndex]). A page stands alone: no
// file beside it, nothing fetched, so it can be mailed, archived and opened years
// later.
//
// The verdict, every violation with its operations, the tables and the figures are
// in the HTML itself and need no script. The timeline and the keys are drawn by the
// page's script from the operations, which it carries as columns of numbers (see
// columns.go). A run with more than [MaxOperations] shows some of them and says so;
// all were judged.
//
// The same input gives the same bytes. Whatever a history holds (keys, errors,
// effects) is text from outside and is escaped.
//
// Non-goals: judging, which is package linearizability's, and watching a run while
// it goes on.
package report
