// Package secret makes and reads the file by which the nodes of a cluster know one another.
package secret

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/raft/node"
)

const help = `The nodes of a cluster prove to one another that they have the same secret, before anything else is
said; whoever has not got it is told nothing at their port. Make one for each cluster, on one machine,
copy the file to the others so that nobody else can read it (scp -p keeps its mode), and name it to
each node:

  semel secret /etc/semel/peer.secret
  semel serve --peer-secret /etc/semel/peer.secret ...

A file that is there is never overwritten. Who has the file is a node of the cluster, and can do to it
what it likes: keep it as you keep a private key. To change the secret stop all nodes, give all of them
the new file, and start them.

Exit codes:
  0  the file is there, on the disk, with a new secret
  2  usage, or there is a file already
  4  it could not be written`

// Command is `semel secret`.
func Command() *cobra.Command {
	return &cobra.Command{
		Use: "secret FILE", Short: "Make the secret by which the nodes of a cluster know one another", Long: help, Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return Make(args[0]) },
	}
}

// Make writes a new secret to a file that is not there yet. When it returns the file is durable, and only its
// owner can read it.
func Make(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, os.ErrExist):
		return fmt.Errorf("%s is there already and is not overwritten: name a new file, or use that one", path)
	case err != nil:
		return exit.With(exit.Unavailable, fmt.Errorf("make a secret: %w: name a file in a folder that is there and can be written", err))
	}
	_, err = f.Write(node.NewSecret().Text())
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		return exit.With(exit.Unavailable, fmt.Errorf("make a secret: %w", errors.Join(err, os.Remove(path))))
	}
	return nil
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// mostSecretFile is more than a file with a secret has.
const mostSecretFile = 4 << 10

// Read reads the secret of a file that nobody but its owner can read. Its errors don't repeat what is in it, nor the
// name where that is a secret.
func Read(path string) (node.Secret, error) {
	const makeOne = "make one with `semel secret FILE` on one machine, and copy that file to the others"
	if _, err := node.ParseSecret([]byte(path)); err == nil {
		return node.Secret{}, errors.New("--peer-secret is a secret itself: want the name of the file that holds it; and make another one, since this one may have been seen")
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return node.Secret{}, fmt.Errorf("--peer-secret: %s is not there: %s", path, makeOne)
	}
	if err != nil {
		return node.Secret{}, fmt.Errorf("--peer-secret: %w: want a file that this user can read", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
		return node.Secret{}, fmt.Errorf("--peer-secret: others than its owner can read or write %s (mode %04o): `chmod 600 %s`, and make another secret if somebody may have read it",
			path, info.Mode().Perm(), path)
	}
	var text []byte
	if err == nil {
		text, err = io.ReadAll(io.LimitReader(f, mostSecretFile))
	}
	if err != nil {
		return node.Secret{}, fmt.Errorf("--peer-secret: %w: want a file with a secret: %s", err, makeOne)
	}
	parsed, err := node.ParseSecret(text)
	if err != nil {
		return node.Secret{}, fmt.Errorf("--peer-secret: %s: %w: %s", path, err, makeOne)
	}
	return parsed, nil
}
