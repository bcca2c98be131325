package protocol

// Logs that end (§7): what is committed need not be kept as a log, and who lacks it is sent a snapshot. The core knows a
// snapshot by its last entry; when to take one is policy, and the host's are the bytes. A message that comes to a host
// before the bytes it speaks of is one that the network has not delivered yet.

// Compact: node i has a snapshot of its entries up to k, and forgets them. A candidate waits: the last it wrote is its
// vote.
func (i *Node) Compact(k Index, out *Output) bool {
	if i.role == Candidate || k <= i.log.base || k > compactBound(i) {
		return false
	}
	w := i.unchanged()
	w.Base, w.BaseTerm, w.BaseConfiguration = k, i.log.TermAt(k), i.log.configurationAt(k)
	i.output(&w, nil, false, out)
	i.checkAfter()
	return true
}

// CompactBound returns up to where Compact may forget.
func (i *Node) CompactBound() Index { return compactBound(i) }

// SendSnapshot: leader i sends j, who lacks what i has forgotten, its snapshot.
func (i *Node) SendSnapshot(j NodeID, out *Output) bool {
	if i.role != Leader || j == i.id || !i.server.Has(j) || i.nextIndex[j] > i.log.base {
		return false
	}
	m := installSnapshot(i, j)
	i.send(&m, false, out)
	i.checkAfter()
	return true
}

// HandleInstallSnapshot is the receiver of the InstallSnapshot RPC of Figure 13, once the bytes are there.
func (i *Node) HandleInstallSnapshot(m *Message, out *Output) bool {
	if !m.reaches(i, InstallSnapshot) || impossible(i, m) {
		return false
	}
	if m.Term < i.currentTerm {
		i.refuseStaleLeader(m, out)
	} else {
		i.install(m, out)
	}
	i.checkAfter()
	return true
}

func (i *Node) install(m *Message, out *Output) {
	w := i.follow(m)
	if snapshotNews(i, m) {
		w.Prev = snapshotLog(i, m)
		w.Base, w.BaseTerm, w.BaseConfiguration = m.LastIndex, m.LastTerm, m.Configuration
	}
	r := acknowledgement(i, m, m.LastIndex)
	i.commitIndex = newCommit(i, m.LastIndex)
	i.output(&w, &r, ackWaits(), out)
}
