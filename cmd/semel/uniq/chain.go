package uniq

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// chain is a digest of a run's name and of all records so far. After each record it names the owner of that record's
// claim: it tells both how many records there were and what was in them. So another input under the same run's name is
// answered as another's from its first record on that differs.
type chain struct {
	sum    [sha256.Size]byte
	buffer []byte
}

func newChain(run string) chain {
	return chain{sum: sha256.Sum256([]byte("semel uniq\x00" + run))}
}

func (c *chain) add(text []byte) {
	c.buffer = append(append(c.buffer[:0], c.sum[:]...), text...)
	c.sum = sha256.Sum256(c.buffer)
}

// owner names the claim of the last record.
func (c *chain) owner() string { return base64.RawURLEncoding.EncodeToString(c.sum[:16]) }

// mark tells a place of one input from the same place of another. It is never 0.
func (c *chain) mark() uint32 { return max(1, binary.BigEndian.Uint32(c.sum[:])) }

// place is what --skip names: behind so many records, which were those of the mark unless it is 0.
type place struct {
	records int64
	mark    uint32
}

// Type is what the help says of the flag's value.
func (p *place) Type() string { return "N" }

func (p *place) String() string {
	if p.mark == 0 {
		return strconv.FormatInt(p.records, 10)
	}
	return fmt.Sprintf("%d:%08x", p.records, p.mark)
}

// Set reads a place.
func (p *place) Set(word string) error {
	number, text, marked := strings.Cut(word, ":")
	n, err := strconv.ParseInt(number, 10, 64)
	mark, wrong := uint64(0), error(nil)
	if marked {
		mark, wrong = strconv.ParseUint(text, 16, 32)
	}
	if err != nil || n < 0 || wrong != nil || marked && mark == 0 {
		return errors.New("want a number of lines, 0 or more, or a place as uniq has printed it, as in 4096:1f2e3d4c")
	}
	*p = place{n, uint32(mark)}
	return nil
}
