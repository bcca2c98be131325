// Package clients_test drives a real cluster with stock Redis clients: redis-cli, go-redis, redigo,
// redis-py, node-redis and ioredis, each by the calls that its users write.
//
// Goal: what docs/redis.md promises holds for each of them. Method: one contract, a table of
// commands and answers, for all; a proxy that swallows a reply shows what each does by itself
// then; and all together claim the same keys while the leader is stopped. A client is one adapter
// (see client and libraries). Those not written in Go are installed under build/ at their first
// use; where that is impossible the tests say NOT CHECKED, and fail if CI=true.
package clients_test
