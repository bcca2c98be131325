package snapshot

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"slices"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// MaxMembersBytes is the most that the host says of the members of a configuration.
const MaxMembersBytes = 64 << 10

// Membership is who decides at the index of a snapshot, and what the host says of them. The zero one says nothing.
type Membership struct {
	Configuration protocol.Configuration
	Members       []byte
}

// validMembership reports whether somebody decides, or nothing is said of it.
func validMembership(c protocol.Configuration, membersBytes uint64) bool {
	if c == (protocol.Configuration{}) {
		return membersBytes == 0
	}
	return c.WellFormed() && membersBytes <= MaxMembersBytes
}

// digests are of what is said of members, which the blocks begin with, and of the body behind it.
type digests struct {
	left             uint64 // bytes of members that are to come
	membership, body hash.Hash
}

func (h Header) digests() *digests {
	d := &digests{h.MembersBytes, sha256.New(), sha256.New()}
	if inDigest(h.Configuration) {
		d.membership.Write(protocol.AppendStoredConfiguration(nil, h.Configuration))
	}
	return d
}

// write takes the next bytes of the blocks.
func (d *digests) write(p []byte) {
	n := min(d.left, uint64(len(p)))
	d.membership.Write(p[:n])
	d.left -= n
	d.body.Write(p[n:])
}

// sums returns what the header says at the end. Where nothing is said of who decides there is no digest of it.
func (d *digests) sums(h Header) (membership, body [32]byte) {
	if h.Configuration != (protocol.Configuration{}) {
		d.membership.Sum(membership[:0])
	}
	d.body.Sum(body[:0])
	return membership, body
}

// differ returns what is wrong with what was written, by the header; nothing if it is that.
func (d *digests) differ(h Header) (wrong string) {
	membership, body := d.sums(h)
	switch {
	case !sameDigest(body, h.Digest):
		return fmt.Sprintf("the digest of the body is %x, by its header %x", body, h.Digest)
	case !sameDigest(membership, h.MembershipDigest):
		return fmt.Sprintf("the digest of who decides is %x, by its header %x", membership, h.MembershipDigest)
	}
	return ""
}

// begin writes what the blocks begin with.
func (w *Writer) begin(m Membership) error {
	h := &w.draft.header
	h.Configuration, h.MembersBytes = m.Configuration, uint64(len(m.Members))
	w.draft.seed, w.draft.digest = h.seed(), h.digests()
	_, err := w.write(m.Members)
	return err
}

// Membership returns who decides at the snapshot's index. What is said of members is read first of all, and what is said of Read holds for it.
func (r *Reader) Membership() (Membership, error) {
	if err := r.readMembers(); err != nil {
		return Membership{}, err
	}
	return Membership{r.in.of.Configuration, slices.Clone(r.members)}, nil
}

// readMembers reads what stands in front of what the machine wrote.
func (r *Reader) readMembers() error {
	n := membersIn(r.in.of.Header)
	if len(r.members) == n {
		return nil
	}
	members := make([]byte, n)
	if _, err := io.ReadFull(stream{r}, members); err != nil {
		return fmt.Errorf("read who the members are: %w", err)
	}
	r.members = members
	return nil
}

// stream is what the blocks hold, members and all.
type stream struct{ *Reader }

// Read is io.Reader's.
func (s stream) Read(p []byte) (int, error) { return s.read(p) }
