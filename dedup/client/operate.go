package client

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"github.com/eventstreamcore/semel/dedup"
)

// Forget deletes the record of a key in whatever state, whoever holds it: OK, or NOT_FOUND. It is unfenced: the guarantees
// exclude the key. An answer that is Repeated and says NOT_FOUND may tell of the first attempt's own work.
func (c *Client) Forget(ctx context.Context, r Record) (Answer, error) {
	return c.ask(ctx, "/v1/forget", append(appendRecord(append([]byte(nil), '{'), &r), '}'))
}

// ForgetAll deletes the records of up to dedup.MaxCommands keys of one namespace in one step, and answers for each.
func (c *Client) ForgetAll(ctx context.Context, namespace string, keys [][]byte) ([]Answer, error) {
	body, places := appendKeys(namespace, keys)
	got, err := c.call(ctx, "/v1/forget", body)
	if err != nil {
		return nil, err
	}
	var told struct {
		Results []answer `json:"results"`
	}
	if err := json.Unmarshal(got.text, &told); err != nil || len(told.Results) != len(keys) {
		return nil, &UnavailableError{Unknown: true, Last: fmt.Errorf("%d answers to %d keys: is this a node of Semel? %w", len(told.Results), len(keys), err)}
	}
	answers := make([]Answer, len(keys))
	for i, place := range places {
		if answers[place], err = told.Results[i].answer(); err != nil {
			return nil, err
		}
		answers[place].Repeated = got.repeated
	}
	return answers, nil
}

// appendKeys returns the body and, for each answer, the place of its key: text goes in front of what is none.
func appendKeys(namespace string, keys [][]byte) (body []byte, places []int) {
	body = append(body, `{"keys":[`...)
	for _, isText := range []bool{true, false} {
		if !isText {
			body = append(body, `],"keys64":[`...)
		}
		first := true
		for i, key := range keys {
			if utf8.Valid(key) != isText {
				continue
			}
			if !first {
				body = append(body, ',')
			}
			first, places = false, append(places, i)
			if isText {
				body = appendText(body, key)
			} else {
				quoted, _ := json.Marshal(key) // base64
				body = append(body, quoted...)
			}
		}
	}
	body = append(body, ']')
	if namespace != "" {
		body = appendText(append(body, `,"namespace":`...), namespace)
	}
	return append(body, '}'), places
}

// Held is what stands in the cluster, and whether it may hold as much as was asked for.
type Held struct {
	OK    bool // false: more stands, nothing was changed
	Keys  uint64
	Bytes uint64
}

// Resize sets how many keys and bytes the cluster may hold.
func (c *Client) Resize(ctx context.Context, keys, bytes uint64) (Held, error) {
	body := strconv.AppendUint([]byte(`{"keys":`), keys, 10)
	body = append(strconv.AppendUint(append(body, `,"bytes":`...), bytes, 10), '}')
	answer, err := c.ask(ctx, "/v1/capacity", body)
	if err != nil {
		return Held{}, err
	}
	var told struct {
		Keys  uint64 `json:"held_keys"`
		Bytes uint64 `json:"held_bytes"`
	}
	_ = json.Unmarshal(answer.Text, &told) // ask has read it
	return Held{answer.Outcome == dedup.OK, told.Keys, told.Bytes}, nil
}

// Transfer has another node lead, 0: whichever is fit for it, and returns which does. A *RefusedError says by its Type why the
// leader leads on: /problems/no-such-node, transfer-busy, transfer-unreachable or transfer-behind.
func (c *Client) Transfer(ctx context.Context, to uint8) (leader uint8, err error) {
	body := []byte("{}")
	if to > 0 {
		body = append(strconv.AppendUint([]byte(`{"to":`), uint64(to), 10), '}')
	}
	got, err := c.call(ctx, "/v1/transfer", body)
	if err != nil {
		return 0, err
	}
	var told struct {
		Leader uint8 `json:"leader"`
	}
	if err := json.Unmarshal(got.text, &told); err != nil || told.Leader == 0 {
		return 0, &UnavailableError{Unknown: true, Last: fmt.Errorf("an answer that names no leader (%.100s): is this a node of Semel?", got.text)}
	}
	return told.Leader, nil
}

// Snapshot is one that a node keeps of what it has applied.
type Snapshot struct {
	Done            bool   // false: it is being taken, and goes on; only Index is known then
	Index           uint64 // of the last entry that it covers, or of one that it will
	Bytes           int64  // of its file
	LogBeginsBehind uint64 // the entry behind which the node's log begins now; 0: it has all
}

// TakeSnapshot has a node take a snapshot: that one of the client's that answers first, so give the client one. A *RefusedError of type
// /problems/snapshot-failed says why it could not.
func (c *Client) TakeSnapshot(ctx context.Context) (Snapshot, error) {
	got, err := c.call(ctx, "/v1/snapshot", []byte("{}"))
	if err != nil {
		return Snapshot{}, err
	}
	var told struct {
		Done  *bool  `json:"done"`
		Index uint64 `json:"index"`
		Bytes int64  `json:"bytes"`
		Base  uint64 `json:"log_begins_behind"`
	}
	if err := json.Unmarshal(got.text, &told); err != nil || told.Done == nil {
		return Snapshot{}, &UnavailableError{Unknown: true, Last: fmt.Errorf("an answer that says nothing of a snapshot (%.100s): is this a node of Semel?", got.text)}
	}
	return Snapshot{*told.Done, told.Index, told.Bytes, told.Base}, nil
}

// Partition names the offset of a consumer.
type Partition struct {
	Stream    string
	Partition []byte
}

func (p *Partition) append(dst []byte) []byte {
	dst = appendText(append(dst, `"stream":`...), p.Stream)
	return appendBytes(append(dst, ','), "partition", p.Partition)
}

// Offset reads the checkpoint of a partition: its Answer's Offset, or NOT_FOUND.
func (c *Client) Offset(ctx context.Context, p Partition) (Answer, error) {
	return c.read(ctx, append(p.append([]byte{'{'}), '}'))
}

// SetOffset stores an offset whatever stands, also one further back: an operator's call, unfenced.
func (c *Client) SetOffset(ctx context.Context, p Partition, offset uint64) (Answer, error) {
	body := strconv.AppendUint(append(p.append([]byte{'{'}), `,"offset":`...), offset, 10)
	body = appendText(append(body, `,"owner":`...), rand.Text())
	return c.ask(ctx, "/v1/checkpoint/set", append(body, '}'))
}
