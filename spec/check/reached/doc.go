// Package reached keeps what TLC reached of a model, so that it need not search the model again where only the Go code, or nothing, has
// changed since: the check of the specification writes it as TLC checks, the comparison with the Go core reads it, or has TLC run and
// writes it itself.
//
// A file is one gzip stream: the states as TLC printed them, one a line, and behind them a line of JSON with what TLC counted. It
// is named NAME-DIGEST.gz after the model and the SHA-256 of all that TLC reads: its jar, every module of the specification's
// folder, the model's own .cfg and which module is run. Whatever of that changes, the file is not found any more, and it is removed when
// the next one of the model is kept.
//
// Read takes a file only where the stream ends as it was ended, with its checksums; where the digest in it is the one asked for; and where it has
// as many distinct states as TLC counted. Everything else is ErrRefused. A file is written under another name and renamed when
// it is whole, so several programs may write and read one folder.
//
// Non-goals. Whoever means to deceive: a file that somebody made up, with the right digest and numbers, is believed. Files that a
// killed program left half written (*.part) stay until build/ is removed.
package reached
