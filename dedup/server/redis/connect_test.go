package redis_test

// Goal: stock clients connect. Method: what each of them sends first, byte by byte
// what it hears, in the protocol that it speaks by default. go-redis itself is
// asked in stock_test.go.

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/server/internal/local"
	"github.com/eventstreamcore/semel/dedup/server/redis"
)

const (
	hello2 = "*14\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.4.0\r\n$5\r\nproto\r\n:2\r\n$2\r\nid\r\n:1\r\n" +
		"$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n"
	hello3 = "%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.4.0\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:1\r\n" +
		"$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n"
	noMaintenance = "-ERR unknown subcommand 'MAINT_NOTIFICATIONS'. Try CLIENT HELP.\r\n"
)

func TestStockClientsConnect(t *testing.T) {
	password := func(c *redis.Config) { c.Password = "pass" }
	for _, row := range []struct {
		client string
		says   []string
		hears  string
		change []func(*redis.Config)
	}{
		{"redigo", []string{"AUTH pass", "CLIENT SETNAME me", "SELECT 0", "PING"}, "+OK\r\n+OK\r\n+OK\r\n+PONG\r\n", []func(*redis.Config){password}},
		{"redigo without a password", []string{"SET k v NX"}, "+OK\r\n", nil},
		{"redis-cli", []string{"COMMAND DOCS", "SET k v NX", "GET k"}, "*0\r\n+OK\r\n$1\r\nv\r\n", nil},
		{"redis-cli -3", []string{"HELLO 3", "COMMAND DOCS", "GET k"}, hello3 + "%0\r\n_\r\n", nil},
		{"go-redis", []string{"HELLO 3 AUTH default pass SETNAME me", "CLIENT MAINT_NOTIFICATIONS ON", "CLIENT SETINFO LIB-NAME go-redis(,go1.26)", "CLIENT SETINFO LIB-VER 9.23.0", "CLIENT GETNAME"},
			hello3 + noMaintenance + "+OK\r\n+OK\r\n$2\r\nme\r\n", []func(*redis.Config){password}},
		{"redis-py 8", []string{"HELLO 3", "CLIENT MAINT_NOTIFICATIONS ON moving-endpoint-type internal-ip", "CLIENT SETINFO LIB-NAME redis-py", "CLIENT SETINFO LIB-VER 8.0.0", "PING"},
			hello3 + noMaintenance + "+OK\r\n+OK\r\n+PONG\r\n", nil},
		{"redis-py 5", []string{"AUTH default pass", "CLIENT SETINFO LIB-NAME redis-py", "SELECT 0"}, "+OK\r\n+OK\r\n+OK\r\n", []func(*redis.Config){password}},
		{"node-redis 6", []string{"HELLO 3", "CLIENT SETINFO LIB-NAME node-redis", "CLIENT SETINFO LIB-VER 6.0.0", "CLIENT ID"}, hello3 + "+OK\r\n+OK\r\n:1\r\n", nil},
		{"node-redis 4", []string{"HELLO 2", "CLIENT GETNAME", "QUIT", "PING"}, hello2 + "$-1\r\n+OK\r\n", nil},
		{"a greeting without a version", []string{"HELLO", "PING hi", "ECHO ho"}, hello2 + "$2\r\nhi\r\n$2\r\nho\r\n", nil},
	} {
		t.Run(row.client, func(t *testing.T) {
			h := open(t, local.New(10), row.change...)
			require.Equal(t, row.hears, h.talk(requests(row.says...)))
		})
	}
}

// ioredis waits for INFO to say that nothing is loading.
func TestInfo(t *testing.T) {
	h := open(t, local.New(10))
	text := "# Persistence\r\nloading:0\r\naof_enabled:1\r\n"
	require.Equal(t, "$41\r\n"+text+"\r\n", h.talk(request("INFO persistence")))
	require.True(t, strings.HasSuffix(h.talk(requests("HELLO 3", "INFO Persistence")), "=45\r\ntxt:"+text+"\r\n"))
	all := h.talk(request("INFO"))
	require.Contains(t, all, "# Server\r\nredis_version:7.4.0\r\n")
	require.Contains(t, all, "\r\n\r\n# Replication\r\nrole:master\r\n")
	require.Equal(t, all, strings.Replace(h.talk(request("INFO everything")), "processed:5", "processed:4", 1))
	require.Contains(t, open(t, local.New(0)).talk(request("INFO")), "loading:1\r\n")
}

func TestConnectionCommands(t *testing.T) {
	hold(t, 10, []turn{
		{"PING a b", "-ERR wrong number of arguments for 'ping' command", ""},
		{"SELECT 1", "-ERR DB index is out of range", ""},
		{"SELECT x", noInt, ""},
		{"AUTH x", "-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?", ""},
		{"AUTH default x", "+OK", ""},
		{"AUTH me x", "-WRONGPASS invalid username-password pair or user is disabled.", ""},
		{"AUTH a b c", syntax, ""},
		{"HELLO 4", "-NOPROTO unsupported protocol version", ""},
		{"HELLO x", "-ERR Protocol version is not an integer or out of range", ""},
		{"HELLO 3 FOO", "-ERR Syntax error in HELLO option 'FOO'", ""},
		{"HELLO 3 AUTH x", "-ERR Syntax error in HELLO option 'AUTH'", ""},
		{"HELLO 3 SETNAME a\nb", "-ERR Client names cannot contain spaces, newlines or special characters.", ""},
		{"CLIENT SETNAME a\nb", "-ERR Client names cannot contain spaces, newlines or special characters.", ""},
		{"CLIENT GETNAME", nilTwo, nilThree},
		{"CLIENT SETNAME", "-ERR wrong number of arguments for 'client|setname' command", ""},
		{"CLIENT SETINFO COLOUR red", "-ERR Unrecognized option 'COLOUR'", ""},
		{"CLIENT REPLY OFF", "-ERR unknown subcommand 'REPLY'. Try CLIENT HELP.", ""},
		{"CONFIG GET save", "*2\r\n$4\r\nsave\r\n$0\r\n", "%1\r\n$4\r\nsave\r\n$0\r\n"},
		{"CONFIG GET APPEND* maxclients", "*6\r\n$11\r\nappendfsync\r\n$6\r\nalways\r\n$10\r\nappendonly\r\n$3\r\nyes\r\n$10\r\nmaxclients\r\n$4\r\n4096",
			"%3\r\n$11\r\nappendfsync\r\n$6\r\nalways\r\n$10\r\nappendonly\r\n$3\r\nyes\r\n$10\r\nmaxclients\r\n$4\r\n4096"},
		{"CONFIG GET nothing", "*0", "%0"},
		{"CONFIG GET", "-ERR wrong number of arguments for 'config|get' command", ""},
		{"CONFIG SET save x", "-ERR only CONFIG GET is there: a node is configured by its own flags", ""},
		{"COMMAND COUNT", ":24", ""},
		{"COMMAND INFO SET foo", "*2\r\n*10\r\n$3\r\nset\r\n:-3\r\n*3\r\n+write\r\n+denyoom\r\n+fast\r\n:1\r\n:1\r\n:1\r\n*0\r\n*0\r\n*0\r\n*0\r\n$-1",
			"*2\r\n*10\r\n$3\r\nset\r\n:-3\r\n~3\r\n+write\r\n+denyoom\r\n+fast\r\n:1\r\n:1\r\n:1\r\n~0\r\n*0\r\n*0\r\n*0\r\n_"},
		{"COMMAND GETKEYS", "-ERR unknown subcommand 'GETKEYS'. Try COMMAND HELP.", ""},
		{"WATCH", "-ERR unknown command 'WATCH', with args beginning with: ", ""},
	})
	all := open(t, local.New(10)).talk(request("COMMAND"))
	require.True(t, strings.HasPrefix(all, "*24\r\n*10\r\n$4\r\nauth\r\n:-2\r\n*3\r\n+loading\r\n"), all)
	require.Equal(t, 24, strings.Count(all, "*10\r\n"))
}

func TestNothingIsSaidToStrangers(t *testing.T) {
	h := open(t, local.New(10), func(c *redis.Config) { c.Password = "pass" })
	const noAuth, wrong = "-NOAUTH Authentication required.\r\n", "-WRONGPASS invalid username-password pair or user is disabled.\r\n"
	require.Equal(t, strings.Repeat(noAuth, 7), h.talk(requests("GET k", "SET k v NX", "PING", "INFO", "FOO", "CLIENT ID", "CONFIG GET *")))
	require.Equal(t, wrong+wrong+wrong+noAuth, h.talk(requests("AUTH pas", "AUTH you pass", "HELLO 3 AUTH default no", "GET k")))
	require.True(t, strings.HasPrefix(h.talk(request("HELLO 3")), "-NOAUTH HELLO must be called"))
	require.Equal(t, "+OK\r\n+OK\r\n"+wrong+"+OK\r\n", h.talk(requests("AUTH pass", "SET k v NX", "AUTH no", "SET l v NX")))
	require.Equal(t, "-ERR Protocol error: invalid multibulk length, at most 10\r\n", h.talk("*11\r\n"))
	require.Equal(t, "-ERR Protocol error: a request has at most 16384 bytes\r\n", h.talk("*2\r\n$3\r\nGET\r\n$16384\r\n"))
	require.Equal(t, "-ERR Protocol error: too big inline request\r\n", h.talk("GET 1 2 3 4 5 6 7 8 9 10\r\n"))
	require.Empty(t, h.talk(request("AUTH pass")[:5]))
}
