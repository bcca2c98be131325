package bench

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// Reads: all callers read keys that were claimed before, with a value that tells so. A read that tells anything else fails the run.

const (
	filledKeys  = 10_000
	filledValue = "was-here" // of a length that valueHead tells
	valueHead   = "$8"
	fillAtOnce  = 1000
)

// fill claims the keys that are read then.
func (o *Load) fill(ctx context.Context, b *book) error {
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", o.Redis[0])
	if err != nil {
		return fmt.Errorf("%w: claim what is to be read: %w", ErrUnavailable, err)
	}
	defer func() { _ = conn.Close() }()
	answers := bufio.NewReader(conn)
	var out []byte
	for range filledKeys / fillAtOnce {
		out = out[:0]
		for range fillAtOnce {
			out = appendSet(out, b, b.drawn.Add(1)-1, filledValue, usualTTL)
		}
		if err := conn.SetDeadline(time.Now().Add(answerPatience)); err != nil {
			return err
		}
		if _, err := conn.Write(out); err != nil {
			return fmt.Errorf("%w: claim what is to be read: %w", ErrUnavailable, err)
		}
		for range fillAtOnce {
			line, err := answers.ReadString('\n')
			if err != nil || strings.TrimSpace(line) != "+OK" {
				return fmt.Errorf("%w: claim what is to be read: %q, %w", ErrUnavailable, line, err)
			}
		}
	}
	for number := range b.drawn.Load() {
		b.won(number)
	}
	return nil
}

// appendSet appends the claim of a key.
func appendSet(dst []byte, b *book, key uint64, owner string, ttl time.Duration) []byte {
	dst = append(dst, "*6\r\n$3\r\nSET\r\n$16\r\n"...)
	dst = b.appendKey(dst, key)
	dst = append(dst, "\r\n$"...)
	dst = strconv.AppendInt(dst, int64(len(owner)), 10)
	dst = append(append(dst, "\r\n"...), owner...)
	dst = append(dst, "\r\n$2\r\nNX\r\n$2\r\nPX\r\n$"...)
	millis := strconv.AppendInt(make([]byte, 0, 20), ttl.Milliseconds(), 10)
	dst = strconv.AppendInt(dst, int64(len(millis)), 10)
	return append(append(append(dst, "\r\n"...), millis...), "\r\n"...)
}

// appendGet appends the read of a key.
func appendGet(dst []byte, b *book, key uint64) []byte {
	dst = append(dst, "*2\r\n$3\r\nGET\r\n$16\r\n"...)
	return append(b.appendKey(dst, key), "\r\n"...)
}

// judgeRead holds what a read told to what was claimed.
func (r *run) judgeRead(told []byte) {
	if string(told) != filledValue {
		r.book.misread.Add(1)
	}
}
