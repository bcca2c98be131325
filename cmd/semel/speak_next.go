//go:build nextversion

package main

import "github.com/eventstreamcore/semel/dedup"

// speak has the program, which is built for tests of upgrades, speak one version of the log more than the one that ships.
func speak() { dedup.SpeakUpTo(dedup.Newest() + 1) }
