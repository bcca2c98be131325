package main

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/uniq"
)

func uniqCommand() *cobra.Command {
	var nodes client
	c := uniq.Command(func() (*uniq.Target, error) {
		opened, err := nodes.open()
		return &uniq.Target{Nodes: opened, Namespace: nodes.namespace, Patience: nodes.timeout}, err
	})
	nodes.flags(c)
	nodes.timeoutFlag(c, 30*time.Second, "how long to wait for a cluster that is away or full")
	nodes.namespaceFlag(c)
	run := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		err := run(c, args)
		var stopped *uniq.StoppedError
		if errors.As(err, &stopped) {
			return &exitError{exitUnavailable, err}
		}
		return err
	}
	return c
}
