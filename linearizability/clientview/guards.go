//go:build !mutants

package clientview

// The decisions that a verdict rests on. guards_mutants.go holds a wrong one for each; mutants_test.go shows that
// each is noticed.

// mayBeOver: a lease or window whose earliest end is given may be over for a call that returned then.
func mayBeOver(earliest, until int64) bool { return earliest != Forever && earliest <= until }

// isNew: who wins is given a token that the key did not have right before.
func isNew(given, before uint64) bool { return given != before }

// mayHaveDone: an open call may have done what it asked for.
func mayHaveDone(*Call) bool { return true }

// returned is when a call returned as porcupine is told.
func returned(c *Call) int64 { return c.Until }

// sameOwner: a claim by the owner of a record that stands is told that it won.
func sameOwner(owner, claimant string) bool { return owner != "" && owner == claimant }

// setsTime is the call made last, of those that are stamped one after another, once c has its place. Entries are; a read need not have
// one: what it sees was committed, and what takes effect behind it may have been stamped before it was asked for.
func setsTime(latest int64, c *Call) int64 {
	if c.Kind == Query || c.Kind == CheckpointQuery {
		return latest
	}
	return max(latest, c.From)
}

// notBefore: a call is stamped behind the call of all that were stamped before it.
func notBefore(from, latest int64) int64 { return max(from, latest) }

// notAfter: and in front of the return of all that come behind it.
func notAfter(until, next int64) int64 { return min(until, next) }

// verdict is porcupine's word.
func verdict(r Result) Result { return r }
