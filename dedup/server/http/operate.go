package http

import (
	"math/rand/v2"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
)

// What operators ask for. All of it is unfenced: who holds a key, or is at work behind an offset, is not asked.

// forgetRequest deletes records in whatever state: one key, or several in one entry.
type forgetRequest struct {
	keyed
	Keys   []string `json:"keys"`
	Keys64 [][]byte `json:"keys64"`
}

func (r *forgetRequest) prepare(secret *dedup.Secret) (call, error) {
	if r.Keys == nil && r.Keys64 == nil {
		if r.Key == nil && r.Key64 == nil {
			return call{}, missing("key", "a text in quotes, \"key64\" in base64, or several in \"keys\" and \"keys64\"")
		}
		key, err := r.digest(secret)
		if err != nil {
			return call{}, err
		}
		c := single(dedup.AppendForget(nil, dedup.Forget{Call: drawn(r.Call), Key: key}))
		c.unfenced = 1
		return c, nil
	}
	all, err := r.all()
	if err != nil {
		return call{}, err
	}
	c := call{answers: len(all), unfenced: len(all), body: appendResults}
	for _, text := range all {
		one := keyed{Namespace: r.Namespace, Key64: text}
		key, err := one.digest(secret)
		if err != nil {
			return call{}, err
		}
		c.commands = dedup.AppendForget(c.commands, dedup.Forget{Call: rand.Uint64(), Key: key})
	}
	return c, nil
}

// all are the keys of a request for several, those in base64 behind the others.
func (r *forgetRequest) all() ([][]byte, error) {
	n := len(r.Keys) + len(r.Keys64)
	switch {
	case r.Key != nil || r.Key64 != nil:
		return nil, invalid("%q and %q both stand there: send one", "key", "keys")
	case r.Call != 0:
		return nil, invalid("%q goes with one %q, not with %q", "call", "key", "keys")
	case n == 0 || n > dedup.MaxCommands:
		return nil, invalid("%d keys, want 1 to %d", n, dedup.MaxCommands)
	}
	var all [][]byte
	for _, key := range r.Keys {
		all = append(all, []byte(key))
	}
	return append(all, r.Keys64...), nil
}

// setCheckpointRequest stores an offset, also one further back.
type setCheckpointRequest struct {
	partitioned
	Call   large   `json:"call"`
	Offset *large  `json:"offset"`
	Owner  *string `json:"owner"`
}

func (r *setCheckpointRequest) prepare(secret *dedup.Secret) (call, error) {
	key, err := r.digest(secret)
	if err != nil {
		return call{}, err
	}
	offset, err := offsetOf(r.Offset)
	if err != nil {
		return call{}, err
	}
	owner, err := ownerOf(secret, r.Owner)
	if err != nil {
		return call{}, err
	}
	set := dedup.SetCheckpoint{Call: drawn(r.Call), Key: key, Owner: owner, Offset: offset}
	c, err := valid(set, dedup.AppendSetCheckpoint)
	c.unfenced = 1
	return c, err
}

// capacityRequest sets how much the cluster may hold.
type capacityRequest struct {
	Call  large  `json:"call"`
	Keys  *whole `json:"keys"`
	Bytes *whole `json:"bytes"`
}

func (r *capacityRequest) prepare(*dedup.Secret) (call, error) {
	const want = "how many may stand at once; both are set by one call, and GET /v1/status tells what they are"
	switch {
	case r.Keys == nil:
		return call{}, missing("keys", want)
	case r.Bytes == nil:
		return call{}, missing("bytes", want)
	}
	resize := dedup.Resize{Call: drawn(r.Call), CapacityKeys: uint64(*r.Keys), CapacityBytes: uint64(*r.Bytes)}
	return valid(resize, dedup.AppendResize)
}

// appendHeld appends what a resize is told: what stands.
func appendHeld(dst []byte, a *server.Answer) []byte {
	dst = appendNumber(dst, `,"held_keys":`, a.Offset)
	return appendNumber(dst, `,"held_bytes":`, a.Token)
}
