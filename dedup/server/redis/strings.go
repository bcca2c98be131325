package redis

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
)

// Commands of keys and values: what becomes commands of package dedup.

// key returns the digest of a key, or says why not.
func (c *conn) key(key []byte) (dedup.Key, bool) {
	if len(key) == 0 {
		c.said.fail("ERR the key is empty: is a variable unset? Such a key would be one for all")
		return dedup.Key{}, false
	}
	if len(key) > server.MaxKeyBytes {
		c.said.fail(fmt.Sprintf("ERR the key has %d bytes, at most %d: use a hash of it", len(key), server.MaxKeyBytes))
		return dedup.Key{}, false
	}
	return dedup.Digest(&c.secret, server.Namespace, key), true
}

// owner draws an owner, or takes the value for it.
func (c *conn) owner(value []byte) dedup.Owner {
	if c.door.config.ValueAsOwner {
		return dedup.OwnerDigest(&c.secret, value)
	}
	return dedup.Owner(rand.Uint64())
}

func (c *conn) set(args [][]byte) {
	o, failure := c.readSetOptions(args[2:])
	switch {
	case failure != "":
		c.said.fail(failure)
	case o.onlyNew:
		c.claim(args[0], args[1], o.ttlMillis, claimReply(o.get, len(args[1]) == 0))
	default:
		c.put(args[0], args[1], o)
	}
}

func claimReply(get, emptyValue bool) reply {
	switch {
	case get && emptyValue:
		return replyEmptyClaimGet
	case get:
		return replyClaimGet
	default:
		return replyClaim
	}
}

func (c *conn) setnx(args [][]byte) { c.claim(args[0], args[1], 0, replySetNX) }

func (c *conn) setex(args [][]byte) { c.setFor("setex", args, 1000) }

func (c *conn) psetex(args [][]byte) { c.setFor("psetex", args, 1) }

// setFor reads key, span and value.
func (c *conn) setFor(name string, args [][]byte, unitMillis int64) {
	n, ok := parseInteger(args[1])
	if !ok {
		c.said.fail(errNotInteger)
		return
	}
	ttl, ok := spanMillis(n, unitMillis)
	if !ok {
		c.said.fail(invalidExpiry(name))
		return
	}
	c.put(args[0], args[2], setOptions{ttlMillis: ttl})
}

func (c *conn) fits(value []byte) bool {
	if len(value) <= dedup.MaxValueBytes {
		return true
	}
	c.said.fail(fmt.Sprintf("ERR the value has %d bytes, at most %d: store it elsewhere and keep its address here", len(value), dedup.MaxValueBytes))
	return false
}

func (c *conn) claim(key, value []byte, ttlMillis uint64, write reply) {
	digest, ok := c.key(key)
	if !ok || !c.fits(value) {
		return
	}
	c.commands = dedup.AppendClaim(c.commands, dedup.Claim{
		Call: rand.Uint64(), Key: digest, Owner: c.owner(value), TTLMillis: ttlMillis, Value: value})
	c.changes = true
	c.expect(1, write)
}

// put overwrites. With GET the old value is read right in front of it, in the
// same entry.
func (c *conn) put(key, value []byte, o setOptions) {
	digest, ok := c.key(key)
	if !ok || !c.fits(value) {
		return
	}
	c.door.unfenced.Add(1)
	answers, write := 1, reply(replyPut)
	if o.get {
		c.commands = dedup.AppendQuery(c.commands, dedup.Query{Call: rand.Uint64(), Key: digest})
		answers, write = 2, replyPutGet
	}
	c.commands = dedup.AppendPut(c.commands, dedup.Put{
		Call: rand.Uint64(), Key: digest, TTLMillis: o.ttlMillis, IfExists: o.onlyOld, Value: value})
	c.changes = true
	c.expect(answers, write)
}

func (c *conn) get(args [][]byte) { c.query(args, false, replyGet) }

func (c *conn) mget(args [][]byte) { c.query(args, false, replyMGet) }

func (c *conn) exists(args [][]byte) { c.query(args, false, replyExists) }

func (c *conn) ttl(args [][]byte) { c.query(args, true, replyTTL) }

func (c *conn) pttl(args [][]byte) { c.query(args, true, replyPTTL) }

// query reads each key, all at one place of the log.
func (c *conn) query(keys [][]byte, spans bool, write reply) {
	c.each(keys, write, func(commands []byte, key dedup.Key) []byte {
		return dedup.AppendQuery(commands, dedup.Query{Call: rand.Uint64(), Key: key, Spans: spans})
	})
}

func (c *conn) del(keys [][]byte) {
	if c.each(keys, replyDel, func(commands []byte, key dedup.Key) []byte {
		return dedup.AppendForget(commands, dedup.Forget{Call: rand.Uint64(), Key: key})
	}) {
		c.door.unfenced.Add(int64(len(keys)))
		c.changes = true
	}
}

// each appends a command for each key, or none.
func (c *conn) each(keys [][]byte, write reply, appendTo func([]byte, dedup.Key) []byte) bool {
	if len(keys) > dedup.MaxCommands {
		c.said.fail("ERR " + strconv.Itoa(len(keys)) + " keys, at most " + strconv.Itoa(dedup.MaxCommands) + ": split the command")
		return false
	}
	from := len(c.commands)
	for _, key := range keys {
		digest, ok := c.key(key)
		if !ok {
			c.commands = c.commands[:from]
			return false
		}
		c.commands = appendTo(c.commands, digest)
	}
	c.expect(len(keys), write)
	return true
}
