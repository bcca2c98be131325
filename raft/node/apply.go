package node

import "github.com/eventstreamcore/semel/raft/protocol"

// What is applied in one round, so that a long log does not hold up heartbeats.
const (
	roundEntries = 256
	roundBytes   = 1 << 20
)

// apply applies what was committed, as far as a round goes and payloads are in memory. It asks for those that are not.
func (r *Replica) apply() error {
	r.starved = false
	for n, bytes := 0, 0; r.applied < r.committed && n < roundEntries && bytes < roundBytes; n++ {
		k := r.applied + 1
		payload, ok := r.held(ForMachine, k)
		if !ok {
			r.starved = true
			r.askAhead(ForMachine, k, r.committed)
			return nil
		}
		if err := r.applyEntry(k, payload); err != nil {
			return err
		}
		bytes += len(payload)
	}
	r.readOn()
	return nil
}

func (r *Replica) applyEntry(k protocol.Index, payload []byte) error {
	if err := r.machine.Apply(uint64(k), payload); err != nil {
		return err
	}
	r.applied = k
	r.digests.applied(k, payload, r.machine.Digest())
	r.ahead[ForMachine].usedUpTo(k)
	if err := r.noteVersion(); err != nil {
		return err
	}
	r.decide(k)
	return r.noteApplied(payload)
}
