// Package redis is the door for stock Redis clients: RESP2 and RESP3, the
// sequences with which redis-cli, go-redis, redis-py, ioredis, node-redis and
// redigo connect, and those commands of strings that claim, look and delete.
//
// # What the commands mean
//
// Stock clients know no owner, so each command draws a fresh one.
//
//	SET k v NX, SETNX        Claim straight to DONE with the value: OK or 1 means won
//	SET k v NX GET           the same; nil or one's own value means won
//	SET k v [XX], SETEX,     Put: unfenced, counted, excluded from the guarantees
//	PSETEX
//	DEL, UNLINK              Forget: the same
//	GET, MGET, EXISTS, TTL,  Query; GET of a claim that is not completed is nil,
//	PTTL                     EXISTS of it is 1
//
// A lost reply can be told with NX GET and a value that is unique to the
// execution. With plain NX turn the client's automatic retries off: a repeated
// claim is a new one and loses against the first. With Config.ValueAsOwner the
// value names the owner and a repeated NX wins again; only for clients whose
// values are unique, for two that write "1" would both win.
//
// SET NX GET never answers nil to one that lost: where the key is claimed and not
// completed it answers -INPROGRESS; a record without a value is an empty string,
// or, to a claim whose own value is empty, -DUPLICATE.
//
// EXAT and PXAT are turned into a span by this node's clock. TTL rounds to the
// nearest second, as Redis does. KEEPTTL is refused. Databases, WATCH, scripts and Pub/Sub are
// not there.
//
// # Pipelines
//
// All commands that were read at once go into one Service.Do, as far as they fit
// in one entry, and are answered in order. Each is a command of its own.
//
// What stands between MULTI and EXEC is kept at the door and goes into one entry, with
// nothing between; it is refused if it might not fit, which some 1,900 short commands
// do. If EXEC is answered with an array each command was done, but for those whose own
// answer in it is an error; if it is answered with an error none was.
//
// # Errors
//
// Redis's words, as long as the command was surely not applied: clients repeat
// LOADING, MASTERDOWN and TRYAGAIN by themselves. Once it was proposed the answer
// is -UNCERTAIN, which none repeats, and a connection is not closed before it is
// answered: clients repeat what ends in EOF.
//
// # Limits
//
// A command's time counts from when it was read. What would wait for long is answered -TRYAGAIN, at the latest a
// quarter of a second after, and was not done. The values in the answers to one burst have at most 16 MiB.
//
// A request has at most 512 KiB and 8,192 arguments, before a password is given
// 16 KiB and 10. Memory follows what has arrived, not what was announced. What
// breaks the protocol is answered -ERR Protocol error, after all that stood in
// front of it, and ends the connection.
//
// Package gate stands in front: how many connections there may be and who makes
// room (one more is told -ERR max number of clients reached), how long a request
// may take from its first byte to its last, and how many bytes all of them hold:
// what is cut is answered -ERR Protocol error too, and was not done. A connection
// between requests waits as long as it likes. A wrong password is answered late,
// later each time, and the eighth ends the connection.
package redis
