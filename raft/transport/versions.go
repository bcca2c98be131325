package transport

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// versions are those of the protocol that an end of a connection speaks, from the lowest to the highest.
type versions struct{ min, max uint8 }

// ours are those that this package speaks.
var ours = versions{minVersion, maxVersion}

const minVersion = 5

// unmarkedVersion is the last one whose frames do not say which version they are of.
const unmarkedVersion = 5

// of is what a hello says of them.
func (h *hello) versions() versions { return versions{h.min, h.max} }

// common is the version that two ends speak to each other: the highest that both do. There is none where their ranges do not meet.
func common(a, b versions) (version uint8, ok bool) {
	version = min(a.max, b.max)
	return version, version >= max(a.min, b.min)
}

// otherVersion returns whether two sides speak no version in common, and what to do then.
func otherVersion(own, theirs *hello) (Refusal, string) {
	if _, ok := common(own.versions(), theirs.versions()); ok {
		return 0, ""
	}
	who := "who asks"
	if theirs.from != protocol.Nil {
		who = fmt.Sprintf("node %d", theirs.from)
	}
	older, wanted := "this side's program is too old", theirs.min
	if theirs.max < own.min {
		older, wanted = "the program of "+who+" is too old", own.min
	}
	return OtherVersion, fmt.Sprintf("we speak %d to %d, %s speaks %d to %d; %s: start it with one that speaks %d; upgrade one version at a time",
		own.min, own.max, who, theirs.min, theirs.max, older, wanted)
}
