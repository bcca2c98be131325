package explore

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// ErrOutput is returned where an action tells its host something else than it does.
var ErrOutput = errors.New("an output differs from the step")

// A node's state is compared with the specification's, and holds what is on its way to the
// disk. The host sees none of that: it does what the Output says. So the two are held
// together here, at every step: the writes that are told make of the disk, one after the
// other, exactly the images that the step made pending; an action that makes nothing pending
// tells no write; and messages, which the network gets from the Output, are told once each.

// alreadyTold is what a host has been told before: actions only append to an Output.
func alreadyTold() protocol.Output {
	return protocol.Output{
		Writes:   []protocol.Write{{Term: protocol.MaxTerm}},
		Messages: []protocol.Message{{Type: protocol.RequestVote, From: 1, To: 1}},
	}
}

// toldSince takes that off again.
func toldSince(out protocol.Output) (protocol.Output, error) {
	had := alreadyTold()
	if len(out.Writes) == 0 || len(out.Messages) == 0 {
		return protocol.Output{}, fmt.Errorf("%w: what was told before is gone", ErrOutput)
	}
	since := protocol.Output{Writes: out.Writes[1:], Messages: out.Messages[1:]}
	if !sameWrite(&out.Writes[0], &had.Writes[0]) || !sameMessage(&out.Messages[0], &had.Messages[0]) {
		return since, fmt.Errorf("%w: what was told before comes behind %v %v", ErrOutput, out.Writes[0], out.Messages[0])
	}
	return since, nil
}

func sameWrite(a, b *protocol.Write) bool {
	return a.Term == b.Term && a.Vote == b.Vote && a.Base == b.Base && a.BaseTerm == b.BaseTerm && a.BaseConfiguration == b.BaseConfiguration && a.Prev == b.Prev &&
		a.Commit == b.Commit && a.Entries.Equal(&b.Entries)
}

func sameMessage(a, b *protocol.Message) bool {
	return bytes.Equal(protocol.AppendMessage(nil, a), protocol.AppendMessage(nil, b))
}

func sameHardState(a, b *protocol.HardState) bool {
	baseA, termA := a.Log.Base()
	baseB, termB := b.Log.Base()
	return a.Term == b.Term && a.Vote == b.Vote && a.Commit == b.Commit && baseA == baseB && termA == termB && a.Log.BaseConfiguration() == b.Log.BaseConfiguration() &&
		a.Log.LastIndex() == b.Log.LastIndex() && a.Log.IsPrefixOf(&b.Log)
}

// sameAsStep holds what an action told to what it did to the node: from are the images
// before it (imagesOf), to those after it, before any write of its own is acknowledged.
func sameAsStep(a *Action, from, to []protocol.HardState, out *protocol.Output) error {
	switch a.Name {
	case "Persist":
		from = from[1:] // the first pending one is on disk
	case "Restart":
		from = from[:1] // what was pending is lost
	}
	if len(to) < len(from) {
		return fmt.Errorf("%w: %v makes %d images of %d", ErrOutput, a, len(to), len(from))
	}
	expected, image := to[len(from):], from[len(from)-1]
	if len(out.Writes) != len(expected) {
		return fmt.Errorf("%w: %v tells %v, and has %v pending for it", ErrOutput, a, out.Writes, expected)
	}
	for k := range out.Writes {
		image = applied(image, &out.Writes[k])
		if !sameHardState(&image, &expected[k]) || out.Writes[k].BaseConfiguration != expected[k].Log.BaseConfiguration() {
			return fmt.Errorf("%w: %v tells %v, which makes %v, and has %v pending", ErrOutput, a, out.Writes[k], image, expected[k])
		}
	}
	return toldOnce(a, out.Messages)
}

// applied returns what w makes of h, which stays.
func applied(h protocol.HardState, w *protocol.Write) protocol.HardState {
	base, term := h.Log.Base()
	entries := h.Log.Slice(base, h.Log.LastIndex())
	next := protocol.HardState{Term: h.Term, Vote: h.Vote, Commit: h.Commit, Log: protocol.LogBehind(base, term, &entries).Under(h.Log.BaseConfiguration())}
	next.Apply(w)
	return next
}

// toldOnce: what one action sends is a set.
func toldOnce(a *Action, messages []protocol.Message) error {
	if len(messages) < 2 {
		return nil
	}
	told := map[string]bool{}
	for k := range messages {
		encoding := string(protocol.AppendMessage(nil, &messages[k]))
		if told[encoding] {
			return fmt.Errorf("%w: %v sends %v twice", ErrOutput, a, messages[k])
		}
		told[encoding] = true
	}
	return nil
}

// imagesOf returns what is on the node's disk, and what each pending write makes of it.
func imagesOf(i *protocol.Node) []protocol.HardState {
	w := writer{rest: i.AppendState(nil)}
	w.rest = w.rest[1:]
	w.uint()      // server
	w.hardState() // as the node sees it
	images := []protocol.HardState{w.hardState()}
	for range w.uint() {
		images = append(images, w.hardState())
		w.messages()
	}
	return images
}

func (w *writer) hardState() protocol.HardState {
	h := protocol.HardState{Term: protocol.Term(w.uint()), Vote: protocol.NodeID(w.uint())}
	base, term := protocol.Index(w.uint()), protocol.Term(w.uint())
	said := w.configuration()
	entries := protocol.EntriesOf(w.entriesOf()...)
	h.Log = protocol.LogBehind(base, term, &entries).Under(said)
	h.Commit = protocol.Index(w.uint())
	return h
}
