// Package crashfs is a folder that loses power: a wal.FS that knows what is durable and what is
// only in the page cache, and that fails any call.
//
// For each file it keeps the durable bytes and, for each sector written since the last sync, every
// content that sector has had. Crash picks one of them for each sector, by seed, and any subset of
// the changes of the folder that were not synced. Kill ends the process alone: the page cache stays.
//
// Model, not more: a sector is written whole or not at all; Sync and SyncDir do not lie when they
// succeed; Rename is atomic. A Sync that fails has written any part, and what it did not write is
// lost for later syncs too, though it can still be read: so Linux has it.
package crashfs
