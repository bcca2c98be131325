package dev

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/local"
	"github.com/eventstreamcore/semel/raft/node"
)

// description is what the data folder of dev says of its cluster. It is written once.
type description struct {
	Cluster string `json:"cluster"` // drawn: no two clusters of dev have the same, and none talks to another's nodes
	Nodes   int    `json:"nodes"`
}

const fileName = "semel-dev.json"

// openFolder makes the data folder what this run needs, or reads which cluster it is
// of, and keeps a second dev out. The function it returns leaves it, and removes a temporary one.
func (d *development) openFolder() (leave func(), err error) {
	d.keeps = d.Dir != ""
	if d.keeps {
		err = os.MkdirAll(d.Dir, 0o700)
	} else {
		d.Dir, err = os.MkdirTemp("", "semel-dev-")
	}
	if err != nil {
		return nil, unmade(err)
	}
	lock, err := os.Open(d.Dir)
	leave = func() {
		_ = lock.Close()
		if !d.keeps {
			_ = os.RemoveAll(d.Dir)
		}
	}
	if err == nil {
		err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = errors.New("another `semel dev` runs there: stop it first, or give this one another folder")
	}
	if err != nil {
		leave()
		return nil, exit.With(exit.Unavailable, fmt.Errorf("--data %s: %w", d.Dir, err))
	}
	if err := d.settle(lock); err != nil {
		leave()
		return nil, err
	}
	if err := d.keepSecret(lock); err != nil {
		leave()
		return nil, err
	}
	return leave, nil
}

// unmade is why there is no folder: a wrong flag, but for what may be another time.
func unmade(err error) error {
	said := fmt.Errorf("--data: %w: name a folder that can be made and written", err)
	for _, passing := range []error{unix.ENOSPC, unix.EDQUOT, unix.EMFILE, unix.ENFILE, unix.EIO} {
		if errors.Is(err, passing) {
			return exit.With(exit.Unavailable, said)
		}
	}
	return said
}

// settle reads the cluster's name and size, or draws the name and makes both durable before
// a node writes anything under them.
func (d *development) settle(folder *os.File) error {
	path := filepath.Join(d.Dir, fileName)
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return d.found(folder, path)
	case err != nil:
		return exit.With(exit.Unavailable, fmt.Errorf("--data: %w", err))
	}
	var known description
	if err := json.Unmarshal(text, &known); err != nil || known.Cluster == "" {
		return fmt.Errorf("--data %s: %s is not what dev wrote: give another folder", d.Dir, fileName)
	}
	if known.Nodes != d.nodes {
		return fmt.Errorf("--data %s is a cluster of %d nodes, not %d: start it with --nodes %d, or give another folder; "+
			"a cluster can't grow or shrink yet", d.Dir, known.Nodes, d.nodes, known.Nodes)
	}
	d.Name = known.Cluster
	return nil
}

// keepSecret makes the nodes' secret where there is none yet.
func (d *development) keepSecret(folder *os.File) error {
	d.Secret = filepath.Join(d.Dir, local.SecretFile)
	if _, err := os.Stat(d.Secret); !errors.Is(err, os.ErrNotExist) {
		return nil // the nodes say what is wrong with it
	}
	if err := writeWhole(folder, d.Secret, node.NewSecret().Text()); err != nil {
		return exit.With(exit.Unavailable, fmt.Errorf("--data: %w", err))
	}
	return nil
}

// found writes a new description.
func (d *development) found(folder *os.File, path string) error {
	if logs, _ := filepath.Glob(filepath.Join(d.Dir, "*", "*.wal")); len(logs) > 0 {
		return fmt.Errorf("--data %s holds logs and no %s: they are not of dev: give another folder", d.Dir, fileName)
	}
	d.Name = "dev-" + rand.Text()
	text, err := json.Marshal(description{d.Name, d.nodes})
	if err == nil {
		err = writeWhole(folder, path, append(text, '\n'))
	}
	if err != nil {
		return exit.With(exit.Unavailable, fmt.Errorf("--data: %w", err))
	}
	return nil
}

// writeWhole writes a file of the folder so that a crash leaves all of it or none.
func writeWhole(folder *os.File, path string, text []byte) error {
	if err := writeSynced(path+".tmp", text); err != nil {
		return err
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return err
	}
	return folder.Sync()
}

func writeSynced(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}
