package workload

import (
	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/linearizability"
)

// Operations are the call as a history has it, for Recorder.Call: one for each command. The secret is the
// cluster's. Node and Door are those of the call: an executor that chose others, or whose client knows less,
// says so in what it records.
func (c *Call) Operations(secret *dedup.Secret) []linearizability.Operation {
	operations := make([]linearizability.Operation, len(c.Commands))
	for k := range c.Commands {
		command := &c.Commands[k]
		operations[k] = linearizability.Operation{
			Client: c.Client, Node: c.Node, Door: string(c.Door), InCheckpoint: c.Kind == Checkpoint && k > 0,
			CallNumber: linearizability.HexCall(command.Call), Key: command.fullKey(), Stale: c.Stale(),
			Arguments: command.arguments(secret),
		}
	}
	return operations
}

// fullKey is the key as clients see it.
func (c *Command) fullKey() linearizability.Text {
	switch {
	case c.inStream():
		return linearizability.Text(Stream + "/" + c.Key)
	case c.Kind == dedup.KindResize:
		return linearizability.CapacityName
	}
	return linearizability.Text(Namespace + "/" + c.Key)
}

func (c *Command) arguments(secret *dedup.Secret) linearizability.Arguments {
	a := linearizability.Arguments{
		Kind: linearizability.KindOf(c.Kind), Digest: linearizability.HexKey(c.Digest(secret)), Token: c.Token, Offset: c.Offset,
		LeaseMillis: c.LeaseMillis, TTLMillis: c.TTLMillis, IfExists: c.IfExists, Fingerprint: linearizability.Text(c.Fingerprint),
		CapacityKeys: c.CapacityKeys, CapacityBytes: c.CapacityBytes,
	}
	if c.Owner != "" {
		a.Owner = linearizability.HexOwner(c.OwnerDigest(secret))
	}
	if c.Value != nil {
		a.Value = new(linearizability.Text(c.Value))
	}
	return a
}
