//go:build !mutants

package backup

// The decisions of what is taken for a whole backup. guards_mutants.go holds a wrong one for each fault.

// isIntact compares the checksum of a header with the one that stands in it.
func isIntact(sum, stored uint32) bool { return sum == stored }

// isDigest compares the digest of what was read with the one that the header promised.
func isDigest(sum, promised [32]byte) bool { return sum == promised }
