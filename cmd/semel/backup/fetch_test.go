package backup

// Goal: what is kept is a whole backup of one node's one state, however often the connection breaks, the bytes rot on the way or the node takes another
// snapshot; and a stream that can't be mended is said to be none. Method: a node of the test's, which does as it is told, request by request.

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/dedup"
	format "github.com/eventstreamcore/semel/dedup/backup"
)

// sample is a backup of so many keys.
func sample(t *testing.T, keys int) []byte {
	t.Helper()
	m := dedup.New()
	var results dedup.Results
	require.NoError(t, m.Apply(1, dedup.AppendBootstrap(nil, 5, &dedup.Bootstrap{Secret: dedup.Secret{1}, CapacityKeys: 10_000}), &results))
	payload := dedup.AppendHeader(nil, 6)
	for k := range keys {
		payload = dedup.AppendClaim(payload, dedup.Claim{Call: 1, Key: dedup.Key{byte(k), byte(k >> 8)}, Owner: 1})
	}
	require.NoError(t, m.Apply(uint64(keys), payload, &results))
	body := m.AppendState(make([]byte, format.SumBytes))
	h := format.Header{Index: uint64(keys), Term: 1, Stamp: 6, BodyBytes: uint64(len(body)), Digest: sha256.Sum256(body)}
	return append(h.Encode(), body...)
}

// aNode answers as the steps say, one for each request; the last one for all that follow.
type aNode struct {
	steps []func(w http.ResponseWriter, r *http.Request)
	asked int
}

func (n *aNode) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	step := n.steps[min(n.asked, len(n.steps)-1)]
	n.asked++
	step(w, r)
}

// gives tells a backup, the part that is asked for.
func gives(whole []byte) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", fmt.Sprintf(`"1-%x"`, sha256.Sum256(whole)))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(whole))
	}
}

// cut gives it and breaks the connection after so many bytes.
func cut(whole []byte, after int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		gives(whole)(&breaking{w, after}, r)
		panic(http.ErrAbortHandler)
	}
}

type breaking struct {
	http.ResponseWriter
	left int
}

func (b *breaking) Write(p []byte) (int, error) {
	n, _ := b.ResponseWriter.Write(p[:min(len(p), b.left)])
	b.left -= n
	_ = http.NewResponseController(b.ResponseWriter).Flush()
	if n < len(p) {
		return n, io.ErrClosedPipe
	}
	return n, nil
}

// rotten gives it with a bit changed.
func rotten(whole []byte, at int) func(http.ResponseWriter, *http.Request) {
	spoilt := bytes.Clone(whole)
	spoilt[at] ^= 1
	return gives(spoilt)
}

func busy(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(w, `{"type":"/problems/backup-busy","detail":"not applied: busy"}`)
}

// fetchFrom gets a backup into a file, or into a stream, of nodes that do as they are told.
func fetchFrom(t *testing.T, to sink, nodes ...*aNode) (fetched, error) {
	t.Helper()
	f := fetch{to: to, begun: time.Minute, again: time.Millisecond}
	for _, n := range nodes {
		server := httptest.NewServer(n)
		t.Cleanup(server.Close)
		f.nodes = append(f.nodes, strings.TrimPrefix(server.URL, "http://"))
	}
	return f.whole(t.Context())
}

// newFile is where a backup is written to.
func newFile(t *testing.T) *file {
	t.Helper()
	f, err := createFile(filepath.Join(t.TempDir(), "f"), false)
	require.NoError(t, err)
	t.Cleanup(f.giveUp)
	return f
}

// kept is what stands under the file's name in the end.
func kept(t *testing.T, f *file) []byte {
	t.Helper()
	require.NoError(t, f.keep())
	content, err := os.ReadFile(f.path)
	require.NoError(t, err)
	left, err := filepath.Glob(filepath.Join(filepath.Dir(f.path), "*"))
	require.NoError(t, err)
	require.Len(t, left, 1)
	return content
}

func TestABackupIsGoneOnWithOrBegunAnew(t *testing.T) {
	one, two := sample(t, 1000), sample(t, 1001)
	draw := rand.New(rand.NewPCG(14, 3))
	at := func() int { return 1 + draw.IntN(len(one)-2) }
	type steps = []func(http.ResponseWriter, *http.Request)
	for name, row := range map[string]struct {
		steps steps
		want  []byte
	}{
		"at once":                  {steps{gives(one)}, one},
		"cut":                      {steps{cut(one, at()), cut(one, 100), cut(one, 0), gives(one)}, one},
		"cut, and another by then": {steps{cut(one, at()), gives(two)}, two},
		"cut in its header":        {steps{cut(one, 100), gives(one)}, one},
		"rotten on the way":        {steps{rotten(one, format.HeaderBytes+draw.IntN(len(one)-format.HeaderBytes)), gives(one)}, one},
		"rotten in its header":     {steps{rotten(one, draw.IntN(format.HeaderBytes)), gives(one)}, one},
		"shorter than it says":     {steps{gives(one[:at()]), gives(one)}, one},
		"busy":                     {steps{busy, busy, gives(one)}, one},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFile(t)
			taken, err := fetchFrom(t, f, &aNode{steps: row.steps})
			require.NoError(t, err)
			require.True(t, bytes.Equal(row.want, kept(t, f)))
			require.EqualValues(t, len(row.want), taken.FileBytes())
			require.Equal(t, taken.Index, taken.keys)
		})
	}
}

func TestAnotherNodeIsAskedWhereOneIsGone(t *testing.T) {
	one, two := sample(t, 500), sample(t, 501)
	f := newFile(t)
	down := &aNode{steps: []func(http.ResponseWriter, *http.Request){cut(one, 5000), cut(one, 0)}}
	_, err := fetchFrom(t, f, down, &aNode{steps: []func(http.ResponseWriter, *http.Request){gives(two)}})
	require.NoError(t, err)
	require.True(t, bytes.Equal(two, kept(t, f)))
}

func TestAStreamThatCantBeMendedIsNoBackup(t *testing.T) {
	one, two := sample(t, 500), sample(t, 501)
	var out bytes.Buffer
	_, err := fetchFrom(t, stream{&out}, &aNode{steps: []func(http.ResponseWriter, *http.Request){cut(one, 3000), gives(one)}})
	require.NoError(t, err)
	require.True(t, bytes.Equal(one, out.Bytes()), "cut, and gone on with")
	require.Error(t, acceptsRot(t))
	_, err = fetchFrom(t, stream{io.Discard}, &aNode{steps: []func(http.ResponseWriter, *http.Request){cut(one, 3000), gives(two)}})
	require.Equal(t, exit.Unavailable, exit.Code(err))
	require.ErrorContains(t, err, "is not to be used")
}

// acceptsRot gets a backup as a stream, a bit of which was changed on the way.
func acceptsRot(t *testing.T) error {
	t.Helper()
	one := sample(t, 500)
	_, err := fetchFrom(t, stream{io.Discard}, &aNode{steps: []func(http.ResponseWriter, *http.Request){rotten(one, len(one)-20)}})
	return err
}

func TestWhyThereIsNone(t *testing.T) {
	says := func(status int, kind string) *aNode {
		return &aNode{steps: []func(http.ResponseWriter, *http.Request){func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = fmt.Fprintf(w, `{"type":"/problems/%s","detail":"said"}`, kind)
		}}}
	}
	_, err := fetchFrom(t, newFile(t), says(409, "snapshot-failed"), says(409, "snapshot-failed"))
	require.Equal(t, exit.No, exit.Code(err))
	_, err = fetchFrom(t, newFile(t), says(503, "unanswered"))
	require.Equal(t, exit.Unavailable, exit.Code(err))
	require.ErrorContains(t, err, ": said\nAsked: ")
	_, err = fetchFrom(t, newFile(t), says(404, "no-such-path"))
	require.ErrorContains(t, err, "it is of an older version")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := fetch{nodes: []string{"127.0.0.1:1"}, to: newFile(t), begun: time.Second, again: time.Millisecond}
	_, err = f.whole(ctx)
	require.Equal(t, exit.Unavailable, exit.Code(err))
}

func TestAFileThatIsThereIsNotOverwritten(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	late, err := createFile(path, false)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte("mine"), 0o600))
	_, err = createFile(path, false)
	require.ErrorContains(t, err, "is not overwritten")
	require.Error(t, late.keep(), "it has come meanwhile")
	late.giveUp()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "mine", string(content))

	forced, err := createFile(path, true)
	require.NoError(t, err)
	_, err = forced.Write([]byte("new"))
	require.NoError(t, err)
	require.Equal(t, "new", string(kept(t, forced)))
	_, err = createFile(dir, true)
	require.ErrorContains(t, err, "is a folder")
}
