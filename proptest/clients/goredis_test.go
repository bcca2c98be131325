package clients_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

type goRedisClient struct{ *goredis.Client }

func goRedis(protocol int) func(*testing.T, string, retries) client {
	return func(_ *testing.T, address string, r retries) client {
		options := &goredis.Options{Addr: address, Protocol: protocol}
		if r == off {
			options.MaxRetries = -1
		}
		return goRedisClient{goredis.NewClient(options)}
	}
}

func (c goRedisClient) close() { _ = c.Client.Close() }

func (c goRedisClient) run(commands ...words) []answer {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if len(commands) == 1 {
		return []answer{goRedisAnswer(goRedisCall(ctx, c, commands[0]))}
	}
	commands, transaction := inTransaction(commands)
	pipelined := c.Pipelined
	if transaction {
		pipelined = c.TxPipelined
	}
	var calls []goredis.Cmder
	_, _ = pipelined(ctx, func(p goredis.Pipeliner) error {
		for _, command := range commands {
			calls = append(calls, goRedisCall(ctx, p, command))
		}
		return nil
	}) // each call has its error
	var answers []answer
	for _, call := range calls {
		answers = append(answers, goRedisAnswer(call))
	}
	return answers
}

// goRedisCall calls the method that users call.
func goRedisCall(ctx context.Context, to goredis.Cmdable, command words) goredis.Cmder {
	args := command[1:]
	switch command[0] {
	case "SET":
		return goRedisSet(ctx, to, args)
	case "SETEX":
		return to.SetEx(ctx, args[0], args[2], span(args[1], time.Second))
	case "GET":
		return to.Get(ctx, args[0])
	case "MGET":
		return to.MGet(ctx, args...)
	case "DEL":
		return to.Del(ctx, args...)
	case "UNLINK":
		return to.Unlink(ctx, args...)
	case "EXISTS":
		return to.Exists(ctx, args...)
	case "TTL":
		return to.TTL(ctx, args[0])
	case "PTTL":
		return to.PTTL(ctx, args[0])
	case "PING":
		return to.Ping(ctx)
	case "ECHO":
		return to.Echo(ctx, args[0])
	case "INFO":
		return to.Info(ctx, args...)
	default:
		return goRedisAny(ctx, to, command)
	}
}

func goRedisAny(ctx context.Context, to goredis.Cmdable, command words) goredis.Cmder {
	args := make([]any, len(command))
	for i, word := range command {
		args[i] = word
	}
	return to.(interface {
		Do(ctx context.Context, args ...any) *goredis.Cmd
	}).Do(ctx, args...)
}

// goRedisSet takes SetNX for a claim, Set for what sets no condition, SetArgs for the rest.
func goRedisSet(ctx context.Context, to goredis.Cmdable, args words) goredis.Cmder {
	key, value, options := args[0], args[1], goredis.SetArgs{}
	for rest := args[2:]; len(rest) > 0; rest = rest[1:] {
		switch rest[0] {
		case "NX", "XX":
			options.Mode = rest[0]
		case "GET":
			options.Get = true
		case "EX", "PX":
			options.TTL, rest = span(rest[1], map[string]time.Duration{"EX": time.Second, "PX": time.Millisecond}[rest[0]]), rest[1:]
		default: // EXAT
			options.ExpireAt, rest = time.Unix(number(rest[1]), 0), rest[1:]
		}
	}
	switch {
	case options.Get || options.Mode == "XX" || !options.ExpireAt.IsZero():
		return to.SetArgs(ctx, key, value, options)
	case options.Mode == "NX":
		return to.SetNX(ctx, key, value, options.TTL)
	default:
		return to.Set(ctx, key, value, options.TTL)
	}
}

func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

func span(text string, unit time.Duration) time.Duration { return time.Duration(number(text)) * unit }

// goRedisAnswer turns back what go-redis has of its own: nil is an error, a claim a bool, a span a
// Duration.
func goRedisAnswer(call goredis.Cmder) answer {
	err := call.Err()
	if errors.Is(err, goredis.Nil) {
		return answered(nil)
	}
	if err != nil {
		return failure(err)
	}
	switch c := call.(type) {
	case *goredis.BoolCmd:
		return goRedisBool(c)
	case *goredis.StatusCmd:
		return answered(c.Val())
	case *goredis.StringCmd:
		return answered(c.Val())
	case *goredis.IntCmd:
		return answered(c.Val())
	case *goredis.Cmd:
		return answered(c.Val())
	case *goredis.SliceCmd:
		return answered(c.Val())
	case *goredis.DurationCmd:
		return goRedisSpan(c)
	default:
		return failure(fmt.Errorf("unexpected %T", c))
	}
}

// goRedisBool: SetNX sends SET NX.
func goRedisBool(c *goredis.BoolCmd) answer {
	if c.Val() {
		return answered("OK")
	}
	return answered(nil)
}

// goRedisSpan: -1 and -2 stay as they are, in ns.
func goRedisSpan(c *goredis.DurationCmd) answer {
	switch {
	case c.Val() < 0:
		return answered(int64(c.Val()))
	case c.Name() == "ttl":
		return answered(int64(c.Val() / time.Second))
	default:
		return answered(c.Val().Milliseconds())
	}
}
