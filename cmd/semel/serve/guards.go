//go:build !mutants

package serve

// codeOf is the exit code for why nobody is to start a node again as it is. guards_mutants.go has others.
func codeOf(code int) int { return code }
