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

// joinText is what stands in the file JOIN of a folder that joins, until a start finds that its log has what it was told.
type joinText struct {
	Version     int    `json:"version"`
	Incarnation string `json:"incarnation"`    // 16 hexadecimal digits
	Told        *Told  `json:"told,omitempty"` // nil: it has no answer yet, and no log
}

const joinVersion = 1

// errJoin is wrapped where the text is not what was written.
var errJoin = errors.New("it is not what was written")

func encodeJoin(incarnation uint64, told *Told) []byte {
	line, err := json.Marshal(joinText{joinVersion, fmt.Sprintf("%016x", incarnation), told})
	assert(err == nil, "what a folder was told can be encoded")
	return summed(line)
}

func parseJoin(text []byte) (incarnation uint64, told *Told, err error) {
	line, whole := unsummed(text)
	var j joinText
	if !whole || json.Unmarshal(line, &j) != nil || j.Version != joinVersion {
		return 0, nil, errJoin
	}
	if n, err := fmt.Sscanf(j.Incarnation, "%016x", &incarnation); n != 1 || err != nil || incarnation == 0 {
		return 0, nil, errJoin
	}
	if told = j.Told; told == nil {
		return incarnation, nil, nil
	}
	if told.Members == nil {
		return 0, nil, errJoin
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
