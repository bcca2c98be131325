package dedup

import "fmt"

// Version is a version of the log: of the kinds of entries and commands that there are, of how they are applied, and of how the state is written.
// A cluster has one, which is part of the state and only rises: all replicas apply an entry by the same rules, whatever program each of them is of.
type Version uint8

// FirstVersion is the version of all that there was before there was another one.
const FirstVersion Version = 1

// Oldest and Newest are the ends of the range of versions that this program speaks: it applies a log of each of them, and writes what belongs to it.
func Oldest() Version { return oldest }

// Newest is the other end.
func Newest() Version { return newest }

// builtNewest is the newest version that the program which ships speaks.
const builtNewest = FirstVersion

// oldest and newest are others in tests alone.
var oldest, newest = FirstVersion, builtNewest

// SpeakUpTo has this program speak versions up to v, before it does anything else, and returns what has it speak those that it was built for. It is for tests, and
// for programs that are built for tests: in a version beyond the newest nothing is new but its number, in the first byte of each entry and each state, which is
// what a program that does not speak it stops at.
func SpeakUpTo(v Version) (back func()) {
	newest = v
	return func() { newest = builtNewest }
}

// SpeakFrom has this program speak no version below v, as one of a later time: for tests.
func SpeakFrom(v Version) (back func()) {
	oldest = v
	return func() { oldest = FirstVersion }
}

// speaks reports whether this program speaks a version.
func speaks(v Version) bool { return v >= oldest && v <= newest }

// errVersion says what this program does not speak.
func errVersion(v Version) error {
	return fmt.Errorf("version %d, this program speaks %d to %d: %w", v, oldest, newest, ErrUnknownVersion)
}

// Version returns the cluster's version after the entry applied last.
func (m *Machine) Version() Version { return m.version }

// AppendVersion appends the payload of an entry that raises the cluster's version, in the form of the version that it is raised from.
func AppendVersion(dst []byte, stampNanos uint64, to Version) []byte {
	return append(appendHeader(dst, EntryVersion, stampNanos), byte(to))
}

// parseVersion reads the body of such an entry.
func (e *Entry) parseVersion(body []byte) error {
	if len(body) != 1 || Version(body[0]) < FirstVersion {
		return malformed("%d bytes that raise the version to %v, want one from %d on", len(body), body, FirstVersion)
	}
	e.Raises = Version(body[0])
	return nil
}

// admitVersion returns an error for an entry of a version that the cluster does not have, or that raises it to one that this program does not speak. Then
// nothing of it is applied, and nothing behind it.
func (m *Machine) admitVersion(e *Entry) error {
	switch {
	case e.Kind == EntryVersion && !mayRaise(e.Raises):
		return errVersion(e.Raises)
	case e.Kind != EntryBootstrap && !isOfVersion(e.Version, m.version):
		return malformed("an entry of version %d, the cluster's is %d", e.Version, m.version)
	}
	return nil
}

// raise takes in which version the cluster has behind an entry. A second entry that raises it to the same, which a leader may have appended that did not
// know of the first, changes nothing.
func (m *Machine) raise(e *Entry) {
	switch e.Kind {
	case EntryBootstrap:
		m.version = e.Version
	case EntryVersion:
		m.version = raised(m.version, e.Raises)
	}
}
