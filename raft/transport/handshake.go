package transport

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Hellos are three: the dialler's, the acceptor's answer, and the dialler's word that it accepts the answer. Only then
// has each accepted the other, and only then does either remember the other: whoever remembered a peer that it did not
// come together with could be bound to a stray node for good, and refuse the right one.

// introduce is the dialler's side: it returns the version that is spoken when both accept each other.
func (t *Transport) introduce(conn io.ReadWriter, k kind, to protocol.NodeID) (version uint8, err error) {
	own := t.hello(k, to)
	if err := say(conn, &own, nil); err != nil {
		return 0, err
	}
	answer, err := readHello(conn)
	if err != nil {
		return 0, err
	}
	if answer.refusal != 0 {
		return 0, t.refusedByPeer(&own, &answer)
	}
	refused := t.judge(&own, &answer)
	if refused == nil {
		refused = t.remember(&answer)
	}
	return spoken(&own, &answer), say(conn, &own, refused)
}

// answer is the acceptor's side: it returns the dialler's hello when both accept each other.
func (t *Transport) answer(conn io.ReadWriter) (hello, error) {
	theirs, err := readHello(conn)
	if err != nil {
		return hello{}, err
	}
	if theirs.kind == kindAsk {
		return theirs, t.answerAsker(conn, &theirs)
	}
	own := t.hello(theirs.kind, theirs.from)
	if err := say(conn, &own, t.judge(&own, &theirs)); err != nil {
		return hello{}, err
	}
	word, err := readHello(conn)
	switch {
	case err != nil:
		return hello{}, err
	case word.refusal != 0:
		return hello{}, t.refusedByPeer(&own, &word)
	case !bytes.Equal(word.encode(), theirs.encode()):
		return hello{}, badFrame("the dialler's second hello is not its first: from %d to %d, %v", word.from, word.to, word.kind)
	}
	if refused := t.remember(&theirs); refused != nil {
		return hello{}, refused
	}
	t.cfg.Handler.Met(theirs.from) // it had this node on its disk before it said its word
	return theirs, nil
}

// say sends a hello with the refusal, if it is one, and returns that.
func say(conn io.Writer, own *hello, refused *RefusedError) error {
	if refused != nil {
		own.refusal = refused.Refusal
	}
	_, err := conn.Write(own.encode())
	switch {
	case refused != nil:
		return refused
	case err != nil:
		return fmt.Errorf("say a hello: %w", dismissed(err))
	}
	return nil
}

// hello is how this node introduces itself to a peer.
func (t *Transport) hello(k kind, to protocol.NodeID) hello {
	return hello{kind: k, min: t.cfg.versions.min, max: t.cfg.versions.max, from: t.cfg.Node, to: to,
		cluster: t.cfg.Cluster, folder: t.cfg.Folder, advertised: t.cfg.Advertised}
}

// judge returns nil for a hello of a node that may talk to us. The host is asked last, and about whoever has the secret: who is no peer
// yet may have become a member before this node has heard of it.
func (t *Transport) judge(own, theirs *hello) *RefusedError {
	refusal, detail := misfit(own, theirs)
	if refusal == 0 && (!validID(theirs.from) || theirs.from == own.from || !isAskedAbout(t.peer(theirs.from))) {
		refusal, detail = UnknownNode, fmt.Sprintf("node %d can't be a peer", theirs.from)
	}
	if refusal != 0 {
		return &RefusedError{refusal, theirs.from, false, detail}
	}
	if why := Refusal(t.condemned[theirs.from].Load()); why != 0 {
		return &RefusedError{why, theirs.from, false, fmt.Sprintf("node %d was condemned; see the log", theirs.from)}
	}
	if refusal, err := t.cfg.Handler.Verify(theirs.from, theirs.folder, theirs.advertised); refusal != 0 {
		return &RefusedError{refusal, theirs.from, false, err.Error()}
	}
	if bindsBeforeAccepted() {
		return t.remember(theirs)
	}
	return nil
}

// remember has the host keep a peer that accepted us and that we accept, one at a time.
func (t *Transport) remember(theirs *hello) *RefusedError {
	t.remembering.Lock()
	defer t.remembering.Unlock()
	if refusal, err := t.cfg.Handler.Remember(theirs.from, theirs.folder, theirs.advertised); refusal != 0 {
		return &RefusedError{refusal, theirs.from, false, err.Error()}
	}
	return nil
}

// misfit returns in what two hellos don't fit, 0 if they do.
func misfit(own, theirs *hello) (Refusal, string) {
	version, detail := otherVersion(own, theirs)
	switch {
	case theirs.cluster != own.cluster:
		return OtherCluster, fmt.Sprintf("ours is %x, node %d's is %x; check the cluster's name and its node ids on both", own.cluster, theirs.from, theirs.cluster)
	case version != 0:
		return version, detail
	case theirs.kind != own.kind || !slices.Contains(kinds[:], theirs.kind):
		return OtherKind, fmt.Sprintf("found %v, expected one of %v", theirs.kind, kinds)
	case !isMeant(own, theirs):
		return OtherNode, fmt.Sprintf("expected a hello from node %d to node %d, found one from %d to %d; check the addresses of the peers", own.to, own.from, theirs.from, theirs.to)
	}
	return 0, ""
}

// refusedByPeer explains a refusal that came in a hello. What concerns the folder is for the host to know, if it comes
// from whom we meant and from our cluster.
func (t *Transport) refusedByPeer(own, answer *hello) error {
	wrong, detail := misfit(own, answer)
	if wrong == 0 && validID(answer.from) && isOfFolder(answer.refusal) {
		t.cfg.Handler.Refused(answer.from, answer.refusal)
	}
	switch {
	case answer.refusal == OtherIncarnation:
		detail = fmt.Sprintf("node %d has met this node with another data folder; stop this node and start it with that one; "+
			"if it is gone this node stays out and the others go on without it; "+
			"if the cluster was to be a new one, node %d's folder is left over from an older one: stop node %d and give it an empty folder", answer.from, answer.from, answer.from)
	case answer.refusal == RolledBack:
		detail = fmt.Sprintf("node %d has seen this node with more than its folder holds: it is an older copy, or one of two; "+
			"if the folder that this node last ran with is still there, start it with that one; if there is none, or that one is refused too, the node stays out", answer.from)
	case answer.refusal == Diverged:
		detail = fmt.Sprintf("the state of this node is not that of a majority, as node %d has seen; keep its folder, it shows what happened; the node stays out", answer.from)
	case answer.refusal == Removed:
		detail = fmt.Sprintf("this node's folder is no member of the cluster any more, as node %d knows; to take part again it has to join with an empty one", answer.from)
	case answer.refusal == NotSpoken:
		detail = fmt.Sprintf("this node's program does not speak the version that the cluster has, as node %d knows; start it with a program that does, as the others have", answer.from)
	case answer.refusal == NotNow:
		detail = fmt.Sprintf("node %d can't store which folder this node has; see its log", answer.from)
	case answer.refusal == UnknownNode:
		detail = fmt.Sprintf("this node is not in node %d's list of peers; give each node the same list", answer.from)
	case detail == "":
		detail = fmt.Sprintf("node %d does not say more; see its log", answer.from)
	}
	return &RefusedError{answer.refusal, answer.from, true, detail}
}
