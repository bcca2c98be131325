package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// client asks the nodes in turn. A call that may have been applied is repeated as
// what it was, so that the answer is the same: a claim with the same owner, complete with
// the same token. A release that was applied answers not_found when it is repeated.
type client struct{ nodes string }

func (c *client) flags(command *cobra.Command) {
	nodes := os.Getenv("SEMEL_NODES")
	if nodes == "" {
		nodes = "127.0.0.1:7101,127.0.0.1:7102,127.0.0.1:7103"
	}
	command.Flags().StringVar(&c.nodes, "nodes", nodes, "HTTP addresses of the nodes, comma-separated (SEMEL_NODES)")
}

// errRefused is a call that no node would take differently.
var errRefused = errors.New("refused")

// call posts body until a node answers 200, three rounds at most.
func (c *client) call(ctx context.Context, path string, body, into any) error {
	sent, err := json.Marshal(body)
	if err != nil {
		return err
	}
	for round := range 3 {
		for address := range strings.SplitSeq(c.nodes, ",") {
			if err = post(ctx, "http://"+address+path, sent, into); err == nil || errors.Is(err, errRefused) {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return &exitError{exitUnavailable, ctx.Err()}
		case <-time.After(time.Duration(round+1) * 300 * time.Millisecond):
		}
	}
	return &exitError{exitUnavailable, fmt.Errorf("no node answered: %w", err)}
}

func post(ctx context.Context, url string, body []byte, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return err
	case response.StatusCode >= 400 && response.StatusCode < 500:
		return fmt.Errorf("%w: %s", errRefused, text)
	case response.StatusCode != http.StatusOK:
		return fmt.Errorf("%s: %s", url, text)
	}
	return json.Unmarshal(text, into)
}

type claimBody struct {
	Key   string `json:"key"`
	Owner string `json:"owner"`
	TTL   int64  `json:"ttl_ms,omitempty"`
	Lease int64  `json:"lease_ms,omitempty"`
	Print string `json:"fingerprint,omitempty"`
}

var claimCodes = map[string]int{
	"won": 0, "duplicate": exitDuplicate, "in_progress": exitInProgress, "mismatch": exitMismatch, "full": exitUnavailable,
}

func claimCommand() *cobra.Command {
	var c client
	var body claimBody
	var ttl, lease time.Duration
	command := &cobra.Command{
		Use: "claim KEY", Short: "Ask to be the first for a key", Args: cobra.ExactArgs(1),
		Long: "Exit codes: 0 won, 1 duplicate, 2 usage, 3 in progress, 4 unavailable or unknown, 5 mismatch.",
		RunE: func(command *cobra.Command, args []string) error {
			body.Key, body.TTL, body.Lease = args[0], ttl.Milliseconds(), lease.Milliseconds()
			if body.Owner == "" {
				body.Owner = rand.Text()
			}
			var answer struct {
				Result string `json:"result"`
				Token  uint64 `json:"token"`
			}
			if err := c.call(command.Context(), "/v1/claim", body, &answer); err != nil {
				return err
			}
			if answer.Result == "won" && body.Lease > 0 {
				fmt.Println("won token", answer.Token)
			} else {
				fmt.Println(answer.Result)
			}
			if code := claimCodes[answer.Result]; code != 0 {
				return &exitError{code: code}
			}
			return nil
		},
	}
	c.flags(command)
	command.Flags().StringVar(&body.Owner, "owner", "", "names this execution; default: drawn fresh; give one only to repeat a call")
	command.Flags().StringVar(&body.Print, "fingerprint", "", "a hash of the request: another one under the same key is a mismatch")
	command.Flags().DurationVar(&ttl, "ttl", 0, "how long the key stays claimed; default: for ever")
	command.Flags().DurationVar(&lease, "lease", 0, "claim for so long and complete later; default: done at once")
	return command
}

func statusCommand() *cobra.Command {
	var c client
	command := &cobra.Command{
		Use: "status", Short: "Show how each node is, a line of JSON each", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			for address := range strings.SplitSeq(c.nodes, ",") {
				showStatus(command.Context(), address)
			}
			return nil
		},
	}
	c.flags(command)
	return command
}

func showStatus(ctx context.Context, address string) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/v1/status", nil)
	if err == nil {
		var response *http.Response
		if response, err = http.DefaultClient.Do(request); err == nil {
			defer func() { _ = response.Body.Close() }()
			fmt.Print(address, " ")
			_, err = io.Copy(os.Stdout, response.Body)
		}
	}
	if err != nil {
		fmt.Println(address, "down:", err)
	}
}
