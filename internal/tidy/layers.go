package tidy

import (
	"slices"
	"strings"
)

// room is a row of the table of layers: a folder and the folders of ours that
// it may import. A folder that ends in /... stands for all below it as well.
type room struct {
	path       string
	mayImport  []string
	exceptions []exception
}

// exception lets single files of a room import more than the room may.
type exception struct {
	files     []string
	mayImport []string
}

// rooms is the house, top to bottom: arrows point down,
//
//	cmd → dedup/server → raft/node → raft → raft/protocol
//
// and a room may also use what stands further down its arrow. A folder with Go
// files and no row here is a finding: say first where it stands.
var rooms = []room{
	// A program wires siblings that ignore one another. `semel wal dump` reads the log's files, and `semel serve` tells by errors of the log and
	// of snapshots whether a node may be started again.
	{path: "cmd/...", mayImport: []string{
		"cmd/...", "dedup/...", "raft", "raft/protocol", "raft/node", "raft/wal", "raft/snapshot", "linearizability/...", "internal/ports",
	}, exceptions: []exception{{
		files:     []string{"exit_codes_test.go"}, // exit codes, of a disk whose calls fail
		mayImport: []string{"raft/wal/crashfs"},
	}}},
	{path: "cmd/semel/serve", mayImport: []string{
		"cmd/...", "dedup/...", "raft/node", "raft/wal", "raft/snapshot", "raft/protocol", "raft",
	}, exceptions: []exception{{
		files:     []string{"weather.go"}, // of a program for tests, whose disk is full or slow
		mayImport: []string{"raft/disk"},
	}, {
		files:     []string{"exit_codes_test.go"},
		mayImport: []string{"raft/wal/crashfs"},
	}}},

	// What the commands stand on knows none of them.
	{path: "cmd/semel/exit"},
	{path: "cmd/semel/flags", mayImport: []string{"cmd/semel/exit", "dedup/client"}},
	{path: "cmd/semel/terminal"},
	{path: "cmd/semel/wait"},
	{path: "cmd/semel/local", mayImport: []string{"internal/ports"}},
	{path: "cmd/semel/records", mayImport: []string{"dedup/client"}},

	{path: "dedup/server", mayImport: []string{"dedup", "dedup/backup", "dedup/server/gate", "internal/pages", "raft/node", "raft", "raft/protocol"}},
	// A door knows a Service and not the replica behind it, and nothing of the other doors.
	{path: "dedup/server/redis", mayImport: []string{"dedup", "dedup/server", "dedup/server/gate"}},
	{path: "dedup/server/http", mayImport: []string{"dedup", "dedup/backup", "dedup/server", "dedup/server/gate"}},
	{path: "dedup/server/gate"},
	// An example: a program with a node inside.
	{path: "dedup/server/embedded", mayImport: []string{"dedup", "dedup/server", "internal/ports"}},
	{path: "dedup/server/internal/local", mayImport: []string{"dedup", "dedup/backup", "dedup/server"}},
	// A node's folder is read without the node: what the loop would make of it, and what the machine does.
	{path: "dedup/folder", mayImport: []string{"dedup", "dedup/backup", "raft/node", "raft/wal", "raft/snapshot", "raft/disk", "raft/protocol"}},
	{path: "dedup/backup", mayImport: []string{"dedup"}},
	{path: "dedup/client", mayImport: []string{"dedup", "dedup/backup"}},
	{path: "dedup"},

	// The loop knows files and sockets through the Host interface that it declares; only the
	// real host knows them by name, so the simulator runs the same loop.
	{path: "raft/node", mayImport: []string{"raft", "raft/protocol", "internal/priority"}, exceptions: []exception{{
		files:     []string{"real.go", "real_log.go", "real_network.go", "real_members.go", "real_version.go", "export_version_test.go", "join.go", "join_ask.go", "guards_join.go", "guards_join_mutants.go", "bootstrap.go", "founding_test.go", "export_step_test.go", "export_members_test.go", "real_peers.go", "real_accuse.go", "real_files.go", "real_read.go", "real_forward.go", "real_room_test.go", "real_forward_test.go", "real_test.go", "options.go"},
		mayImport: []string{"raft/wal", "raft/transport", "raft/disk", "raft/snapshot"},
	}, {
		files: []string{
			"real_snapshot.go", "real_snapshot_start.go", "real_snapshot_take.go", "real_snapshot_forget.go",
			"real_snapshot_fetch.go", "real_snapshot_open.go", "real_restored.go", "real_snapshot_wish.go", "real_snapshot_begin.go", "real_snapshot_download.go", "real_snapshot_pieces.go", "real_snapshot_give.go", "real_snapshot_progress.go", "real_snapshot_tend.go", "real_snapshot_refuse.go",
			"real_snapshot_room.go", "real_snapshot_ration_test.go", "guards_real.go", "guards_real_mutants.go",
		},
		mayImport: []string{"raft/snapshot", "raft/wal", "raft/disk"},
	}}},
	{path: "raft/wal", mayImport: []string{"raft/protocol", "raft/disk"}},
	{path: "raft/wal/crashfs", mayImport: []string{"raft/wal"}},
	{path: "raft/snapshot", mayImport: []string{"raft/protocol", "raft/disk"}},
	{path: "raft/disk"},
	{path: "raft/transport", mayImport: []string{"raft/protocol"}},
	{path: "raft", mayImport: []string{"raft/protocol"}},
	{path: "raft/protocol"},

	// An oracle that shared code with what it judges would share its faults.
	{path: "linearizability", mayImport: []string{"dedup", "linearizability/clientview"}},
	// What clients saw is judged by who knows nothing else: not the log, not its numbers, not the other judge.
	{path: "linearizability/clientview"},
	{path: "linearizability/report", mayImport: []string{"linearizability", "dedup"}},
	{path: "spec/check/...", mayImport: []string{"spec/check/...", "spec/report", "internal/sidebyside"}},
	{path: "spec/report"},
	{path: "spec/tla"},
	{path: "spec/ground", mayImport: []string{"spec/tla"}},
	// Proves what the trees say; TLC's jar is where SANY is.
	{path: "spec/prove", mayImport: []string{"spec/check/tlc", "spec/check/tlc/tlctest", "spec/report", "spec/tla", "spec/prove/smt", "spec/prove/symbolic"}},
	{path: "spec/prove/symbolic", mayImport: []string{"spec/tla", "spec/prove/smt"}},
	{path: "spec/prove/smt"},
	{path: "internal/tidy"},
	{path: "internal/seeded"},
	{path: "internal/pages", mayImport: []string{"internal/priority"}},
	{path: "internal/priority"},
	{path: "internal/ports"},
	{path: "internal/sidebyside"},

	{path: "proptest/...", mayImport: []string{"..."}},
}

// Layering finds imports that point up or sideways, and folders without a row.
// The outside tests of a room (package x_test) may import any room: they build
// what they test from the rooms above.
func Layering(t *Tree) []Finding {
	var findings []Finding
	var homeless []string
	for _, f := range t.source() {
		row, ok := rowOf(f.room())
		if !ok && !slices.Contains(homeless, f.room()) {
			homeless = append(homeless, f.room())
			findings = append(findings, Finding{Path: f.room(), Message: "package without a row: " +
				"add one to the table rooms in internal/tidy/layers.go that says which rooms it may import"})
		}
		if ok && !f.isOutsideTest() {
			findings = append(findings, t.strayImports(f, row)...)
		}
	}
	return findings
}

func (t *Tree) strayImports(f *File, row room) []Finding {
	var findings []Finding
	allowed := row.allows(f)
	for _, spec := range f.Syntax.Imports {
		target, ours := t.ours(imported(spec))
		if ours && !matchesAny(allowed, target) {
			findings = append(findings, t.at(spec.Pos(), "%s may not import %s: it may import %s; "+
				"turn the arrow round, or change the table rooms in internal/tidy/layers.go with a record in docs/decisions/",
				f.Path, target, listed(allowed)))
		}
	}
	return findings
}

// ours cuts the module's path off an import path of this module.
func (t *Tree) ours(importPath string) (folder string, ok bool) {
	if importPath == t.Module {
		return ".", true
	}
	return strings.CutPrefix(importPath, t.Module+"/")
}

// rowOf returns the row of a folder; a row of its own goes before a row with /...
func rowOf(folder string) (room, bool) {
	for _, r := range rooms {
		if r.path == folder {
			return r, true
		}
	}
	for _, r := range rooms {
		if matches(r.path, folder) {
			return r, true
		}
	}
	return room{}, false
}

func (r room) allows(f *File) []string {
	allowed := slices.Clone(r.mayImport)
	for _, e := range r.exceptions {
		if slices.Contains(e.files, strings.TrimPrefix(f.Path, f.room()+"/")) {
			allowed = append(allowed, e.mayImport...)
		}
	}
	return allowed
}

func matchesAny(patterns []string, folder string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, folder) })
}

// matches knows the patterns of the go command: a/... is a and all below it.
func matches(pattern, folder string) bool {
	if pattern == "..." {
		return true
	}
	root, below := strings.CutSuffix(pattern, "/...")
	return folder == root || below && strings.HasPrefix(folder, root+"/")
}

func listed(folders []string) string {
	if len(folders) == 0 {
		return "nothing of ours"
	}
	return strings.Join(folders, ", ")
}
