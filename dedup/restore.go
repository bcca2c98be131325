package dedup

import "fmt"

// RestoredAbove is by how much the number of the last command is raised where a state becomes that of another cluster: what the cluster that it was
// taken from has numbered since is below.
const RestoredAbove = 1 << 40

// Head is what stands in front of the records of an encoded state.
type Head struct {
	Version       Version // the cluster's
	Applied       uint64  // index of the last entry
	TimeNanos     uint64  // log time
	Number        uint64  // of the last command
	Keys          uint64  // records, expired ones that were not swept yet included
	Configuration Bootstrap
}

// HeadBytes is how long a head is.
const HeadBytes = headBytes

// ReadHead reads the head of an encoded state, of which the first HeadBytes are enough. The error wraps ErrMalformed or ErrUnknownVersion.
func ReadHead(state []byte) (Head, error) {
	if len(state) > 0 && !speaks(Version(state[0])) {
		return Head{}, errVersion(Version(state[0]))
	}
	m, r := New(), reader{rest: state}
	count := m.loadHead(&r)
	return Head{Version: m.version, Applied: m.applied, TimeNanos: m.now, Number: m.number, Keys: uint64(count), Configuration: m.config}, r.err
}

// Restore makes of a machine that was loaded that of a new cluster: above all tokens that the old one may have given. Log time,
// the secret, the capacity and all records stay. It is told of no machine whose log goes on. The error is that there are no more numbers.
func (m *Machine) Restore(cluster ClusterID) error {
	number := raisedNumber(m.number)
	if number>>(64-tagBits) > 0 || !m.ready {
		return fmt.Errorf("a state of command number %d can't be that of another cluster", m.number)
	}
	m.number, m.config.Cluster = number, cluster
	return m.config.Validate()
}
