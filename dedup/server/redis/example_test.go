package redis_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/eventstreamcore/semel/dedup/server/internal/local"
	"github.com/eventstreamcore/semel/dedup/server/redis"
)

// NX GET with a value that is unique to the execution: nil or one's own value
// means won, also after a lost reply.
func ExampleNew() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	door := redis.New(redis.Config{Service: local.New(1000)})
	go func() { _ = door.Serve(listener) }()
	defer door.Close()

	client := goredis.NewClient(&goredis.Options{Addr: listener.Addr().String()})
	for _, execution := range []string{"worker-1/4f0c", "worker-2/9a1e", "worker-1/4f0c"} {
		held, err := client.SetArgs(context.Background(), "order-17", execution, goredis.SetArgs{Mode: "NX", Get: true, TTL: time.Hour}).Result()
		fmt.Println(execution, "won:", errors.Is(err, goredis.Nil) || held == execution)
	}
	_ = client.Close()
	// Output:
	// worker-1/4f0c won: true
	// worker-2/9a1e won: false
	// worker-1/4f0c won: true
}
