package backup

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/flags"
	"github.com/eventstreamcore/semel/cmd/semel/wait"
	format "github.com/eventstreamcore/semel/dedup/backup"
)

const (
	silence   = 30 * time.Second // without a byte, then the connection is given up
	mostTries = 20               // in a row that brought nothing
	sameNode  = 6                // of them, before another node is asked for another backup
)

// sink is where a backup goes to: a file that can be begun anew, or a stream that can't.
type sink interface {
	io.Writer
	// restart forgets what was written; false: it can't.
	restart() bool
}

// fetched is a backup that came whole.
type fetched struct {
	format.Header
	keys, number uint64
	from         string
}

// fetch gets a backup from one of several nodes, going on where it was cut off, or beginning anew.
type fetch struct {
	nodes []string
	to    sink

	place  int    // of the node that is asked
	name   string // of the backup that has begun to come; empty: none has
	have   int64  // bytes of it
	front  []byte // its header, and the head of its state
	digest hash.Hash
	client http.Client
	begun  time.Duration // most time until it begins to come
	again  time.Duration // until a node is asked again
}

// mostFront are the first bytes of a backup that are looked at.
const mostFront = format.HeaderBytes + format.HeadBytes

// whole gets all of it, until ctx ends.
func (f *fetch) whole(ctx context.Context) (fetched, error) {
	f.digest, f.client.Transport = sha256.New(), flags.NewTransport()
	var last error
	for tries := 0; tries < mostTries; tries++ {
		had := f.have
		err := f.more(ctx)
		if err == nil {
			done, err := f.check()
			if err == nil {
				return done, nil
			}
			f.place++ // it was damaged on the way, or there
			if last = err; !f.anew() {
				return fetched{}, exit.With(exit.Unavailable, fmt.Errorf("%w: what was written is not to be used", err))
			}
			continue
		}
		var final *exit.Error
		if errors.As(err, &final) {
			return fetched{}, err
		}
		if last = err; f.have > had {
			tries = 0
		}
		if tries == sameNode && f.name != "" { // it may be down for good
			if f.place++; !f.anew() {
				return fetched{}, errCut
			}
		}
		if !wait.For(ctx, f.again) {
			break
		}
	}
	if ctx.Err() != nil {
		last = fmt.Errorf("not done in time: %w", last)
	}
	return fetched{}, exit.With(exit.Unavailable, fmt.Errorf("no backup was taken: %w\nAsked: %s. See `semel status`; name other nodes by --nodes or SEMEL_NODES, by their HTTP addresses", last, strings.Join(f.nodes, ",")))
}

// anew forgets what came; false: somebody has it.
func (f *fetch) anew() bool {
	if f.have > 0 && !f.to.restart() {
		return false
	}
	f.name, f.have, f.front = "", 0, nil
	f.digest.Reset()
	return true
}

// errCut is why a stream that was begun can't be ended.
var errCut = exit.With(exit.Unavailable, errors.New("the backup was cut off, and the node does not have it any more: what was written is not to be used; begin anew"))

// more asks for what is missing. A nil error says that nothing is, as far as was said.
func (f *fetch) more(ctx context.Context) error {
	node := f.nodes[f.place%len(f.nodes)]
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	patience := time.AfterFunc(f.begun, func() { giveUp(fmt.Errorf("%s: no answer in time", node)) })
	defer patience.Stop()
	response, err := f.ask(ctx, node)
	if err != nil {
		if f.name == "" {
			f.place++
		}
		return cmpCause(ctx, err)
	}
	defer func() { _ = response.Body.Close() }()
	if err := f.take(response, node); err != nil {
		return err
	}
	patience.Reset(silence)
	_, err = io.Copy(f, watched{response.Body, patience})
	return cmpCause(ctx, err)
}

// cmpCause is why something that ended did, where somebody gave it up.
func cmpCause(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func (f *fetch) ask(ctx context.Context, node string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+node+"/v1/cluster/backup", nil)
	if err != nil {
		return nil, err
	}
	if f.name != "" {
		request.Header.Set("If-Match", f.name)
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", f.have))
	}
	return f.client.Do(request)
}

// take looks at an answer: its body is what comes next, or the error says why not.
func (f *fetch) take(response *http.Response, node string) error {
	switch {
	case response.StatusCode == http.StatusPartialContent && f.name != "" && strings.HasPrefix(response.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", f.have)):
		return nil
	case response.StatusCode == http.StatusPreconditionFailed, response.StatusCode == http.StatusOK && f.have > 0:
		if !f.anew() {
			return errCut
		}
		return fmt.Errorf("%s: the backup was cut off, and the node does not have it any more", node)
	case response.StatusCode == http.StatusOK:
		f.name = response.Header.Get("ETag")
		return nil
	}
	return f.refused(response, node)
}

// refused is why a node gives none.
func (f *fetch) refused(response *http.Response, node string) error {
	if response.StatusCode == http.StatusNotFound {
		return exit.With(exit.Unavailable, fmt.Errorf("%s gives no backups: it is of an older version", node))
	}
	var told struct{ Type, Detail string }
	text, _ := io.ReadAll(io.LimitReader(response.Body, 1<<16))
	if err := json.Unmarshal(text, &told); err != nil || told.Detail == "" {
		return exit.With(exit.Unavailable, fmt.Errorf("%s answers %q: is this a node's HTTP address, of this version?", node, response.Status))
	}
	f.place++
	err := fmt.Errorf("%s: %s", node, strings.TrimPrefix(told.Detail, "not applied: "))
	if told.Type == "/problems/snapshot-failed" && f.place >= len(f.nodes) { // each was asked
		return exit.With(exit.No, err)
	}
	return err
}

// Write takes what came.
func (f *fetch) Write(p []byte) (int, error) {
	n, err := f.to.Write(p)
	if err != nil {
		return n, exit.With(exit.Unavailable, err)
	}
	f.digest.Write(p[max(0, min(int64(len(p)), format.HeaderBytes-f.have)):])
	if missing := mostFront - len(f.front); missing > 0 {
		f.front = append(f.front, p[:min(missing, len(p))]...)
	}
	f.have += int64(n)
	return n, nil
}

// check looks whether what came is a whole backup.
func (f *fetch) check() (fetched, error) {
	h, err := format.ParseHeader(f.front[:min(len(f.front), format.HeaderBytes)])
	if err != nil {
		return fetched{}, err
	}
	head, err := format.ReadHead(f.front[format.HeaderBytes:])
	switch {
	case err != nil:
		return fetched{}, err
	case f.have != h.FileBytes():
		return fetched{}, fmt.Errorf("%w: %d bytes came, by its header it has %d", format.ErrDamaged, f.have, h.FileBytes())
	case !h.IsOf([32]byte(f.digest.Sum(nil))):
		return fetched{}, fmt.Errorf("%w: the digest of what came is not the one in its header", format.ErrDamaged)
	}
	return fetched{h, head.Keys, head.Number, f.nodes[f.place%len(f.nodes)]}, nil
}

// watched reads as long as something comes.
type watched struct {
	of       io.Reader
	patience *time.Timer
}

// Read is io.Reader's.
func (w watched) Read(p []byte) (int, error) {
	n, err := w.of.Read(p)
	if n > 0 {
		w.patience.Reset(silence)
	}
	return n, err
}
