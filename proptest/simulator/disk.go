package simulator

import (
	"errors"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// ErrDisk is what a disk that FailSync or FailWrite was called for stops its replica with.
var ErrDisk = errors.New("the simulated disk failed")

// disk is the log of one member: a list (listDisk), or package wal over a folder in memory (walDisk).
type disk interface {
	// open is the start of a process: what is found, durable from now on.
	open() (protocol.HardState, raft.Mark, error)
	// append returns an error for a record that room did not say there is room for.
	append(r *node.Record) error
	room() node.Room
	// prepare makes more room, if there is any. It is called often.
	prepare() error
	// reclaim is called when the base is durable: what is below it may go, now and with what prepare does.
	reclaim()
	// beginSync and endSync are the two ends of a sync: what was appended before the first is durable after the second.
	beginSync()
	endSync() (raft.Mark, error)
	read(k protocol.Index) (node.Entry, error)
	// membersAt is who decides at entry k, the base or one above it; zero where nothing says so.
	membersAt(k protocol.Index) (node.Membership, error)

	// kill is the end of the process, in the middle of a sync or not. It returns how many appended records that
	// were not acknowledged are gone for sure.
	kill() (lost int)
	// losePower is the end of the power: any process has ended before. What is in the page cache may be lost.
	losePower() error
	// broken is an error if what was found last lacks what was acknowledged before.
	broken() error
	// certain is what the next open will find at least, of a process that has ended.
	certain() protocol.HardState
	// fill leaves no room for another file, from now on and over all processes, or has room again.
	fill(full bool)
	leave(bytes int64)
	// copy copies what is durable, and returns what puts that back after the process has ended.
	copy() (restore func())
	// fail lets writes or syncs fail from now on, or no more.
	fail(what failure, on bool)
}

// roomReserve is each replica's: half a segment of walDisk.
const roomReserve = 8 << 10

// failure is a way in which a disk fails.
type failure int

const (
	syncFails failure = iota
	writeFails
	failures
)
