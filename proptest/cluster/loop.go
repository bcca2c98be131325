package cluster

import (
	"fmt"
	"sync/atomic"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/raft/node"
)

// answerBytes is what an answer takes at most, but for its value: some 100 bytes, and a fingerprint.
const answerBytes = 100 + dedup.MaxFingerprintBytes

// loop is a replica's machine that tells how much the replica's loop builds for one call: long values are to be copied
// beside it, for whoever waits behind. What is applied goes to the archive.
type loop struct {
	*server.Machine
	built   *atomic.Int64 // the most beyond answerBytes for each answer
	node    uint8
	archive *archive
}

func (l *loop) Apply(index uint64, payload []byte) error {
	err := l.Machine.Apply(index, payload)
	if err == nil {
		l.archive.applied(l.node, index, payload)
	}
	return err
}

func (l *loop) AppendAnswers(dst []byte, place, n int) ([]byte, node.Values) {
	b, apart := l.Machine.AppendAnswers(dst, place, n)
	l.note(len(b)-len(dst), n)
	return b, apart
}

func (l *loop) AppendRead(dst, commands []byte, stamp uint64) ([]byte, node.Values, bool) {
	b, apart, same := l.Machine.AppendRead(dst, commands, stamp)
	if n, err := l.Count(commands); err == nil {
		l.note(len(b)-len(dst), n)
	}
	return b, apart, same
}

func (l *loop) note(built, answers int) {
	for beyond := int64(built - answerBytes*answers); ; {
		most := l.built.Load()
		if beyond <= most || l.built.CompareAndSwap(most, beyond) {
			return
		}
	}
}

// builtApart checks what loops built, of all nodes and in all their lives.
func (c *Cluster) builtApart() error {
	if most := c.built.Load(); most > dedup.CopiedBytes {
		return &CheckError{CheckLoop, fmt.Sprintf("a replica's loop built %d bytes of values for one call, at most %d are: what is long is copied beside it", most, dedup.CopiedBytes)}
	}
	return nil
}
