// Package http is the door for everybody: JSON over HTTP, with all that the service
// can do. It needs nothing but a library for HTTP on the other side.
//
//	POST /v1/claim       {"key", "owner", "ttl_ms"?, "lease_ms"?, "fingerprint"?, "value"?}
//	POST /v1/complete    {"key", "token", "response"?, "ttl_ms"?}
//	POST /v1/release     {"key", "token"}
//	POST /v1/extend      {"key", "token", "lease_ms"}
//	POST /v1/query       {"key", "consistency"?} or {"stream", "partition"}
//	POST /v1/batch       {"claims": [as for /v1/claim, ...]}                 one entry
//	POST /v1/checkpoint  {"stream", "partition", "offset", "owner", "claims"?}  one entry, whole or not at all
//	POST /v1/forget           {"key"} or {"keys": [...], "keys64"?: [...]}   in whatever state; unfenced
//	POST /v1/checkpoint/set   {"stream", "partition", "offset", "owner"}    also backwards; unfenced
//	POST /v1/capacity         {"keys", "bytes"}                             how much the cluster may hold
//	POST /v1/transfer         {"to"?}                                       another node leads; asked of the leader
//	POST /v1/snapshot         {}                                            this node takes a snapshot
//	GET  /v1/cluster/backup   the state with all that anybody was answered before, as a file: package dedup/backup
//	GET  /v1/status      how this node is
//	GET  /v1/cluster/health  how the cluster is: quorum, how many more may fail, who can't be reached
//	GET  /v1/cluster/members who the members are, and how far each is; the leader tells of lags
//	POST /v1/cluster/members {"remove": slot} or {"promote": slot}          begins a change; asked of the leader
//	GET  /livez          200 while the process serves: of this node alone
//	GET  /readyz         200 while it knows a leader and has applied what was committed when it
//	                     started; 503 says how far it is
//
// A key is text; one that is not goes in base64 into "key64" instead, and so
// do "value64", "response64" and "partition64". A value of text that JSON would spell in more than twice
// its length (control characters) is told in "value64", too. Wherever there is a key a
// "namespace" may stand beside it (default: "default", which stock Redis clients
// use too), and beside anything a "call", a number that the answer repeats and
// the log keeps. What names an owner is drawn fresh for each execution, and kept only
// to repeat the same call.
//
// A whole number may be spelled in any way that JSON has: 1000, 1e3. Times are in ms and above 0: "for ever" and
// "no lease" are said by leaving them out. What programs with doubles alone can't write, a "call", "token" or "offset"
// above 2^53, is taken as its digits in quotes too, and told so beside the number: "call_text", "offset_text".
// A ttl is a fixed window from the claim on: claims that are told "duplicate" do not lengthen it.
//
// # Answers
//
// Every answer of the service has status 200 and says in "result" what it was, in
// lower case: won, in_progress, duplicate, mismatch, full, ok, fenced, not_found,
// completed, stale; of a query absent, pending or done. Losing a claim is no
// error. "expires_in_ms" is missing where nothing expires.
//
// A query is ordered among the claims like any other call. With "consistency":
// "stale" the node answers at once, asking nobody and also while there is no leader,
// what it has applied: "number" is the last command of that, "log_time_ms" its moment, and
// "stale_ms" how old that is at most: whatever anybody was told so long ago is in it. It is null where
// the node does not know: it has not been level with a leader that has a majority since it started
// ("linearizable" is the default).
//
// Of operators: snapshot has the node that is asked, and no other, keep a snapshot of what it has applied, and answers {"done": true,
// "index", "bytes", "log_begins_behind"} once that is durable. Where it takes longer than the door waits it goes on: {"done":
// false, "index"}, and the status tells ("snapshots"): it is done when "index" there is no less. transfer answers {"leader"} once another node leads, in some milliseconds, and calls wait meanwhile: nobody
// is refused for it. A node that does not lead says who does (not-applied, "leader"). forget is for what has to be handled again, and takes the key from whoever holds it. capacity
// is judged at its place in the log: below what then stands it is "full" and changes nothing; either answer tells
// "held_keys" and "held_bytes". Nothing forgets a whole namespace: decision 0023.
//
// A change of members is answered {"begun": true} once it is in the leader's log, or where there was nothing to do: whoever leads ends it. It is over
// where "settled" is true and the member is gone, or has the role "voter". It is safe to repeat. A member is named by its slot, since two may have one id.
//
// The health of the cluster is what the node that is asked, and those whom it can ask, say of themselves and of one another, as a
// document of "state" (ok, degraded, no quorum), "summary", lines for a person, and the fields that they are made of. It has status 200
// whatever it says, is made within half a second, whoever is silent, and at most four times a second, however many ask.
//
// A backup begins when the node has taken a snapshot for it, for which it waits 10 minutes at most; "snapshot-failed" says why not. A node gives two at
// a time, to each 64 MiB a second at most. Its ETag names what it holds: a reader that was cut off goes on with If-Match and Range, as long as the node has that snapshot. Without
// If-Match a Range is not heeded. Who does not take 256 KiB within 10 s, or the whole within a minute and a second for each MiB, is cut off.
//
// # Problems
//
// Everything else is application/problem+json (RFC 9457). "applied" tells the two
// kinds apart that a client has to: "no", repeat it freely once it is mended, and
// "unknown", repeat it with the same owner only.
//
//	400 /problems/malformed-json           413 /problems/too-large
//	400 /problems/invalid-request          415 /problems/unsupported-media-type
//	404 /problems/no-such-path             405 /problems/method-not-allowed
//	400 /problems/no-such-node             409 /problems/transfer-busy, transfer-unreachable, transfer-behind: it leads on
//	400 /problems/no-such-member           409 /problems/members-quorum, members-not-level, members-busy: they stay who they are
//	409 /problems/snapshot-failed: the node could not take one, and why
//	503 /problems/backup-busy: two are being read      412 /problems/backup-gone: there is no such backup any more
//	408 /problems/too-slow                 503 /problems/too-many-connections, too-many-bytes
//	503 /problems/loading, overloaded, not-applied, stopping, not-ready   applied: no
//	503 /problems/unanswered: a read, which changes nothing                 applied: no
//	507 /problems/no-room: on the disks that new work needs                applied: no
//	504 /problems/outcome-unknown                                          applied: unknown
//
// A body is application/json, as it is: Content-Encoding is not taken (415). What curl -d calls a form is read as JSON too, but not from a browser.
//
// # Limits
//
// Package gate stands in front: how many connections there may be and who makes
// room, how long a request may take from its first byte to its last, and how many
// bytes all of them hold. Where every place is taken by a request that is being
// done, who comes is answered too-many-connections, but for /livez, /readyz,
// /healthz, /v1/status and /v1/cluster/health, which have spare places. A body has at most 1 MiB, a
// head 16 KiB. A connection between requests waits as long as it likes. "doors" in
// the status counts who came.
//
// # Strictness
//
// Two clients that mean different keys must not be read as meaning the same one.
// So a body must be UTF-8 with whole surrogate pairs, a name may stand once and
// must be known, in lower case, and nothing may follow the object. An empty key is
// refused: it comes of a variable that is unset, and would be one key for all; so is an
// empty stream, partition, namespace or fingerprint.
package http
