package redis_test

// How much is done, refused and late where more comes than the disk takes. Method: one node whose disk takes some
// 20,000 claims a second, and clients that do not wait for answers.

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/redis"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/wal"
)

const (
	capacity   = 20_000 // claims a second
	claimBytes = 43     // of one in the log
)

// slowFS is a disk of a bandwidth.
type slowFS struct {
	wal.FS
	unsynced *atomic.Int64
}

type slowFile struct {
	wal.File
	unsynced *atomic.Int64
}

func (s slowFS) Create(name string) (wal.File, error) { return s.slow(s.FS.Create(name)) }
func (s slowFS) Open(name string) (wal.File, error)   { return s.slow(s.FS.Open(name)) }
func (s slowFS) slow(f wal.File, err error) (wal.File, error) {
	if err != nil {
		return nil, err
	}
	return slowFile{f, s.unsynced}, nil
}

func (f slowFile) WriteAt(p []byte, at int64) (int, error) {
	f.unsynced.Add(int64(len(bytes.TrimRight(p, "\x00")))) // the log's next file is made of zeros
	return f.File.WriteAt(p, at)
}

func (f slowFile) Sync() error {
	<-time.After(time.Duration(f.unsynced.Swap(0)) * time.Second / (capacity * claimBytes))
	return f.File.Sync()
}

// tally is what claims came to.
type tally struct {
	mu                  sync.Mutex
	ok, refused, others int
	other               string // one of them
	took                []time.Duration
}

// overload has clients send so many claims a second together, for a while.
func overload(b *testing.B, address string, rate int, lasts time.Duration, run string) *tally {
	const clients, step = 64, 10 * time.Millisecond
	all := &tally{}
	var done sync.WaitGroup
	for n := range clients {
		done.Go(func() {
			c, err := net.Dial("tcp", address)
			require.NoError(b, err)
			defer c.Close()
			sent := make(chan time.Time, 1<<20)
			read := make(chan struct{})
			go func() {
				defer close(read)
				all.read(c, sent)
			}()
			for began, k := time.Now(), 0; time.Since(began) < lasts; <-time.After(step) {
				var said []byte
				for due := int(time.Since(began).Seconds() * float64(rate) / clients); k < due; k++ {
					said = fmt.Appendf(said, "SET %s-%d-%d v NX\r\n", run, n, k)
					sent <- time.Now()
				}
				if _, err := c.Write(said); err != nil {
					break
				}
			}
			close(sent)
			<-read
		})
	}
	done.Wait()
	return all
}

func (t *tally) read(c net.Conn, sent <-chan time.Time) {
	replies := bufio.NewReader(c)
	for at := range sent {
		line, err := replies.ReadString('\n')
		t.mu.Lock()
		switch {
		case err == nil && line == "+OK\r\n":
			t.ok++
			t.took = append(t.took, time.Since(at))
		case err == nil && len(line) > 9 && line[:9] == "-TRYAGAIN":
			t.refused++
		default:
			t.others++
			t.other = line
		}
		t.mu.Unlock()
	}
}

func BenchmarkOverload(b *testing.B) {
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	folder, err := wal.OpenFolder(b.TempDir())
	require.NoError(b, err)
	r, err := server.Open(server.Config{
		Cluster: "overload", Node: 1, Peers: map[uint8]string{1: "127.0.0.1:0"}, Logger: quiet,
		Tune: func(o *node.Options) { o.FS = slowFS{folder, &atomic.Int64{}} },
	})
	require.NoError(b, err)
	defer r.Close()
	door := redis.New(redis.Config{Service: r})
	defer door.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	go func() { _ = door.Serve(listener) }()
	require.Eventually(b, func() bool { return r.Status().Ready }, 20*time.Second, 5*time.Millisecond)
	const lasts = 5 * time.Second
	for _, times := range []int{1, 2, 4} {
		b.Run(fmt.Sprintf("%dx", times), func(b *testing.B) {
			for range b.N {
				t := overload(b, listener.Addr().String(), times*capacity, lasts, fmt.Sprintf("%d-%d", times, time.Now().UnixNano()))
				require.NotEmpty(b, t.took, "%d refused, %d others, such as %s", t.refused, t.others, t.other)
				slices.Sort(t.took)
				b.ReportMetric(float64(t.ok)/lasts.Seconds(), "ok/s")
				b.ReportMetric(float64(t.refused)/lasts.Seconds(), "refused/s")
				b.ReportMetric(float64(t.others), "others")
				b.ReportMetric(float64(t.took[len(t.took)*99/100].Milliseconds()), "p99-ms")
			}
		})
	}
}
