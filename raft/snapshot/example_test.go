package snapshot_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

func Example() {
	dir, err := os.MkdirTemp("", "snapshots")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	store, err := snapshot.Open(snapshot.Config{Dir: dir, Cluster: [16]byte{1}})
	if err != nil {
		panic(err)
	}
	defer store.Close()
	w, err := store.Create(1000, 3, 1_700_000_000_000_000_000)
	if err != nil {
		panic(err)
	}
	defer w.Abort() // does nothing after Commit
	if _, err := io.WriteString(w, "all that was applied up to entry 1000"); err != nil {
		panic(err)
	}
	h, err := w.Commit()
	fmt.Printf("index %d, term %d, %d bytes, digest %x… %v\n", h.Index, h.Term, h.BodyBytes, h.Digest[:4], err)

	r, err := store.Load(1000)
	if err != nil {
		panic(err)
	}
	defer r.Close()
	body, err := io.ReadAll(r) // before it returns nothing of the body may be believed
	fmt.Printf("%q %v\n", body, err)
	// Output:
	// index 1000, term 3, 37 bytes, digest 73f72025… <nil>
	// "all that was applied up to entry 1000" <nil>
}

// A snapshot travels block by block; a connection that breaks costs what was on its way.
func ExampleStore_Receive() {
	open := func() *snapshot.Store {
		store, err := snapshot.Open(snapshot.Config{FS: crashfs.New(1), Cluster: [16]byte{1}})
		if err != nil {
			panic(err)
		}
		return store
	}
	there, here := open(), open()
	w, _ := there.Create(1000, 3, 17)
	_, _ = w.Write(make([]byte, 200_000))
	_, _ = w.Commit()

	src, err := there.Source(1000)
	if err != nil {
		panic(err)
	}
	in, err := here.Receive(context.Background(), src.Header().Encode())
	if err != nil {
		panic(err)
	}
	chunk := make([]byte, 70_000)
	for {
		n, err := src.ReadBlocks(chunk, in.Offset())
		if errors.Is(err, io.EOF) {
			break
		}
		fmt.Println(n, "bytes from", in.Offset(), err, in.Append(chunk[:n], in.Offset()))
	}
	fmt.Println(in.Commit(), len(here.List()))
	fmt.Println(here.Adopt(1000), here.List()[0].Header == there.List()[0].Header) // when it is to count
	// Output:
	// 65536 bytes from 512 <nil> <nil>
	// 65536 bytes from 66048 <nil> <nil>
	// 68944 bytes from 131584 <nil> <nil>
	// <nil> 0
	// <nil> true
}
