package tlc

import (
	_ "embed" // for countActions
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

//go:embed CountActions.java
var countActions []byte

// compiles reports whether java runs a program that is given as source: a runtime without that module can't.
var compiles = sync.OnceValue(func() bool {
	modules, err := exec.Command("java", "--list-modules").Output()
	return err == nil && strings.Contains(string(modules), "jdk.compiler@")
})

// counter returns what java is to run for TLC to count how often each action fires: a program in folder that has TLC count nothing else.
// Where java can't compile it is TLC itself, which counts each expression, too, and takes half as long again.
func counter(folder string) (string, error) {
	if !compiles() {
		return mainClass, nil
	}
	path := filepath.Join(folder, "CountActions.java")
	return path, os.WriteFile(path, countActions, 0o600)
}
