package http

import "github.com/eventstreamcore/semel/dedup"

// Calls about a claim that was won, and reads.

// held names a claim by its key, and by the token that it was won with.
type held struct {
	keyed
	Token *large `json:"token"`
}

func (h *held) claim(secret *dedup.Secret) (key dedup.Key, token uint64, err error) {
	if key, err = h.digest(secret); err != nil {
		return key, 0, err
	}
	token, err = tokenOf(h.Token)
	return key, token, err
}

type completeRequest struct {
	held
	TTLMillis  span    `json:"ttl_ms"`
	Response   *string `json:"response"`
	Response64 []byte  `json:"response64"`
}

func (r *completeRequest) prepare(secret *dedup.Secret) (call, error) {
	key, token, err := r.claim(secret)
	if err != nil {
		return call{}, err
	}
	response, err := oneOf("response", r.Response, r.Response64)
	if err != nil {
		return call{}, err
	}
	c := dedup.Complete{Call: drawn(r.Call), Key: key, Token: token, TTLMillis: uint64(r.TTLMillis), Response: response}
	return valid(c, dedup.AppendComplete)
}

type releaseRequest struct {
	held
}

func (r *releaseRequest) prepare(secret *dedup.Secret) (call, error) {
	key, token, err := r.claim(secret)
	if err != nil {
		return call{}, err
	}
	return valid(dedup.Release{Call: drawn(r.Call), Key: key, Token: token}, dedup.AppendRelease)
}

type extendRequest struct {
	held
	LeaseMillis *span `json:"lease_ms"`
}

func (r *extendRequest) prepare(secret *dedup.Secret) (call, error) {
	key, token, err := r.claim(secret)
	if err != nil {
		return call{}, err
	}
	if r.LeaseMillis == nil {
		return call{}, missing("lease_ms", wantSpan+": how long from now on the claim is held")
	}
	c := dedup.Extend{Call: drawn(r.Call), Key: key, Token: token, LeaseMillis: uint64(*r.LeaseMillis)}
	return valid(c, dedup.AppendExtend)
}

// queryRequest reads a record, or the checkpoint of a stream's partition.
type queryRequest struct {
	keyed
	partitioned
	Consistency string `json:"consistency"`
}

const linearizable, stale = "linearizable", "stale"

func (r *queryRequest) prepare(secret *dedup.Secret) (call, error) {
	if r.Consistency != "" && r.Consistency != linearizable && r.Consistency != stale {
		return call{}, invalid("\"consistency\" is %.40q, want %q or %q", r.Consistency, linearizable, stale)
	}
	if r.Stream != nil || r.Partition != nil || r.Partition64 != nil {
		return r.prepareCheckpoint(secret)
	}
	if r.Key == nil && r.Key64 == nil {
		return call{}, missing("key", "a text in quotes, or \"key64\" in base64; of a checkpoint: \"stream\" and \"partition\"")
	}
	key, err := r.keyed.digest(secret)
	if r.Consistency == stale {
		return call{peek: &key, number: uint64(r.Call)}, err
	}
	return reading(dedup.AppendQuery(nil, dedup.Query{Call: drawn(r.Call), Key: key, Spans: true})), err
}

func (r *queryRequest) prepareCheckpoint(secret *dedup.Secret) (call, error) {
	if r.Key != nil || r.Key64 != nil || r.Namespace != "" {
		return call{}, invalid("a key and a stream both stand there: ask for one")
	}
	if r.Consistency == stale {
		return call{}, invalid("\"consistency\" is %q: stale reads are of keys, leave it out for a checkpoint", stale)
	}
	key, err := r.partitioned.digest(secret)
	return reading(dedup.AppendCheckpointQuery(nil, dedup.CheckpointQuery{Call: drawn(r.Call), Key: key})), err
}
