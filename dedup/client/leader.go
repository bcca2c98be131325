package client

import (
	"context"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
)

const statusTimeout = time.Second

// FollowLeader asks all nodes which of them leads and lets further calls begin there;
// it returns the leader's address, or "" where none of them says that it leads. Then
// nothing changes. Any node takes calls, so this is for speed alone.
func (c *Client) FollowLeader(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	terms := make(chan [2]int64, len(c.nodes))
	for place, node := range c.nodes {
		go func() { terms <- [2]int64{int64(place), c.termOfLeader(ctx, node)} }()
	}
	place, latest := int64(-1), int64(-1)
	for range c.nodes {
		// A leader that does not know yet that it is none has an earlier term.
		if told := <-terms; told[1] > latest {
			place, latest = told[0], told[1]
		}
	}
	if place < 0 {
		return ""
	}
	c.first.Store(place)
	return c.nodes[place]
}

// termOfLeader returns the term in which node leads; -1 if it does not say so.
func (c *Client) termOfLeader(ctx context.Context, node string) int64 {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+node+"/v1/status", nil)
	if err != nil {
		return -1
	}
	response, err := c.http.Do(request)
	if err != nil {
		return -1
	}
	defer func() { _ = response.Body.Close() }()
	var status struct {
		Role string `json:"role"`
		Term int64  `json:"term"`
	}
	text, err := readAll(response)
	if err != nil || json.Unmarshal(text, &status) != nil || status.Role != "leader" {
		return -1
	}
	return status.Term
}
