package http

import (
	"bytes"
	"cmp"
	"log/slog"
	"mime"
	"net/http"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/gate"
)

// Config sets a Door up. Service is needed, the rest has defaults.
type Config struct {
	Service     server.Service
	Timeout     time.Duration // until an answer is given up; default server.DefaultTimeout
	MaxRequests int           // done at once; default 4096; one more is told that the node is overloaded

	PieceTime      time.Duration // until who reads a backup has taken 256 KiB more; default 10 s
	MaxConnections int           // default 4096; beyond, one who does nothing makes room, or one more hears of health alone
	GreetingTime   time.Duration // until the first byte of a connection; default gate.DefaultGreetingTime
	RequestTime    time.Duration // from a request's first byte to its last; default gate.DefaultRequestTime
	Bytes          *gate.Bytes   // what requests hold, shared with other doors; default one of its own
	Unread         *gate.Bytes   // what answers hold that wait to be read, shared too; default one of its own
	Logger         *slog.Logger  // default: nothing is logged
	Beside         []*gate.Gate  // of the node's other doors, for its status
}

// Door answers HTTP requests. It is an http.Handler, safe for concurrent use.
type Door struct {
	service     server.Service
	timeout     time.Duration
	pieceTime   time.Duration
	maxRequests int64
	open        atomic.Int64
	unfenced    atomic.Int64
	mux         *http.ServeMux
	gate        *gate.Gate
	beside      []*gate.Gate
	bytes       *gate.Bytes
	long        chan struct{} // who reads a long body, see decodeInTurn
}

// New returns a Door. Serve it with NewServer on a listener of Listen, or with limits of your own.
func New(config Config) *Door {
	d := &Door{service: config.Service, timeout: config.Timeout, pieceTime: cmp.Or(config.PieceTime, pieceWithin), maxRequests: int64(config.MaxRequests), mux: http.NewServeMux()}
	if d.timeout == 0 {
		d.timeout = server.DefaultTimeout
	}
	if d.maxRequests == 0 {
		d.maxRequests = 4096
	}
	d.long = make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))
	d.stand(config)
	d.answer("/v1/claim", func() request { return new(claimRequest) })
	d.answer("/v1/complete", func() request { return new(completeRequest) })
	d.answer("/v1/release", func() request { return new(releaseRequest) })
	d.answer("/v1/extend", func() request { return new(extendRequest) })
	d.answer("/v1/query", func() request { return new(queryRequest) })
	d.answer("/v1/batch", func() request { return new(batchRequest) })
	d.answer("/v1/checkpoint", func() request { return new(checkpointRequest) })
	d.answer("/v1/forget", func() request { return new(forgetRequest) })
	d.answer("/v1/checkpoint/set", func() request { return new(setCheckpointRequest) })
	d.answer("/v1/capacity", func() request { return new(capacityRequest) })
	d.answer("/v1/transfer", func() request { return new(transferRequest) })
	d.answer("/v1/snapshot", func() request { return new(snapshotRequest) })
	d.handle(http.MethodGet, "/v1/cluster/backup", d.backup)
	d.mux.HandleFunc("GET /v1/cluster/members", d.members)
	d.answer("/v1/cluster/members", func() request { return new(membersRequest) })
	d.handle(http.MethodGet, "/v1/status", d.status)
	d.handle(http.MethodGet, "/v1/cluster/health", d.clusterHealth)
	d.handle(http.MethodGet, "/livez", d.live)
	d.handle(http.MethodGet, "/readyz", d.ready)
	d.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		newProblem(http.StatusNotFound, "no-such-path", "There is nothing at this path.", "calls stand below /v1/").write(w)
	})
	return d
}

// handle takes a path in one method and refuses it in all others.
func (d *Door) handle(method, path string, handler http.HandlerFunc) {
	d.mux.HandleFunc(method+" "+path, handler)
	d.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", method)
		newProblem(http.StatusMethodNotAllowed, "method-not-allowed", "The path does not take this method.", "use "+method).write(w)
	})
}

// answer takes a call whose body is a request.
func (d *Door) answer(path string, newRequest func() request) {
	d.handle(http.MethodPost, path, func(w http.ResponseWriter, r *http.Request) {
		place := placeOf(r)
		defer place.Unread(0)
		body, err := d.call(w, r, newRequest())
		if err != nil {
			problemOf(err).write(w)
			return
		}
		place.Unread(len(body))
		writeAnswer(w, body)
	})
}

// call reads a request, does what it asks for and returns the body of the answer.
func (d *Door) call(w http.ResponseWriter, r *http.Request, request request) ([]byte, error) {
	place := placeOf(r)
	body, err := readBody(w, r, place)
	if err != nil {
		return nil, err
	}
	arrived := time.Now()
	if !place.Begin() {
		panic(http.ErrAbortHandler) // the connection was closed: nobody would hear of what is done
	}
	defer d.open.Add(-1)
	if d.open.Add(1) > d.maxRequests {
		return nil, server.ErrOverloaded
	}
	if err := d.decodeInTurn(body, request); err != nil {
		return nil, err
	}
	secret, loaded := d.service.Secret()
	if !loaded {
		return nil, server.ErrLoading
	}
	call, err := request.prepare(&secret)
	if err != nil {
		return nil, err
	}
	switch {
	case call.peek != nil:
		return d.peek(&call)
	case call.leader != nil:
		return d.transfer(*call.leader)
	case call.snapshot:
		return d.snapshot()
	case call.members != nil:
		return d.changeMembers(*call.members)
	}
	d.unfenced.Add(int64(call.unfenced))
	return d.do(&call, arrived, place)
}

// longBody is a body that takes a processor for milliseconds.
const longBody = 64 << 10

// decodeInTurn reads a body. Long ones are read by half of the processors at most: some tens of clients that send nothing
// else would otherwise keep the replica from them, and depose a leader.
func (d *Door) decodeInTurn(body []byte, request request) error {
	if len(body) >= longBody {
		d.long <- struct{}{}
		defer func() { <-d.long }()
	}
	return decode(body, request)
}

// Unfenced returns how many commands the door has taken that the guarantees exclude.
func (d *Door) Unfenced() int64 { return d.unfenced.Load() }

// peek answers from this node alone.
func (d *Door) peek(c *call) ([]byte, error) {
	answer, age, err := d.service.Peek(*c.peek)
	if err != nil {
		return nil, err
	}
	answer.Call = c.number
	return append(appendStale(appendFields(nil, &answer), age), '}', '\n'), nil
}

// mayBeJSON: curl -d says "form" of whatever it sends. Browsers send forms across sites without asking, so one that
// names its page or site has to say that it means JSON, for which a browser asks first.
func mayBeJSON(h http.Header) bool {
	mediaType, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	isBrowser := h.Get("Origin") != "" || h.Get("Sec-Fetch-Site") != ""
	return err == nil && (mediaType == "application/json" || mediaType == "application/x-www-form-urlencoded" && !isBrowser)
}

// do proposes a call and waits for its end, also if the client is gone: the
// commands belong to the Service until then. The answers are copied as they come,
// for the Service waits, and put into words afterwards.
func (d *Door) do(c *call, arrived time.Time, place *gate.Conn) ([]byte, error) {
	var answers []server.Answer
	var failure error
	var room int
	finished := make(chan struct{})
	d.service.Do(c.commands, c.answers, server.WhenSince(arrived, d.timeout), func(given []server.Answer, err error) {
		defer close(finished)
		if failure = err; err == nil {
			values, body := bytesOf(given)
			place.Unread(values + body)
			answers, room = clone(given), body
		}
	})
	<-finished
	if failure == nil && len(answers) != c.answers {
		failure = server.ErrUnknown
	}
	if failure != nil && c.reads && !server.NotApplied(failure) {
		failure = server.ErrUnanswered
	}
	if failure != nil {
		return nil, failure
	}
	return append(c.body(make([]byte, 0, room), answers), '\n'), nil
}

// bytesOfAnswer is about how long an answer without a value is.
const bytesOfAnswer = 128

// bytesOf is how many bytes the values of answers have, and about how many the body that is made of them.
func bytesOf(answers []server.Answer) (values, body int) {
	for i := range answers {
		spelled, _ := spelled(answers[i].Value)
		values, body = values+len(answers[i].Value), body+bytesOfAnswer+spelled
	}
	return values, body
}

// clone copies answers and their bytes.
func clone(answers []server.Answer) []server.Answer {
	answers = slices.Clone(answers)
	for i := range answers {
		if a := &answers[i]; a.Value != nil || a.Fingerprint != nil {
			a.Value, a.Fingerprint = bytes.Clone(a.Value), bytes.Clone(a.Fingerprint)
		}
	}
	return answers
}
