package node_test

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// saved is what a list tells of itself in a snapshot.
type saved struct {
	Members  protocol.NodeSet
	Index    uint64
	Commands []string
	Stamps   []uint64
	Before   int
	Digest   uint64
	Version  node.Version `json:",omitempty"`
}

// savedBody tells a list in pieces.
type savedBody struct{ rest *bytes.Reader }

func (l *list) Snapshot() (node.Body, error) {
	all, err := json.Marshal(saved{l.members, l.index, l.commands, l.stamps, l.before, l.digest, l.version})
	return &savedBody{bytes.NewReader(all)}, err
}

func (b *savedBody) Next(dst []byte) ([]byte, error) {
	piece := make([]byte, 512)
	n, err := b.rest.Read(piece)
	return append(dst, piece[:n]...), err
}

func (b *savedBody) Close() {}

// listLoader loads what a list told.
type listLoader struct {
	bytes.Buffer
	state saved
}

func (l *list) Loader() node.Loader { return &listLoader{} }

func (l *listLoader) Finish() error {
	decoder := json.NewDecoder(&l.Buffer)
	if err := decoder.Decode(&l.state); err != nil {
		return err
	}
	if decoder.More() {
		return io.ErrUnexpectedEOF
	}
	return nil
}

func (l *list) Swap(loaded node.Loader) {
	s := loaded.(*listLoader).state
	l.members, l.index, l.commands, l.stamps, l.before, l.digest, l.version = s.Members, s.Index, s.Commands, s.Stamps, s.Before, s.Digest, s.Version
}
