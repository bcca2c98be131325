package clients_test

import (
	"errors"
	"testing"
	"time"

	redigolib "github.com/gomodule/redigo/redis"
)

// redigoClient is a pool as redigo's documentation shows it. redigo repeats nothing.
type redigoClient struct{ *redigolib.Pool }

func redigo(_ *testing.T, address string, _ retries) client {
	return redigoClient{&redigolib.Pool{Dial: func() (redigolib.Conn, error) {
		return redigolib.Dial("tcp", address, redigolib.DialConnectTimeout(time.Second), redigolib.DialReadTimeout(3*time.Second))
	}}}
}

func (c redigoClient) close() { _ = c.Pool.Close() }

func (c redigoClient) run(commands ...words) []answer {
	conn := c.Get()
	defer func() { _ = conn.Close() }()
	if len(commands) == 1 {
		return []answer{redigoAnswer(conn.Do(commands[0][0], redigoArgs(commands[0])...))}
	}
	if inner, ok := inTransaction(commands); ok {
		return redigoTransaction(conn, inner)
	}
	for _, command := range commands {
		if err := conn.Send(command[0], redigoArgs(command)...); err != nil {
			return failures(commands, err)
		}
	}
	if err := conn.Flush(); err != nil {
		return failures(commands, err)
	}
	var answers []answer
	for range commands {
		answers = append(answers, redigoAnswer(conn.Receive()))
	}
	return answers
}

// redigoTransaction: Do("EXEC") takes the replies to what was sent before too.
func redigoTransaction(conn redigolib.Conn, commands []words) []answer {
	err := conn.Send("MULTI")
	for _, command := range commands {
		err = errors.Join(err, conn.Send(command[0], redigoArgs(command)...))
	}
	replies, failed := redigolib.Values(conn.Do("EXEC"))
	if err = errors.Join(err, failed); err != nil {
		return failures(commands, err)
	}
	var answers []answer
	for _, reply := range replies {
		answers = append(answers, redigoAnswer(reply, nil))
	}
	return answers
}

func redigoArgs(command words) []any {
	var args []any
	for _, word := range command[1:] {
		args = append(args, word)
	}
	return args
}

// redigoAnswer: bulk strings are bytes, integers int64, status words strings, nil is nil. In what EXEC answers an error is
// a value like others: who looks at the error of the call alone does not see it.
func redigoAnswer(reply any, err error) answer {
	if inner, ok := reply.(redigolib.Error); ok {
		err = inner
	}
	if err != nil {
		return failure(err)
	}
	return answered(redigoText(reply))
}

func redigoText(reply any) any {
	switch r := reply.(type) {
	case []byte:
		return string(r)
	case []any:
		list := []any{}
		for _, one := range r {
			list = append(list, redigoText(one))
		}
		return list
	default:
		return r
	}
}
