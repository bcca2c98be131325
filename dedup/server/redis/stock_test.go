package redis_test

// Goal: a stock client works unchanged. Method: go-redis over loopback, with its
// defaults, in both protocols, against answers that its own documentation promises.

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/internal/local"
	"github.com/eventstreamcore/semel/dedup/server/redis"
)

// connect returns a go-redis client of a Door on loopback.
func connect(t *testing.T, service *local.Service, resp int) *goredis.Client {
	door := redis.New(redis.Config{Service: service, Now: service.Now, Password: "secret"})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- door.Serve(listener) }()
	client := goredis.NewClient(&goredis.Options{
		Addr: listener.Addr().String(), Protocol: resp, Password: "secret", ClientName: "test"})
	t.Cleanup(func() {
		require.NoError(t, client.Close())
		door.Close()
		require.NoError(t, <-served)
	})
	return client
}

func forBoth(t *testing.T, test func(t *testing.T, service *local.Service, client *goredis.Client)) {
	for resp, name := range map[int]string{2: "RESP2", 3: "RESP3"} {
		t.Run(name, func(t *testing.T) {
			service := local.New(1000)
			test(t, service, connect(t, service, resp))
		})
	}
}

func TestGoRedisClaims(t *testing.T) {
	forBoth(t, func(t *testing.T, service *local.Service, client *goredis.Client) {
		ctx := context.Background()
		won, err := client.SetNX(ctx, "event-1", "a", time.Minute).Result()
		require.NoError(t, err)
		require.True(t, won)
		won, err = client.SetNX(ctx, "event-1", "b", time.Minute).Result()
		require.NoError(t, err)
		require.False(t, won)

		args := goredis.SetArgs{Mode: "NX", Get: true, TTL: time.Minute}
		require.ErrorIs(t, client.SetArgs(ctx, "event-2", "unique-1", args).Err(), goredis.Nil)
		held, err := client.SetArgs(ctx, "event-2", "unique-2", args).Result()
		require.NoError(t, err)
		require.Equal(t, "unique-1", held)

		require.Equal(t, time.Minute, client.TTL(ctx, "event-1").Val())
		require.Equal(t, []any{"a", nil}, client.MGet(ctx, "event-1", "event-9").Val())
		require.Equal(t, int64(2), client.Exists(ctx, "event-1", "event-2").Val())
		service.Advance(time.Minute)
		require.ErrorIs(t, client.Get(ctx, "event-1").Err(), goredis.Nil)
		require.Equal(t, "test", client.ClientGetName(ctx).Val())
		require.Contains(t, client.Info(ctx, "server").Val(), "server_name:semel")
		require.Equal(t, map[string]string{"save": ""}, client.ConfigGet(ctx, "save").Val())
		require.Contains(t, client.Command(ctx).Val(), "setnx")
	})
}

func TestGoRedisPipelines(t *testing.T) {
	forBoth(t, func(t *testing.T, _ *local.Service, client *goredis.Client) {
		ctx := context.Background()
		var first, second *goredis.BoolCmd
		_, err := client.Pipelined(ctx, func(p goredis.Pipeliner) error {
			first, second = p.SetNX(ctx, "k", "v", 0), p.SetNX(ctx, "k", "w", 0)
			p.Set(ctx, "l", "v", time.Second)
			p.Del(ctx, "l")
			return nil
		})
		require.NoError(t, err)
		require.True(t, first.Val())
		require.False(t, second.Val())
	})
}

// go-redis repeats a whole pipeline whose first reply says that it was not applied. So nothing behind it may be
// applied, also where the pipeline is longer than an entry: a claim that was won would be told that it lost.
func TestGoRedisRepeatsAPipelineOfWhichNothingWasApplied(t *testing.T) {
	forBoth(t, func(t *testing.T, service *local.Service, client *goredis.Client) {
		ctx := context.Background()
		require.NoError(t, client.Ping(ctx).Err())
		service.Fail(&server.NotAppliedError{Leader: "b"})
		claims, err := client.Pipelined(ctx, func(p goredis.Pipeliner) error {
			for i := range 900 {
				p.SetNX(ctx, fmt.Sprint("pipeline ", i), "v", 0)
			}
			return nil
		})
		require.NoError(t, err)
		for i, claim := range claims {
			require.True(t, claim.(*goredis.BoolCmd).Val(), "claim %d", i)
		}
	})
}

// go-redis repeats by itself what was surely not applied, and nothing else: the
// second call would lose against the first, and the event would be lost.
func TestGoRedisRepeatsOnlyWhatWasNotApplied(t *testing.T) {
	forBoth(t, func(t *testing.T, service *local.Service, client *goredis.Client) {
		ctx := context.Background()
		require.NoError(t, client.Ping(ctx).Err())
		for _, err := range []error{server.ErrLoading, server.ErrOverloaded, &server.NotAppliedError{Leader: "b"}, server.ErrStopped} {
			before := len(service.Calls())
			service.Fail(err)
			won, failure := client.SetNX(ctx, err.Error(), "v", 0).Result()
			require.NoError(t, failure)
			require.True(t, won)
			require.Len(t, service.Calls(), before+2, err)
		}
		before := len(service.Calls())
		service.Lose()
		_, err := client.SetNX(ctx, "k", "v", 0).Result()
		require.ErrorContains(t, err, "UNCERTAIN")
		require.Len(t, service.Calls(), before+1)
	})
}
