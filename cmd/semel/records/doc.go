// Package records reads an input record by record and finds the key of each: one way of naming keys for all commands
// that take records, so that what one of them claims another can name by the very same flags.
//
// # Words
//
// A record is a line, or a record of CSV, which may have several lines. Its text is what is left without its end
// (LF or CRLF) and without a byte order mark: all keys are taken out of the text. A record may have no key. An empty text,
// field or group is no key: a variable that was unset would make all events one. See docs/decisions/0022.
//
// # Who reads
//
// Format says how records are told apart and where their keys are. `semel uniq`, which is made for speed, drives its
// parts itself; Reader is for whoever takes one record after the other.
//
// # Non-goals
//
// Keys that are nearly the same: keys are compared as bytes.
package records
