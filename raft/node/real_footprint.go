package node

// Footprint is what a node's folder takes of its disk.
type Footprint struct {
	Log, Snapshots int64 // their files, also those that are written, on their way, or can't be removed yet
	Next           int64 // about what the next snapshot takes
	Lacking        int64 // so many bytes more have to be free for that one to be taken; 0: none, or it is not known
	Most           int64 // see MostBytes
}

// Footprint returns what the node's folder takes, where a snapshot of what is applied now would have about so many bytes.
func (n *Node) Footprint(state int64) Footprint {
	room, f := n.log.Room(), Footprint{Next: max(state, n.newestBytes())}
	f.Log, f.Snapshots = room.Used+room.Made, n.store.Used()
	if room.Free >= 0 {
		f.Lacking = lackingFor(room.Free, f.Next, n.options.SegmentBytes)
	}
	f.Most = MostBytes(f.Next, int64(n.options.SnapshotBytes), n.options.SegmentBytes)
	return f
}

// lackingFor returns how many bytes more have to be free for a snapshot to be taken: see leavesRoom.
func lackingFor(free, bytes, segment int64) int64 {
	if free < segment {
		return max(0, bytes-free)
	}
	return max(0, bytes+segment-free)
}

// MostBytes is the most that the log and the snapshots of a node take of its disk, where the largest of its snapshots, or what one of the
// state now would have, is so many bytes long, by Config.SnapshotBytes and Options.SegmentBytes. This is the one place where that is worked out.
//
// With S for the snapshot, I for the interval, the larger of SnapshotBytes and S, and G for a segment of the log:
//
//   - 3 S: the log begins behind the newest but one, so two stand, and one is being written. When that one is durable there are three,
//     until the record that moves the log's beginning is durable too; the next one is begun an interval later.
//   - 3 I: behind the older of the two that stand the log has one interval up to the newer, a second one up to where the next is begun, and
//     what comes while that one is being written, which is taken to be an interval at most: as much as that snapshot has bytes, or more,
//     goes to the same disk meanwhile.
//   - 4 G: the segment in which the log begins, whose front is needed no more; the one that is written; the next one, made ahead; and one for
//     entries that are in the log and not applied yet.
//
// So it is 6 S and 4 G where S is no less than SnapshotBytes. There is more than that, in turn:
//
//   - S, on a node that is brought level over the network: the one that comes, as received.tmp, in part or whole. There is one such file, whatever becomes
//     of it: another one takes its place, the log begins behind it and it takes that of the others, or it goes when the log has what it stands for.
//   - S for each that is damaged, until the log begins behind it and a newer one is whole.
//   - 2 I and 2 G, while another node gets a snapshot from here, or from anybody while this one leads: the log has up to mostHeld intervals, in
//     place of the two (see real_snapshot_hold.go).
//   - S for each that other nodes get here and that is removed meanwhile, sourcesAtOnce at most: the disk has it until nobody has asked for it for
//     sourceIdle. No file has that name any more, and Footprint does not count it.
//   - Where the disk takes longer for a snapshot than an interval takes to come, the log has that much more.
//   - An interval is counted in bytes of entries, with entryHeadBytes for each. Of many commands in an entry that is what the log takes. An
//     entry alone in its record takes up to recordHeadBytes more: where all claims come one at a time, twice as much, so 3 I more.
//   - Where no snapshot can be taken, the log grows until one can: Status.SnapshotErr says why.
func MostBytes(snapshot, interval, segment int64) int64 {
	return 3*snapshot + 3*max(interval, snapshot) + 4*segment
}
