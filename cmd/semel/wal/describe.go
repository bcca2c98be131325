package wal

import (
	"fmt"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

// commandIndent puts a command below its entry.
const commandIndent = "\n              "

// describeEntry is what the dump shows of an entry: a line, and one more for each command.
func describeEntry(_ protocol.Index, e wal.Entry) string {
	entry, err := dedup.ParseEntry(e.Payload)
	if err != nil {
		return fmt.Sprintf("%d bytes that this program can't read: %v", len(e.Payload), err)
	}
	stamp := time.Unix(0, int64(entry.StampNanos)).UTC().Format("2006-01-02T15:04:05.000000Z")
	switch entry.Kind {
	case dedup.EntryBootstrap:
		return stamp + "  " + describeBootstrap(&entry.Bootstrap)
	case dedup.EntryNoOp:
		return stamp + "  a leader's first entry"
	case dedup.EntryMembers:
		return stamp + "  members  " + string(entry.Members)
	case dedup.EntryVersion:
		return stamp + "  " + fmt.Sprintf("the cluster's version is raised to %d", entry.Raises)
	}
	var text strings.Builder
	text.WriteString(stamp)
	describeCommands(&text, commandIndent, entry.Commands)
	return text.String()
}

func describeBootstrap(b *dedup.Bootstrap) string {
	return fmt.Sprintf("bootstrap  cluster %x  room for %d keys and %d bytes  secret redacted", b.Cluster, b.CapacityKeys, b.CapacityBytes)
}

// describeCommands appends each command behind indent; the claims of a checkpoint below it.
func describeCommands(text *strings.Builder, indent string, commands []byte) {
	for len(commands) > 0 {
		c, rest, err := dedup.NextCommand(commands)
		if err != nil {
			fmt.Fprintf(text, "%s%v", indent, err)
			return
		}
		text.WriteString(indent + describeCommand(&c))
		describeCommands(text, indent+"  ", c.Claims)
		commands = rest
	}
}

// describeCommand names what the command has, keys and owners as their digests.
func describeCommand(c *dedup.Command) string {
	if c.Kind == dedup.KindResize {
		return fmt.Sprintf("%s  room for %d keys and %d bytes  call %016x", c.Kind, c.Offset, c.Token, c.Call)
	}
	text := fmt.Sprintf("%s  key %x", c.Kind, c.Key)
	add := func(there bool, format string, value any) {
		if there {
			text += "  " + fmt.Sprintf(format, value)
		}
	}
	add(c.Owner != 0, "owner %016x", uint64(c.Owner))
	add(c.Token != 0, "token %d", c.Token)
	add(c.Kind == dedup.KindCheckpoint || c.Kind == dedup.KindSetCheckpoint, "offset %d", c.Offset)
	add(c.LeaseMillis != 0, "lease %v", milliseconds(c.LeaseMillis))
	add(c.TTLMillis != 0, "ttl %v", milliseconds(c.TTLMillis))
	add(c.IfExists, "%s", "if it exists")
	add(len(c.Fingerprint) > 0, "fingerprint %x", c.Fingerprint)
	add(c.Value != nil, "value of %d bytes", len(c.Value))
	add(c.ClaimCount > 0, "claims %d", c.ClaimCount)
	add(true, "call %016x", c.Call)
	return text
}

// milliseconds is exact up to dedup.MaxMillis, which is a hundred years.
func milliseconds(n uint64) time.Duration { return time.Duration(n) * time.Millisecond }
