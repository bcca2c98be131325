package cluster

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/workload"
)

// stockClient talks to one Redis door as stock clients do with automatic retries turned off: one connection, made
// anew after an error, and where the door has closed it while it was idle.
type stockClient struct {
	address string
	conn    net.Conn
	reader  *bufio.Reader
}

func (s *stockClient) close() {
	if s.conn != nil {
		_ = s.conn.Close()
		s.conn = nil
	}
}

// stockReply is a value of RESP2: a status, an error, an integer or bytes, which may be nil.
type stockReply struct {
	kind  byte // + - : $
	text  string
	isNil bool
}

// ask makes the call with one of the commands that mean it.
func (s *stockClient) ask(ctx context.Context, call *workload.Call, rng *rand.Rand) (reply, error) {
	arguments, read := stockCommand(&call.Commands[0], rng)
	said, err := s.exchange(ctx, arguments)
	if err != nil {
		s.close()
		return unknown(err), nil
	}
	if said.kind == '-' {
		return stockError(said.text)
	}
	answer, ok := read(said)
	if !ok {
		return reply{}, odd("%q was answered %c%q", arguments, said.kind, said.text)
	}
	return reply{answers: []linearizability.Answer{answer}}, nil
}

// isStale reports whether there is more to read from a connection on which nothing was asked than "not now": its end, as a rule.
func isStale(conn net.Conn) bool {
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return true
	}
	var nothing error
	err = raw.Read(func(fd uintptr) bool {
		_, _, nothing = unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
		return true
	})
	return err != nil || !errors.Is(nothing, unix.EAGAIN)
}

func (s *stockClient) exchange(ctx context.Context, arguments []string) (stockReply, error) {
	if s.conn != nil && isStale(s.conn) {
		s.close()
	}
	if s.conn == nil {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.address)
		if err != nil {
			return stockReply{}, err
		}
		s.conn, s.reader = conn, bufio.NewReader(conn)
	}
	conn := s.conn
	deadline, _ := ctx.Deadline()
	_ = conn.SetDeadline(deadline)
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	var request bytes.Buffer
	fmt.Fprintf(&request, "*%d\r\n", len(arguments))
	for _, a := range arguments {
		fmt.Fprintf(&request, "$%d\r\n%s\r\n", len(a), a)
	}
	if _, err := conn.Write(request.Bytes()); err != nil {
		return stockReply{}, err
	}
	return readStock(s.reader)
}

func readStock(r *bufio.Reader) (stockReply, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return stockReply{}, err
	}
	line = strings.TrimSuffix(line, "\r\n")
	if line == "" {
		return stockReply{}, odd("an empty line")
	}
	said := stockReply{kind: line[0], text: line[1:]}
	if said.kind != '$' {
		return said, nil
	}
	length, err := strconv.Atoi(said.text)
	if err != nil || length < 0 {
		return stockReply{kind: '$', isNil: true}, err
	}
	b := make([]byte, length+2)
	_, err = io.ReadFull(r, b)
	said.text = string(b[:length])
	return said, err
}

// stockError reads an error in Redis's words. What says nothing of the outcome makes no sense.
func stockError(text string) (reply, error) {
	if text == "ERR max number of clients reached" {
		return reply{failure: linearizability.NotApplied, text: text}, nil
	}
	word, _, _ := strings.Cut(text, " ")
	switch word {
	case "UNCERTAIN":
		return reply{failure: linearizability.Unknown, text: text}, nil
	case "LOADING", "TRYAGAIN", "MASTERDOWN", "MISCONF":
		return reply{failure: linearizability.NotApplied, text: text}, nil
	case "OOM":
		return reply{answers: []linearizability.Answer{{Outcome: linearizability.Full}}}, nil
	case "INPROGRESS":
		return reply{answers: []linearizability.Answer{{Outcome: linearizability.InProgress}}}, nil
	}
	return reply{}, odd("-%s", text)
}

// reading turns a reply into an answer; false: it makes no sense.
type reading func(stockReply) (linearizability.Answer, bool)

// stockCommand is a command in Redis's words, drawn where there are several, and what its replies mean.
func stockCommand(c *workload.Command, rng *rand.Rand) ([]string, reading) {
	switch c.Kind {
	case dedup.KindClaim:
		return stockClaim(c, rng)
	case dedup.KindPut:
		arguments := withTTL(c, "SET", c.Key, string(c.Value))
		if c.IfExists {
			arguments = append(arguments, "XX")
		}
		return arguments, readPut
	case dedup.KindForget:
		return []string{"DEL", c.Key}, readDel
	}
	if rng.IntN(2) == 0 {
		return []string{"EXISTS", c.Key}, readExists
	}
	return []string{"GET", c.Key}, readGet
}

func stockClaim(c *workload.Command, rng *rand.Rand) ([]string, reading) {
	set := append(withTTL(c, "SET", c.Key, string(c.Value)), "NX")
	switch rng.IntN(3) {
	case 0:
		if c.TTLMillis == 0 {
			return []string{"SETNX", c.Key, string(c.Value)}, readSetNX
		}
	case 1:
		if len(c.Value) > 0 {
			return append(set, "GET"), readSetGet
		}
	}
	return set, readSet
}

func withTTL(c *workload.Command, arguments ...string) []string {
	if c.TTLMillis != 0 {
		arguments = append(arguments, "PX", strconv.FormatUint(c.TTLMillis, 10))
	}
	return arguments
}

func outcome(o linearizability.Outcome) (linearizability.Answer, bool) {
	return linearizability.Answer{Outcome: o}, o != ""
}

func readSet(r stockReply) (linearizability.Answer, bool) {
	if r.isNil {
		return outcome(linearizability.Lost)
	}
	return linearizability.Answer{Outcome: linearizability.Won}, r.kind == '+' && r.text == "OK"
}

func readSetNX(r stockReply) (linearizability.Answer, bool) {
	return outcome(map[string]linearizability.Outcome{":1": linearizability.Won, ":0": linearizability.Lost}[string(r.kind)+r.text])
}

// readSetGet: nil is for the winner alone. Others are given the value, which is empty also where there is none.
func readSetGet(r stockReply) (linearizability.Answer, bool) {
	if r.isNil {
		return outcome(linearizability.Won)
	}
	return withValue(linearizability.Duplicate, r)
}

func readGet(r stockReply) (linearizability.Answer, bool) {
	if r.isNil {
		return outcome(linearizability.None)
	}
	return withValue(linearizability.Done, r)
}

func withValue(o linearizability.Outcome, r stockReply) (linearizability.Answer, bool) {
	a := linearizability.Answer{Outcome: o, Value: new(linearizability.Text(r.text))}
	if r.text == "" {
		a.Value, a.ValueOmitted = nil, true
	}
	return a, r.kind == '$'
}

func readExists(r stockReply) (linearizability.Answer, bool) {
	return outcome(map[string]linearizability.Outcome{":1": linearizability.Stands, ":0": linearizability.Absent}[string(r.kind)+r.text])
}

func readDel(r stockReply) (linearizability.Answer, bool) {
	return outcome(map[string]linearizability.Outcome{":1": linearizability.OK, ":0": linearizability.NotFound}[string(r.kind)+r.text])
}

func readPut(r stockReply) (linearizability.Answer, bool) {
	if r.isNil {
		return outcome(linearizability.NotFound)
	}
	return linearizability.Answer{Outcome: linearizability.OK}, r.kind == '+' && r.text == "OK"
}
