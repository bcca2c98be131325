// Package dedup is the state machine of the service: which call is the first to
// claim a key, for as long as the key's window lasts. It is pure: [Machine.Apply]
// is a function of the entries of the replicated log, and nothing else: no I/O,
// clock, goroutine, lock, randomness or iteration over a map. It imports the
// standard library only.
//
// # Records
//
// A record is ABSENT, PENDING{owner, token, fingerprint, lease until, expires} or
// DONE{owner, token, fingerprint, value, expires}.
//
//	             Claim with a lease            Complete
//	ABSENT ───────────────────────────▶ PENDING ────────▶ DONE
//	  │                                  │  ▲ │             ▲
//	  │   Release, Forget, expiry        │  └─┘ Extend; a   │
//	  │◀─────────────────────────────────┘  Claim after the │
//	  │                                     lease: new token│
//	  └─────────────────────────────────────────────────────┘
//	        Claim without a lease ("seen?"), Put; back by Forget and expiry
//
// What a [Claim] is answered, in this order: an expired record is absent ·
// another fingerprint: MISMATCH (a missing one, on either side, matches any) ·
// the same owner, while the record is PENDING and its lease not over, or DONE
// straight from its own claim: WON, replayed, nothing extended · the lease is
// over: taken over, WON with a new token, by the same owner too · PENDING:
// IN_PROGRESS · DONE: DUPLICATE with the response.
//
// So a completed claim answers DUPLICATE to everyone, to the one who completed
// it too: the response says what was done. [Complete] again with the same token
// is OK, replayed, and the first response stays. A lease that is over only makes
// a record stealable: Complete, [Release] and [Extend] succeed while the token is
// current. Release and Extend answer COMPLETED for a DONE record, and never
// delete it. A claim won without a lease is complete at once: Complete of it is
// OK, replayed, and stores nothing. [Put] and [Forget] ask for no token: the guarantees exclude them.
//
// A [Checkpoint] stores an offset and applies its claims in one step. With an
// offset not above the stored one it is STALE and changes nothing; of the owner
// that stored it, it is a repeat: OK, replayed, and each claim is told from its
// record as it is now: WON, replayed, to its winner; NOT_FOUND if it has expired
// or was deleted; IN_PROGRESS with nothing to wait for if its lease is over.
//
// # Owners
//
// An owner names one execution: the process about to do the work draws it fresh
// and reuses it only to repeat the same call after a lost reply. It is never the
// id of a request, an event or a host: two processes may hold one of those at
// once, and both would be told WON. The log has a keyed 64-bit digest of it
// ([OwnerDigest]), keys are keyed 128-bit digests of (namespace, key)
// ([Digest]); the doors make both, Apply never hashes.
//
// # Numbers and tokens
//
// Commands are numbered from 1 in the order of the log. Each claim of a batch
// and each claim of a checkpoint is a command, and so is the checkpoint itself,
// in front of them; a command takes its number whatever it is answered, so that
// numbers can be told from the log alone. Reads take none. A record's token is
// the number of the command that won it: it only rises, and serves as a fence
// outside. The call number is drawn by the client and finds its call in the log.
//
// # Time
//
// The proposing leader stamps each entry with ns since 1970; log time T is the
// highest stamp applied, one for all commands of an entry. Windows and leases are
// given in ms. Their ends are rounded up to a ms of log time and are over from
// then on: late, never early. What an answer says is left is rounded down, what
// it says to wait is rounded up.
//
// What no entry carries ([Machine.Read]) is answered at log time, and says whether an entry of now would answer otherwise: then
// it is to take one, for only the log may tell that something is over. What is left of a lease or window may be told late by 100 ms.
//
// # Capacity
//
// The bootstrap entry sets how many records may stand at once and how many bytes
// of cells their values and fingerprints may take (see [CellBytes]). A Claim, Put
// or Checkpoint that needs a slot or cells that are not there is answered FULL,
// and so is a Complete whose response does not fit (complete it without one, or
// later: the claim stands). Nothing that has not expired is ever dropped. What has
// expired is swept by a hand that looks at a bounded number of slots with each
// entry; before FULL is said it looks at up to 65,536 more. FULL is thus a
// function of the log, and exact in a table of up to 65,536 slots; in a larger
// one expired records that the hand has not reached may still count. A [Resize] changes
// the capacity at its place in the log; below what then stands it changes nothing.
//
// Memory follows the most that was in use at once: 48 bytes for each record and 4 for its place in the table, 32 for each
// 28 bytes of cells. Cells of what has expired or was overwritten are used for what comes next, slots and cells that stay
// empty are given back, the latter once no value is left. The table's 4 bytes for each record are kept. Memory is taken in pieces that
// double, up to 4 MiB: large pages of the system fit into these, and who is told of them ([Taken]) may ask for some.
//
// A [Checkpoint] is applied whole or, when FULL, not at all. Room is asked for all
// claims that win as things stand, a key twice counting twice, and without what
// they give back.
//
// # Entries
//
// A payload is a version, a kind, a stamp, and up to 4,096 commands in 256 KiB.
// The notes that this project grew from know three types: IDEMPOTENT_SEEN is a
// [Claim], CHECKPOINT a [Checkpoint], and CONFIG_CHANGE the [Bootstrap] entry,
// the configuration that all replicas apply. All integers are little-endian.
//
//	entry       version 1 · kind 1 · stamp 8 · body; the version is that of the cluster when it was proposed
//	bootstrap   cluster 16 · secret 32 · keys 8 · bytes 8 · count 1 · node ids
//	no-op       nothing
//	members     in the words of whoever keeps the log
//	version     to which the cluster's is raised 1
//	commands    one after another, to the end
//	command     kind 1 · fields 1 · call 8 · key 16, then the fields that are there:
//	            owner 8 · token 8 · offset 8 · lease 8 · ttl 8 ·
//	            fingerprint 1+n · value 4+n; a checkpoint: count 2 · claims
//
// The cluster's version ([Machine.Version]) is that of the bootstrap entry, until an entry raises it; it says which kinds there are, how they are applied
// and how the state is written. An entry of a later version than the cluster's is malformed. One that raises it beyond what this program speaks ([Newest]) is
// not applied: [ErrUnknownVersion].
//
// Whoever proposes calls the Validate method first. What was committed can't
// fail: an error of Apply, say [ErrUnknownCommand], stops the replica, and
// nothing of that entry was applied.
//
// # Snapshots
//
// [Machine.AppendState] is one pass over all records. [Machine.Snapshot] tells the same bytes while entries are applied. Between two of them some records
// are copied, which are told beside the next ones; a record that an entry is about to change, remove or move is kept first, unless it is copied already; and the cells of a
// value that goes and is not told are not used again before the snapshot has ended. So an entry pays for what it changes, and waits for a copy of 192 KiB at most. Nothing of it shows in
// answers, in FULL or in the state. What is held above the table is bounded by whoever takes it: one that outgrows it gives itself up.
// A [Loader] makes a Machine of the bytes, in pieces of any length, and checks that Apply can have made each record.
//
//	state        the cluster's version 1 · ready 1 · index 8 · log time 8 · number 8 · digest 8 · configuration · hand 4 · records 4, then these
//	record       key 16 · token and state 8 · expires 8 · since or lease 8 · owner 8, and with a value or fingerprint
//	             length 1 · value or none 1 · length 4 · fingerprint · value
//
// The configuration is written as the bootstrap entry's; records stand in the order of their slots, which sweeps and FULL depend on.
//
// # Non-goals
//
// Replication, the stamp's rule, waiting, retries, namespaces and text keys are
// of the rooms above. A Machine is not safe for concurrent use.
package dedup
