package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// A folder that joins has the log of every other one, which begins with the first members. They may all be gone. So it keeps besides who the members were when it
// was taken in: these it meets, dials and listens to until its log is as far. Nothing in the log, and no decision of the core, goes by that.

// Told is who the members were when a folder joined.
type Told struct {
	At            protocol.Index         `json:"at"` // the entry that said so, which is committed
	Configuration protocol.Configuration `json:"configuration"`
	Members       *Members               `json:"members"`
}

// keptText is what stands in the file of a folder before it has a log, and beside it: in JOIN until a start finds that its log has what it was told, in BOOTSTRAP
// for good.
type keptText struct {
	Version     int       `json:"version"`
	Incarnation string    `json:"incarnation"`        // 16 hexadecimal digits
	Told        *Told     `json:"told,omitempty"`     // of JOIN; nil: it has no answer yet, and no log
	Founders    []Founder `json:"founders,omitempty"` // of BOOTSTRAP; nil: they are not agreed yet
}

const keptVersion = 1

func (k keptText) encode(incarnation uint64) []byte {
	k.Version, k.Incarnation = keptVersion, fmt.Sprintf("%016x", incarnation)
	line, err := json.Marshal(k)
	assert(err == nil, "what a folder keeps can be encoded")
	return summed(line)
}

// parseKept reads what encode wrote.
func parseKept(text []byte) (incarnation uint64, k keptText, whole bool) {
	line, whole := unsummed(text)
	if !whole || json.Unmarshal(line, &k) != nil || k.Version != keptVersion {
		return 0, k, false
	}
	n, err := fmt.Sscanf(k.Incarnation, "%016x", &incarnation)
	return incarnation, k, n == 1 && err == nil && incarnation != 0
}

// errJoin is wrapped where the text is not what was written.
var errJoin = errors.New("it is not what was written")

func encodeJoin(incarnation uint64, told *Told) []byte {
	return keptText{Told: told}.encode(incarnation)
}

func parseJoin(text []byte) (incarnation uint64, told *Told, err error) {
	incarnation, kept, whole := parseKept(text)
	switch told = kept.Told; {
	case !whole, told != nil && told.Members == nil:
		return 0, nil, errJoin
	case told == nil:
		return incarnation, nil, nil
	}
	_, err = parseMembers(told.Members.encode(), told.Configuration)
	return incarnation, told, err
}

// summed returns a line, and behind it the CRC-32C of that; unsummed reads it.
func summed(line []byte) []byte {
	return fmt.Appendf(line, "\n%08x\n", crc32.Checksum(line, castagnoli))
}

func unsummed(text []byte) (line []byte, whole bool) {
	first, sum, _ := strings.Cut(string(text), "\n")
	return []byte(first), sum == fmt.Sprintf("%08x\n", crc32.Checksum([]byte(first), castagnoli))
}
