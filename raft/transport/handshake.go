package transport

import (
	"fmt"
	"io"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// introduce is the dialler's side of the hello: it returns nil when both accept each other.
func (t *Transport) introduce(conn io.ReadWriter, k kind, to protocol.NodeID) error {
	own := t.hello(k, to)
	if _, err := conn.Write(own.encode()); err != nil {
		return fmt.Errorf("write a hello: %w", err)
	}
	answer, err := readHello(conn)
	if err != nil {
		return err
	}
	if answer.refusal != 0 {
		return refusedByPeer(&own, &answer)
	}
	if refused := t.judge(&own, &answer); refused != nil {
		return refused
	}
	return nil
}

// answer is the acceptor's side: it returns the dialler's hello when this side accepts it. A
// refusal tells the dialler who answered, and why not.
func (t *Transport) answer(conn io.ReadWriter) (hello, error) {
	theirs, err := readHello(conn)
	if err != nil {
		return hello{}, err
	}
	own := t.hello(theirs.kind, theirs.from)
	refused := t.judge(&own, &theirs)
	if refused != nil {
		own.refusal = refused.Refusal
	}
	_, err = conn.Write(own.encode())
	switch {
	case refused != nil:
		return hello{}, refused
	case err != nil:
		return hello{}, fmt.Errorf("answer a hello: %w", err)
	}
	return theirs, nil
}

// hello is how this node introduces itself to a peer.
func (t *Transport) hello(k kind, to protocol.NodeID) hello {
	return hello{kind: k, min: minVersion, max: maxVersion, from: t.cfg.Node, to: to,
		cluster: t.cfg.Cluster, incarnation: t.cfg.Incarnation}
}

// judge returns nil for a hello of a peer that may talk to us. The host is asked last, and only
// about peers: it keeps what it is shown.
func (t *Transport) judge(own, theirs *hello) *RefusedError {
	refusal, detail := misfit(own, theirs)
	if refusal == 0 && t.cfg.Peers[theirs.from] == "" {
		refusal, detail = UnknownNode, fmt.Sprintf("node %d is not in our list of peers; give each node the same list", theirs.from)
	}
	if refusal == 0 {
		if err := t.verify(theirs.from, theirs.incarnation); err != nil {
			refusal, detail = OtherIncarnation, err.Error()
		}
	}
	if refusal == 0 {
		return nil
	}
	return &RefusedError{refusal, theirs.from, false, detail}
}

// verify asks the host, one question at a time.
func (t *Transport) verify(peer protocol.NodeID, incarnation uint64) error {
	t.verifying.Lock()
	defer t.verifying.Unlock()
	return t.cfg.Handler.Verify(peer, incarnation)
}

// misfit returns in what two hellos don't fit, 0 if they do.
func misfit(own, theirs *hello) (Refusal, string) {
	switch {
	case theirs.cluster != own.cluster:
		return OtherCluster, fmt.Sprintf("ours is %x, node %d's is %x; check the cluster's name and its node ids on both", own.cluster, theirs.from, theirs.cluster)
	case max(own.min, theirs.min) > min(own.max, theirs.max):
		return OtherVersion, fmt.Sprintf("we speak %d to %d, node %d speaks %d to %d; upgrade one version at a time", own.min, own.max, theirs.from, theirs.min, theirs.max)
	case theirs.kind != own.kind || theirs.kind != kindMessages && theirs.kind != kindCalls:
		return OtherKind, fmt.Sprintf("found %v, expected %v or %v", theirs.kind, kindMessages, kindCalls)
	case theirs.to != own.from || theirs.from != own.to:
		return OtherNode, fmt.Sprintf("expected a hello from node %d to node %d, found one from %d to %d; check the addresses of the peers", own.to, own.from, theirs.from, theirs.to)
	}
	return 0, ""
}

// refusedByPeer explains a refusal that came as the answer.
func refusedByPeer(own, answer *hello) error {
	_, detail := misfit(own, answer)
	switch {
	case answer.refusal == OtherIncarnation:
		detail = fmt.Sprintf("node %d has met this node with another data folder; bring that folder back: without it this node can not come back yet", answer.from)
	case answer.refusal == UnknownNode:
		detail = fmt.Sprintf("this node is not in node %d's list of peers; give each node the same list", answer.from)
	case detail == "":
		detail = fmt.Sprintf("node %d does not say more; see its log", answer.from)
	}
	return &RefusedError{answer.refusal, answer.from, true, detail}
}
