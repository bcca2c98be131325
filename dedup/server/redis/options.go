package redis

import "github.com/eventstreamcore/semel/dedup"

// setOptions are what may stand behind SET key value, in any order.
type setOptions struct {
	onlyNew, onlyOld, get bool   // NX, XX, GET
	ttlMillis             uint64 // 0: none
}

// expiryOptions: what the number behind an option means.
var expiryOptions = []struct {
	name       string
	unitMillis int64
	isDate     bool
}{{"ex", 1000, false}, {"px", 1, false}, {"exat", 1000, true}, {"pxat", 1, true}}

// readSetOptions returns the options, or the error to answer.
func (c *conn) readSetOptions(args [][]byte) (o setOptions, failure string) {
	for i := 0; i < len(args); i++ {
		switch {
		case is(args[i], "nx") && !o.onlyOld:
			o.onlyNew = true
		case is(args[i], "xx") && !o.onlyNew:
			o.onlyOld = true
		case is(args[i], "get"):
			o.get = true
		case o.ttlMillis == 0 && i+1 < len(args):
			if o.ttlMillis, failure = c.readExpiry(args[i], args[i+1]); failure != "" {
				return o, failure
			}
			i++
		default:
			return o, errSyntax
		}
	}
	return o, ""
}

func (c *conn) readExpiry(option, number []byte) (ttlMillis uint64, failure string) {
	for _, e := range expiryOptions {
		if !is(option, e.name) {
			continue
		}
		n, ok := parseInteger(number)
		if !ok {
			return 0, errNotInteger
		}
		ttl, ok := spanMillis(n, e.unitMillis)
		if e.isDate {
			ttl, ok = c.untilMillis(n, e.unitMillis)
		}
		if !ok {
			return 0, invalidExpiry("set")
		}
		return ttl, ""
	}
	return 0, errSyntax
}

// spanMillis turns n units into ms; false where package dedup would not take it.
func spanMillis(n, unitMillis int64) (uint64, bool) {
	if n <= 0 || n > int64(dedup.MaxMillis)/unitMillis {
		return 0, false
	}
	return uint64(n * unitMillis), true
}

const latestMillis = int64(1) << 52 // dates beyond it are far beyond any span

// untilMillis turns a date, n units since 1970, into the span until then. A date
// that is past is refused: a claim for no time at all would be won by all.
func (c *conn) untilMillis(n, unitMillis int64) (uint64, bool) {
	if n <= 0 || n > latestMillis/unitMillis {
		return 0, false
	}
	return spanMillis(n*unitMillis-c.door.config.Now().UnixMilli(), 1)
}

func invalidExpiry(command string) string {
	return "ERR invalid expire time in '" + command + "' command"
}
