package tla

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// ErrModule is returned when SANY does not accept a module.
var ErrModule = errors.New("SANY refuses the module")

// Load has SANY, which is in jar, read a module of a folder with all that it extends. It needs java.
func Load(ctx context.Context, jar, folder, module string) (*Module, error) {
	jar, err := filepath.Abs(jar)
	if err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp("", "sany-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	// SANY unpacks the standard modules beside each other: two runs may not share that folder.
	cmd := exec.CommandContext(ctx, "java", "-Djava.io.tmpdir="+scratch, "-cp", jar, "tla2sany.xml.XMLExporter", "-o", module+".tla")
	cmd.Dir = folder
	var said bytes.Buffer
	cmd.Stderr = &said
	text, err := cmd.Output()
	if err != nil || len(text) == 0 {
		return nil, fmt.Errorf("%w: %s.tla in %s: %w\n%s%s", ErrModule, module, folder, err, said.Bytes(), text)
	}
	return Parse(text, func(module string) bool {
		_, err := os.Stat(filepath.Join(folder, module+".tla"))
		return err != nil
	})
}
