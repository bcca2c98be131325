package client

import (
	"encoding/base64"
	"strconv"
	"time"
	"unicode/utf8"
)

// The JSON of calls, by hand: encoding/json took most of the time of a batch.

func appendClaim(dst []byte, c *Claim) []byte {
	dst = appendRecord(append(dst, '{'), &c.Record)
	dst = appendText(append(dst, `,"owner":`...), c.Owner)
	dst = appendSpan(dst, "ttl_ms", c.TTL)
	dst = appendSpan(dst, "lease_ms", c.Lease)
	if c.Fingerprint != "" {
		dst = appendText(append(dst, `,"fingerprint":`...), c.Fingerprint)
	}
	return append(dst, '}')
}

func appendRecord(dst []byte, r *Record) []byte {
	dst = appendBytes(dst, "key", r.Key)
	if r.Namespace != "" {
		dst = appendText(append(dst, `,"namespace":`...), r.Namespace)
	}
	return dst
}

// appendBytes appends a field of text, or in base64 what is none.
func appendBytes(dst []byte, name string, value []byte) []byte {
	dst = append(append(dst, '"'), name...)
	if utf8.Valid(value) {
		return appendText(append(dst, `":`...), value)
	}
	dst = base64.StdEncoding.AppendEncode(append(dst, `64":"`...), value)
	return append(dst, '"')
}

// appendSpan appends a field of ms, rounded up: a span that is not 0 does not become 0,
// which means for ever.
func appendSpan(dst []byte, name string, span time.Duration) []byte {
	if span == 0 {
		return dst
	}
	dst = append(append(append(dst, `,"`...), name...), `":`...)
	return strconv.AppendInt(dst, int64((span-1)/time.Millisecond)+1, 10)
}

const hex = "0123456789abcdef"

// appendText appends a JSON string. Bytes that are no UTF-8 stay, and the node refuses
// them: it would be wrong to replace them.
func appendText[T string | []byte](dst []byte, text T) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(text); i++ {
		b := text[i]
		if b >= ' ' && b != '"' && b != '\\' {
			continue
		}
		dst = append(dst, text[from:i]...)
		if from = i + 1; b >= ' ' {
			dst = append(dst, '\\', b)
		} else {
			dst = append(dst, '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
		}
	}
	return append(append(dst, text[from:]...), '"')
}
