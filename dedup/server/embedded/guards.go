//go:build !mutants

package main

import "github.com/eventstreamcore/semel/dedup"

// What it rests on that the books are right. guards_mutants.go holds a wrong one for each fault; the tests show that each is caught.

// isBooked reports whether a payment with this answer is booked.
func isBooked(o dedup.Outcome) bool { return o == dedup.Won }

// resumeAt is from where the stream is read, where the books end at one place and the log's checkpoint stands at another.
func resumeAt(books int, _ uint64) int { return books }

// temporaryOf is where a file is written before it takes the place of the one before.
func temporaryOf(name string) string { return name + ".tmp" }

// lacksEntry reports whether a log that is applied up to an entry lacks the one that the books were kept behind.
func lacksEntry(applied, kept uint64) bool { return applied < kept }
