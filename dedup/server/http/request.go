package http

import (
	"fmt"
	"math/rand/v2"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
)

// request is the body of a call.
type request interface {
	// prepare checks it and encodes its commands. The error is a *problem or wraps
	// a *dedup.InvalidError.
	prepare(secret *dedup.Secret) (call, error)
}

// call is what is proposed, and how its answers are put into one body; or what is
// read of this node alone.
type call struct {
	commands []byte
	answers  int
	body     func(dst []byte, answers []server.Answer) []byte

	reads    bool // nothing else
	unfenced int  // commands that the guarantees exclude

	snapshot bool // of this node; nothing is proposed

	members *server.MemberChange // not nil: what is to change; nothing is proposed

	leader *uint8     // not nil: who is to lead, 0 for anybody; nothing is proposed
	peek   *dedup.Key // not nil: nothing is proposed
	number uint64     // that the answer to a peek repeats
}

// reading is a call of one command that changes nothing.
func reading(commands []byte) call {
	c := single(commands)
	c.reads = true
	return c
}

func single(commands []byte) call {
	return call{commands: commands, answers: 1, body: func(dst []byte, answers []server.Answer) []byte {
		return appendAnswer(dst, &answers[0])
	}}
}

// valid is single of a command, or the error that says what is wrong with it.
func valid[C interface{ Validate() error }](command C, appendTo func([]byte, C) []byte) (call, error) {
	if err := command.Validate(); err != nil {
		return call{}, err
	}
	return single(appendTo(nil, command)), nil
}

// keyed is the part of a body that names a record.
type keyed struct {
	Call      large   `json:"call"`
	Namespace named   `json:"namespace"`
	Key       *string `json:"key"`
	Key64     []byte  `json:"key64"`
}

func (k *keyed) digest(secret *dedup.Secret) (dedup.Key, error) {
	namespace := string(k.Namespace)
	if namespace == "" {
		namespace = server.Namespace
	}
	key, err := oneOf("key", k.Key, k.Key64)
	if err != nil {
		return dedup.Key{}, err
	}
	return digest(secret, "namespace", namespace, "key", key)
}

func digest(secret *dedup.Secret, firstName, first, secondName string, second []byte) (dedup.Key, error) {
	switch {
	case second == nil:
		return dedup.Key{}, missing(secondName, fmt.Sprintf("a text in quotes, or %q in base64", secondName+"64"))
	case len(second) == 0:
		return dedup.Key{}, invalid("%q is empty: is a variable unset? Send what tells one from another", secondName)
	case len(second) > server.MaxKeyBytes:
		return dedup.Key{}, invalid("%q has %d bytes, at most %d: use a hash of it", secondName, len(second), server.MaxKeyBytes)
	case len(first) > server.MaxNamespaceBytes:
		return dedup.Key{}, invalid("%q has %d bytes, at most %d: shorten it", firstName, len(first), server.MaxNamespaceBytes)
	}
	return dedup.Digest(secret, first, second), nil
}

// oneOf returns text or its form in base64; nil if there is neither.
func oneOf(name string, text *string, base64 []byte) ([]byte, error) {
	switch {
	case text != nil && base64 != nil:
		return nil, invalid("%q and %q both stand there: send one", name, name+"64")
	case text != nil:
		return append([]byte{}, *text...), nil
	default:
		return base64, nil
	}
}

const wantOwner = "a text that is drawn at random for each execution, and kept only to repeat the same call"

func ownerOf(secret *dedup.Secret, name *string) (dedup.Owner, error) {
	switch {
	case name == nil:
		return 0, missing("owner", wantOwner)
	case *name == "" || len(*name) > server.MaxOwnerBytes:
		return 0, invalid("\"owner\" has %d bytes, want 1 to %d: %s", len(*name), server.MaxOwnerBytes, wantOwner)
	}
	return dedup.OwnerDigest(secret, []byte(*name)), nil
}

// tokenOf returns the token that a call names. One that is 0 no claim was won with.
func tokenOf(token *large) (uint64, error) {
	switch {
	case token == nil:
		return 0, missing("token", wantToken)
	case *token == 0:
		return 0, invalid("\"token\" is 0: want %s", wantToken)
	}
	return uint64(*token), nil
}

const wantToken = "the \"token\" that the claim was answered with when it was won"

func offsetOf(offset *large) (uint64, error) {
	if offset == nil {
		return 0, missing("offset", fmt.Sprintf("a whole number from 0 to %d", uint64(dedup.MaxOffset)))
	}
	return uint64(*offset), nil
}

// missing tells of a field that a call needs: it was left out, or null.
func missing(name, want string) error { return invalid("%q is missing: want %s", name, want) }

// drawn is the number of a call. One that the client did not give can be told as a number to programs that have
// only doubles.
func drawn(call large) uint64 {
	if call == 0 {
		return 1 + rand.Uint64N(mostExact)
	}
	return uint64(call)
}

type claimRequest struct {
	keyed
	Owner       *string `json:"owner"`
	LeaseMillis span    `json:"lease_ms"`
	TTLMillis   span    `json:"ttl_ms"`
	Fingerprint named   `json:"fingerprint"`
	Value       *string `json:"value"`
	Value64     []byte  `json:"value64"`
}

func (r *claimRequest) claim(secret *dedup.Secret) (dedup.Claim, error) {
	key, err := r.digest(secret)
	if err != nil {
		return dedup.Claim{}, err
	}
	owner, err := ownerOf(secret, r.Owner)
	if err != nil {
		return dedup.Claim{}, err
	}
	value, err := oneOf("value", r.Value, r.Value64)
	return dedup.Claim{Call: drawn(r.Call), Key: key, Owner: owner, LeaseMillis: uint64(r.LeaseMillis), TTLMillis: uint64(r.TTLMillis),
		Fingerprint: []byte(r.Fingerprint), Value: value}, err
}

func (r *claimRequest) prepare(secret *dedup.Secret) (call, error) {
	c, err := r.claim(secret)
	if err != nil {
		return call{}, err
	}
	return valid(c, dedup.AppendClaim)
}

// claims turns the claims of a batch or checkpoint.
func claims(secret *dedup.Secret, requests []claimRequest) ([]dedup.Claim, error) {
	if len(requests) > dedup.MaxCommands {
		return nil, invalid("%d claims, at most %d: split them", len(requests), dedup.MaxCommands)
	}
	var all []dedup.Claim
	for i := range requests {
		c, err := requests[i].claim(secret)
		if err != nil {
			return nil, invalid("claim %d of %d: %v", i+1, len(requests), err)
		}
		all = append(all, c)
	}
	return all, nil
}

// partitioned is the part of a body that names a checkpoint.
type partitioned struct {
	Stream      *string `json:"stream"`
	Partition   *string `json:"partition"`
	Partition64 []byte  `json:"partition64"`
}

func (p *partitioned) digest(secret *dedup.Secret) (dedup.Key, error) {
	if p.Stream == nil {
		return dedup.Key{}, missing("stream", "a text in quotes")
	}
	if *p.Stream == "" {
		return dedup.Key{}, invalid("\"stream\" is empty: is a variable unset? Send what tells one from another")
	}
	partition, err := oneOf("partition", p.Partition, p.Partition64)
	if err != nil {
		return dedup.Key{}, err
	}
	return digest(secret, "stream", *p.Stream, "partition", partition)
}

type checkpointRequest struct {
	partitioned
	Call   large          `json:"call"`
	Offset *large         `json:"offset"`
	Owner  *string        `json:"owner"`
	Claims []claimRequest `json:"claims"`
}

func (r *checkpointRequest) prepare(secret *dedup.Secret) (call, error) {
	c, err := r.checkpoint(secret)
	if err == nil {
		err = c.Validate()
	}
	if err != nil {
		return call{}, err
	}
	return call{commands: dedup.AppendCheckpoint(nil, c), answers: 1 + len(c.Claims), body: appendCheckpoint}, nil
}

func appendCheckpoint(dst []byte, answers []server.Answer) []byte {
	dst = append(appendFields(dst, &answers[0]), `,"claims":`...)
	return append(appendAnswers(dst, answers[1:]), '}')
}

func (r *checkpointRequest) checkpoint(secret *dedup.Secret) (dedup.Checkpoint, error) {
	key, err := r.digest(secret)
	if err != nil {
		return dedup.Checkpoint{}, err
	}
	offset, err := offsetOf(r.Offset)
	if err != nil {
		return dedup.Checkpoint{}, err
	}
	owner, err := ownerOf(secret, r.Owner)
	if err != nil {
		return dedup.Checkpoint{}, err
	}
	all, err := claims(secret, r.Claims)
	return dedup.Checkpoint{Call: drawn(r.Call), Key: key, Owner: owner, Offset: offset, Claims: all}, err
}
