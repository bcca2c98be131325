package clients_test

// Goal: docs/redis.md says of each client what was seen here, and of the versions that are driven.
// Method: the lines of its table are built from lostReplies and must be there, and no other.

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// versions are those that are driven, by library.
func versions(t *testing.T) map[string]string {
	t.Helper()
	modules := contents(t, "go.mod")
	module := func(path string) string {
		found := regexp.MustCompile(regexp.QuoteMeta(path) + ` v(\S+)`).FindStringSubmatch(modules)
		require.NotNil(t, found, "%s is not in go.mod", path)
		return found[1]
	}
	return map[string]string{
		"go-redis": "go-redis " + module("github.com/redis/go-redis/v9"), "redigo": "redigo " + module("github.com/gomodule/redigo"),
		"redis-py": "redis-py " + redisPy, "redis-py 7": "redis-py " + redisPy7, "redis-py 5": "redis-py " + redisPy5,
		"node-redis": "node-redis " + nodeRedis, "ioredis": "ioredis " + ioredis, "redis-cli": "redis-cli " + redisCLIOfDebian,
	}
}

func contents(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", path))
	require.NoError(t, err)
	return string(text)
}

func TestTheDocumentSaysWhatWasSeen(t *testing.T) {
	document, named := contents(t, filepath.Join("docs", "redis.md")), versions(t)
	lines := 0
	for _, row := range lostReplies {
		if row.retries == off {
			require.Equal(t, unknown, row.nx)
			require.Equal(t, unknown, row.nxGet)
			continue
		}
		nx := string(row.nx)
		if row.nx == missed {
			nx = "**" + nx + "**"
		}
		require.Contains(t, document, fmt.Sprintf("| %s | %s | %s |", named[row.library], nx, row.nxGet))
		lines++
	}
	require.Equal(t, lines, strings.Count(document, "` |\n")+strings.Count(document, "repeats nothing |\n"), "lines of clients")
}
