//go:build mutants

package wal

// Mutant picks the fault that is switched on, by its id; empty means none. For tests only.
var Mutant string

// Mutants are the faults of this package.
var Mutants = []string{
	"torn-tail-is-corruption",
	"corruption-is-torn-tail",
	"recovery-trusts-page-cache",
	"bit-rot-served",
	"fsync-retried",
	"swallowed-save-error",
}

func tornTail(claimed, unwritten bool) bool {
	switch Mutant {
	case "torn-tail-is-corruption":
		return false
	case "corruption-is-torn-tail":
		return true
	}
	return !claimed && unwritten
}

func mustRewrite(mark, synced uint64) bool {
	return mark > synced && Mutant != "recovery-trusts-page-cache"
}

func intact(sum, stored uint32) bool { return sum == stored || Mutant == "bit-rot-served" }

func syncOnce(f File) error {
	err := f.Sync()
	if err != nil && Mutant == "fsync-retried" {
		return f.Sync()
	}
	return err
}

func saved(err error) error {
	if Mutant == "swallowed-save-error" {
		return nil
	}
	return err
}
