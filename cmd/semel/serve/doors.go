package serve

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/flags"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/gate"
	"github.com/eventstreamcore/semel/dedup/server/http"
	"github.com/eventstreamcore/semel/dedup/server/redis"
)

// passwordVariable is for a password that is in no file. There is no flag: others see the command line.
const passwordVariable = "SEMEL_REDIS_PASSWORD"

// Bounds of --request-bytes and --answer-bytes: some whole requests or answers, and more than a machine has.
const (
	leastRequestBytes = 4 << 20
	leastAnswerBytes  = 64 << 20
	mostBytes         = 1 << 40
)

// wantedFiles is how many files a process should be able to open; with fewer it has few places, and says so.
const wantedFiles = 1024

// doorFlags are what the doors are told.
type doorFlags struct {
	maxConnections int // at each door; 0: as many as descriptors allow, at most gate.DefaultMaxConnections
	requestBytes   flags.Bytes
	answerBytes    flags.Bytes
	passwordFile   string
	valueAsOwner   bool

	password string // once read
}

func (d *doorFlags) flags(c *cobra.Command) {
	f := c.Flags()
	d.requestBytes, d.answerBytes = gate.DefaultBytes, gate.DefaultUnread
	f.IntVar(&d.maxConnections, "max-connections", 0, "most connections at each of the HTTP and the Redis door (default: 4096, or what half of the process's open files allows)")
	f.Var(&d.requestBytes, "request-bytes", "most memory of requests that are not whole or not answered, at both doors together")
	f.Var(&d.answerBytes, "answer-bytes", "most memory of answers that clients have not read, at both doors together")
	f.StringVar(&d.passwordFile, "redis-password-file", "", "file with the password that Redis clients have to give (or the password itself in "+passwordVariable+")")
	f.BoolVar(&d.valueAsOwner, "redis-value-as-owner", false, "the value of SET NX names the owner, so that a repeat wins again: only where no two clients ever write the same value")
}

// validate says what is wrong with the flags, and reads the password.
func (d *doorFlags) validate() error {
	switch {
	case d.maxConnections < 0:
		return &flagError{"max-connections", strconv.Itoa(d.maxConnections), "a number of connections, or 0 for as many as there may be"}
	case d.requestBytes < leastRequestBytes || d.requestBytes > mostBytes:
		return &flagError{"request-bytes", d.requestBytes.String(), "4MiB to 1024GiB: a batch has up to 1MiB"}
	case d.answerBytes < leastAnswerBytes || d.answerBytes > mostBytes:
		return &flagError{"answer-bytes", d.answerBytes.String(), "64MiB to 1024GiB: an answer has up to 16MiB of values"}
	}
	return d.readPassword()
}

func (d *doorFlags) readPassword() error {
	d.password = os.Getenv(passwordVariable)
	switch {
	case d.passwordFile == "":
		return nil
	case d.password != "":
		return fmt.Errorf("--redis-password-file and %s are both set: use one", passwordVariable)
	}
	text, err := os.ReadFile(d.passwordFile)
	if err != nil {
		return fmt.Errorf("--redis-password-file (%s): %w: want a file with the password", variable("redis-password-file"), err)
	}
	if d.password = strings.TrimRight(string(text), "\r\n"); d.password == "" {
		return &flagError{"redis-password-file", d.passwordFile, "a file with the password in it; this one is empty"}
	}
	return nil
}

// places returns how many connections each door may have, of a process that may open so many files.
func (d *doorFlags) places(files uint64) (int, error) {
	most := gate.Places(files, 2)
	switch {
	case most < gate.FewestPlaces:
		return 0, fmt.Errorf("this process may open %d files, too few for connections, the log and the other nodes: raise the limit (ulimit -n), want 1024 or more", files)
	case d.maxConnections > most:
		return 0, &flagError{"max-connections", strconv.Itoa(d.maxConnections), fmt.Sprintf("at most %d of this process, which may open %d files: half of them are for the log and the other nodes; or raise the limit (ulimit -n)", most, files)}
	case d.maxConnections == 0:
		return min(most, gate.DefaultMaxConnections), nil
	}
	return d.maxConnections, nil
}

// openFiles is how many files this process may open. Go has raised the limit as far as it may.
func openFiles() (uint64, error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, errors.Join(errors.New("how many files this process may open is not known"), err)
	}
	return limit.Cur, nil
}

// open makes the doors of a node.
func (d *doorFlags) open(service server.Service, places int, logger *slog.Logger) (*http.Door, *redis.Door) {
	bytes, unread := gate.NewBytes(int64(d.requestBytes)), gate.NewUnread(int64(d.answerBytes))
	stock := redis.New(redis.Config{
		Service: service, Password: d.password, ValueAsOwner: d.valueAsOwner, MaxConnections: places, Bytes: bytes, Unread: unread, Logger: logger,
	})
	return http.New(http.Config{
		Service: service, MaxConnections: places, Bytes: bytes, Unread: unread, Logger: logger, Beside: []*gate.Gate{stock.Gate()},
	}), stock
}
