package server

import (
	"time"

	"github.com/eventstreamcore/semel/dedup"
)

// Namespace is the one that clients are in that name none. All doors share it.
const Namespace = "default"

// DefaultTimeout is how long a door waits for an answer before it says that the
// outcome is unknown. It is shorter than the read timeouts of stock clients (3 s
// in go-redis): a client that gives up first repeats the call blindly.
const DefaultTimeout = 2 * time.Second

// Limits of what a client may send, beside those of package dedup.
const (
	MaxNamespaceBytes = 256      // of a namespace or a stream
	MaxKeyBytes       = 16 << 10 // of a key or a partition: the log has only its digest
	MaxOwnerBytes     = 256      // of what names an owner
)

// MaxCommandBytes is how many bytes of commands fit in one entry.
var MaxCommandBytes = dedup.MaxEntryBytes - len(dedup.AppendHeader(nil, 0))
