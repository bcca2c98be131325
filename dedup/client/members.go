package client

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json"
)

// Member is a folder that is of the cluster.
type Member struct {
	Slot        uint8  `json:"slot"` // its number, never given again
	ID          uint8  `json:"id"`   // its operator's name for it
	Incarnation string `json:"incarnation"`
	Role        string `json:"role"`     // voter, learner, joining or leaving
	Replaces    uint8  `json:"replaces"` // the slot whose place it is to take; 0: nobody's
	Since       uint64 `json:"since"`    // the entry that made it a member; 0: one of the first
	Peer        string `json:"peer"`
	HTTP        string `json:"http"`
	Redis       string `json:"redis"`
	Leads       bool   `json:"leads"`
	Level       bool   `json:"level"`  // where the leader tells: it keeps up
	Lag         uint64 `json:"lag"`    // likewise: entries that it has not acknowledged
	Speaks      uint8  `json:"speaks"` // the latest version of the log that its program speaks; 0: it has not told
}

// Members is who the cluster is, as one of its nodes knows it.
type Members struct {
	Cluster   string   `json:"cluster"`
	SlotsLeft int      `json:"slots_left"` // for so many folders more there is a number
	Leader    uint8    `json:"leader"`     // slot; 0: not known
	Tells     bool     `json:"tells"`      // it is the leader that says so, and knows of lags
	Index     uint64   `json:"index"`      // of the entry that says so
	Settled   bool     `json:"settled"`    // no change is under way
	Version   uint8    `json:"version"`    // of the log
	Speaks    uint8    `json:"speaks"`     // the latest that the node which answers speaks
	HeldBy    []int    `json:"held_by"`    // where the leader tells: slots of those for which a later version waits
	All       []Member `json:"members"`
}

// Members asks all nodes at once who the members are, and returns what the leader says; where none of them leads, what the one says that knows the
// latest. The error is an *UnavailableError.
func (c *Client) Members(ctx context.Context) (best Members, err error) {
	ctx, cancel := context.WithTimeout(ctx, min(c.timeout, c.attempt))
	defer cancel()
	var mu sync.Mutex
	var asking sync.WaitGroup
	var failed error
	found := false
	for _, node := range c.nodes {
		asking.Go(func() {
			told, err := c.membersOf(ctx, node)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				failed = &attemptError{node: node, err: err}
			case !found || told.Tells && !best.Tells || told.Tells == best.Tells && told.Index > best.Index:
				best, found = told, true
			}
		})
	}
	asking.Wait()
	if !found {
		return Members{}, &UnavailableError{Last: failed}
	}
	return best, nil
}

func (c *Client) membersOf(ctx context.Context, node string) (told Members, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+node+"/v1/cluster/members", nil)
	if err != nil {
		return told, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return told, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := readAll(response)
	if err != nil {
		return told, err
	}
	if err := json.Unmarshal(text, &told); err != nil || response.StatusCode != http.StatusOK || told.All == nil {
		return told, fmt.Errorf("%s, and nothing of members: is this a node of Semel, and of this version?", response.Status)
	}
	return told, nil
}

// RemoveMember has the leader begin to remove who has a slot. Members says how far that is. It is safe to repeat. A *RefusedError says by its Type why
// the members stay who they are: /problems/no-such-member, members-quorum or members-busy.
func (c *Client) RemoveMember(ctx context.Context, slot uint8) error {
	return c.change(ctx, `{"remove":`, slot)
}

// PromoteMember has the leader begin to make the learner in a slot a voter: likewise, and /problems/members-not-level.
func (c *Client) PromoteMember(ctx context.Context, slot uint8) error {
	return c.change(ctx, `{"promote":`, slot)
}

func (c *Client) change(ctx context.Context, what string, slot uint8) error {
	_, err := c.call(ctx, "/v1/cluster/members", append(strconv.AppendUint([]byte(what), uint64(slot), 10), '}'))
	return err
}
