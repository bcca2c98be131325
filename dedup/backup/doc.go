// Package backup is the format of a backup: the state of a cluster at one index, in one file.
//
//	0          8         16        32      40     48      56       64        96      508
//	| "SEMELBAK" | version | cluster | index | term | stamp | body   | digest | zeros… | checksum |
//	               1         16 bytes                 ns      bytes    SHA-256 of the body
//
// Numbers are little-endian; the checksum is CRC-32C of what stands before it. Magic, version and checksum stay where they are in every version to come, so
// that an unknown version is told from damage. Index, term and stamp are of the last entry that the state covers; cluster is the one that it was
// taken from. The body follows at byte 512: the digest by which nodes compare their states (8 bytes), and the state as package dedup encodes it, which has a version of
// its own. Nothing follows the body.
//
// Contract. A Reader returns io.EOF only behind a body that is as long and of the digest that the header says; otherwise an error that wraps ErrDamaged, and what
// was read before may not be used. The same state is the same file, whichever node tells it.
//
// Non-goals. A backup is neither compressed nor encrypted: the secret under which keys are digests is in it, and so are all values. Who lies is not found
// out: the digest is its own.
package backup
