package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// altered are the files whose faults are tried: the actions, what they write, send and hold, and the
// guards, whose operands have no name.
var altered = []string{"election.go", "replication.go", "snapshot.go", "read.go", "durability.go", "guards.go", "message.go"}

// liars are the functions that only a liar would show, and in a model nobody lies: the tests of
// raft/protocol have some.
var liars = []string{"impossible", "deniesCommitted", "deniesSnapshot"}

//go:embed switches.go.txt
var switches string

const realSwitch = `package main

import "github.com/eventstreamcore/semel/raft/protocol"

func setFault(id int) { protocol.SetFault(id) }

func record() { protocol.Record() }

func recorded() map[int]bool { return protocol.Recorded() }
`

// alteredSource returns the altered files of raft/protocol below root by name, and all faults.
func alteredSource(root string) (map[string]string, []Fault, error) {
	texts := map[string]string{}
	var all []Fault
	for _, name := range altered {
		source, err := os.ReadFile(filepath.Join(root, "raft", "protocol", name))
		if err != nil {
			return nil, nil, err
		}
		text, faults, err := alter(name, string(source), len(all)+1)
		if err != nil {
			return nil, nil, err
		}
		texts[name] = text
		all = append(all, faults...)
	}
	if len(all) == 0 {
		return nil, nil, errors.New("no place of the source can be altered")
	}
	return texts, all, nil
}

// build builds this command over the altered source, into folder; nothing else is written.
func build(ctx context.Context, root, folder string, texts map[string]string) (program string, err error) {
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	put := func(place, text string) error {
		path := filepath.Join(folder, fmt.Sprint(len(overlay.Replace), "-", filepath.Base(place)))
		overlay.Replace[filepath.Join(root, place)] = path
		return os.WriteFile(path, []byte(text), 0o600)
	}
	for name, text := range texts {
		if err := put(filepath.Join("raft", "protocol", name), text); err != nil {
			return "", err
		}
	}
	if err := put(filepath.Join("raft", "protocol", "faults_switched.go"), switches); err != nil {
		return "", err
	}
	if err := put(filepath.Join("proptest", "explore", "faults", "switch.go"), realSwitch); err != nil {
		return "", err
	}
	list, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(path, list, 0o600); err != nil {
		return "", err
	}
	program = filepath.Join(folder, "try")
	cmd := exec.CommandContext(ctx, "go", "build", "-overlay", path, "-o", program, "./proptest/explore/faults")
	cmd.Dir = root
	if told, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the altered source: %w\n%s", err, told)
	}
	return program, nil
}
