package tlc

import (
	_ "embed" // for countActions
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

//go:embed CountActions.java
var countActions []byte

// countingClass is the class that countActions compiles to.
const countingClass = "CountActions"

// counting is countActions, compiled; nil where java can't: a runtime need not have the module that compiles.
var counting = sync.OnceValue(func() []byte {
	folder, err := os.MkdirTemp("", "count-")
	if err != nil {
		return nil
	}
	defer os.RemoveAll(folder)
	source := filepath.Join(folder, countingClass+".java")
	if err := os.WriteFile(source, countActions, 0o600); err != nil {
		return nil
	}
	compile := exec.Command("java", "-XX:TieredStopAtLevel=1", "-m", "jdk.compiler/com.sun.tools.javac.Main", "-d", folder, source)
	if err := compile.Run(); err != nil {
		return nil
	}
	class, err := os.ReadFile(filepath.Join(folder, countingClass+".class"))
	if err != nil {
		return nil
	}
	return class
})

// counter returns the class that java is to run for TLC to count how often each action fires; put into folder, it has TLC count nothing
// else. Where java can't compile that it is TLC itself, which counts each expression, too, and takes half as long again.
func counter(folder string) (string, error) {
	class := counting()
	if class == nil {
		return mainClass, nil
	}
	return countingClass, os.WriteFile(filepath.Join(folder, countingClass+".class"), class, 0o600)
}
