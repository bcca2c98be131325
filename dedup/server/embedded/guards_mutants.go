//go:build mutants

// The guards of guards.go, each with a fault in front. mutants_test.go shows that each is caught.

package main

import (
	"os"

	"github.com/eventstreamcore/semel/dedup"
)

// mutant is the fault that is switched on; empty means none. It is a variable of the environment, since the program is run as a process.
var mutant = os.Getenv("SEMEL_EMBEDDED_MUTANT")

// mutantIDs are the faults of this package.
var mutantIDs = []string{"books-whatever-comes", "resumes-at-the-checkpoint", "writes-in-place", "takes-an-older-log"}

func isBooked(o dedup.Outcome) bool { return o == dedup.Won || mutant == "books-whatever-comes" }

func resumeAt(books int, checkpoint uint64) int {
	if mutant == "resumes-at-the-checkpoint" {
		return int(checkpoint)
	}
	return books
}

func temporaryOf(name string) string {
	if mutant == "writes-in-place" {
		return name
	}
	return name + ".tmp"
}

func lacksEntry(applied, kept uint64) bool { return applied < kept && mutant != "takes-an-older-log" }
