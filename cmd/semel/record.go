package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

type recordBody struct {
	Key      string  `json:"key"`
	Token    uint64  `json:"token,omitempty"`
	Response *string `json:"response,omitempty"`
	TTL      int64   `json:"ttl_ms,omitempty"`
}

func completeCommand() *cobra.Command {
	var response string
	var ttl time.Duration
	command := recordCommand("complete", "Complete a claim that was won with a lease", true, func(command *cobra.Command, body *recordBody) {
		body.TTL = ttl.Milliseconds()
		if command.Flags().Changed("response") {
			body.Response = &response
		}
	})
	command.Flags().StringVar(&response, "response", "", "what duplicates are told")
	command.Flags().DurationVar(&ttl, "ttl", 0, "how long the key stays done; default: as it was claimed")
	return command
}

func releaseCommand() *cobra.Command {
	return recordCommand("release", "Give up a claim that was won with a lease", true, func(*cobra.Command, *recordBody) {})
}

func queryCommand() *cobra.Command {
	return recordCommand("query", "Show the record of a key; changes nothing", false, func(*cobra.Command, *recordBody) {})
}

// recordCommand is a command on one record that prints the answer as JSON.
func recordCommand(name, short string, fenced bool, fill func(*cobra.Command, *recordBody)) *cobra.Command {
	var c client
	var body recordBody
	command := &cobra.Command{
		Use: name + " KEY", Short: short, Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			body.Key = args[0]
			fill(command, &body)
			var answer json.RawMessage
			if err := c.call(command.Context(), "/v1/"+name, body, &answer); err != nil {
				return err
			}
			fmt.Println(string(answer))
			var said struct {
				Result string `json:"result"`
			}
			if err := json.Unmarshal(answer, &said); fenced && (err != nil || said.Result != "ok") {
				return &exitError{code: 1, err: err}
			}
			return nil
		},
	}
	c.flags(command)
	if fenced {
		command.Flags().Uint64Var(&body.Token, "token", 0, "the token that the claim was won with")
		_ = command.MarkFlagRequired("token")
	}
	return command
}
