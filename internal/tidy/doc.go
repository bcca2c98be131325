// Package tidy holds the rules about the shape of this repository as code, so
// that a test and not a reviewer's memory keeps them.
//
// A rule is a function from a [Tree], a source tree in memory, to findings.
// tidy_test.go runs every rule over the repository; each rule has a second test
// with small trees that break it, for a rule that no tree breaks is no rule.
//
//   - [Layering]: who may import whom. The table is in layers.go.
//   - [Purity] and [MapRanges]: the core has no I/O, clock, goroutine, channel,
//     lock, randomness or iteration over a map, so the same events always give
//     the same outputs.
//   - [Sizes], [Tests], [Packages], [Words]: how code reads.
//   - [Mutants]: what has seeded bugs has tests that run them.
//   - [Links], [Dependencies]: what the documents say is there is there.
//
// Non-goals: whatever the compiler, vet or the linter of `make lint` finds.
package tidy
