package node

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// ServesBesideAHungSource opens a file for another node on a disk that hangs, and returns an error where the replica waits for that.
func ServesBesideAHungSource(dir string, machine StateMachine, command []byte) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	applied := make(chan struct{}, 1<<16)
	n, err := Start(Options{
		Config:  Config{Raft: raft.Config{ID: 1, Servers: protocol.Nodes(1), ElectionTicks: 10, HeartbeatTicks: 3}},
		Cluster: "hung", Dir: dir, Listener: listener, Machine: machine, TickInterval: time.Millisecond,
		Applied: func(protocol.Index) { applied <- struct{}{} },
		Logger:  slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return err
	}
	defer n.Stop()
	<-applied
	n.giving.mu.Lock() // as Source is called: the disk does not answer
	defer n.giving.mu.Unlock()
	for until := time.Now().Add(100 * time.Millisecond); time.Now().Before(until); {
		told := make(chan error, 1)
		n.Propose(command, time.Minute, func(_ []byte, err error) { told <- err })
		select {
		case err := <-told:
			if err != nil {
				return err
			}
		case <-time.After(20 * time.Second):
			return errors.New("no claim is answered while a disk hangs that gives a snapshot")
		}
	}
	return nil
}
