//go:build mutants

package node_test

func init() {
	inTest["replays-beside-others"] = comesBackGently
	inTest["serves-with-what-is-left"] = comesBackGently
}
