package protocol

// Reads that put nothing in the log (thesis, §6.4): a leader notes what is committed, and when a quorum has said
// afterwards that it knows no later term, no later leader can have been elected before, and nothing was committed
// that this one had not.

// ReadRequest: leader i gives the reads that wait its next id.
func (i *Node) ReadRequest(_ *Output) bool {
	if i.role != Leader || !mayRead(i) || i.readID >= MaxReadID {
		return false
	}
	i.readID++
	i.readIndex = i.commitIndex
	i.checkAfter()
	return true
}

// ConfirmTerm: leader i asks j whether it knows of a later term.
func (i *Node) ConfirmTerm(j NodeID, out *Output) bool {
	if i.role != Leader || j == i.id || !i.server.Has(j) {
		return false
	}
	m := confirmTermRequest(i, j)
	i.send(&m, false, out)
	i.checkAfter()
	return true
}

// HandleConfirmTerm adopts nothing, so nothing is written and the answer waits for no disk. A vote for a later term
// that has left was durable before: a crash does not undo the answer.
func (i *Node) HandleConfirmTerm(m *Message, out *Output) bool {
	if !m.reaches(i, ConfirmTerm) || impossible(i, m) {
		return false
	}
	r := confirmTermAnswer(i, m, termConfirmed(i, m))
	i.send(&r, false, out)
	i.checkAfter()
	return true
}

// HandleConfirmTermResponse: leader i is told that its term is the latest that m's sender knows.
func (i *Node) HandleConfirmTermResponse(m *Message, _ *Output) bool {
	if !m.reaches(i, ConfirmTermResponse) || impossible(i, m) {
		return false
	}
	if i.role != Leader || !ackCounts(i, m) {
		return false
	}
	i.readAcked[m.From] = readCounts(i, m)
	i.checkAfter()
	return true
}

// confirmers are those who said, after i's newest reads came, that i's term is the latest they know.
func (i *Node) confirmers() NodeSet {
	set, members := Nodes(i.id), i.members()
	for j := members.Next(Nil); j != Nil; j = members.Next(j) {
		if i.readAcked[j] >= i.readID {
			set = set.With(j)
		}
	}
	return set
}

// ConfirmRead: the newest reads of leader i may be answered by whoever has applied readIndex. It changes nothing.
func (i *Node) ConfirmRead(_ *Output) bool {
	return i.role == Leader && i.readID > 0 && quorum(i, i.confirmers())
}
