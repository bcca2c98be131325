//go:build !mutants

package node

// The decisions about where members are found. guards_found_mutants.go holds a wrong one for each fault.

// hasStood reports whether members have said the same for long enough to be logged.
func hasStood(forTime int64) bool { return forTime >= stoodFor }

// mayRestateAgain reports whether a leader may have that logged again, so long after the last time.
func mayRestateAgain(after int64) bool { return after >= restateEvery }

// isLogged reports whether an address that somebody says it has goes into the log.
func isLogged(address string) bool { return len(address) <= mostAddress && namesPlace(address) }

// countsAsFound reports whether what a member said counts, which is heard now or is not.
func countsAsFound(heard bool) bool { return heard }
