package wal_test

import (
	"fmt"
	"os"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

func Example() {
	dir, err := os.MkdirTemp("", "wal")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	cfg := wal.Config{Dir: dir, Node: 1, SegmentBytes: 4096}
	log, _, err := wal.Open(cfg)
	if err != nil {
		panic(err)
	}
	vote := wal.Record{Mark: 1, Term: 1, Vote: 1}
	claim := wal.Record{Mark: 2, Term: 1, Vote: 1, Log: true, Prev: 0, Entries: []wal.Entry{
		{Term: 1, Value: protocol.Command, Payload: []byte("claim k")},
	}}
	for _, r := range []wal.Record{vote, claim} {
		if err := log.Append(&r); err != nil {
			panic(err)
		}
	}
	mark, err := log.Sync()
	fmt.Println("durable up to mark", mark, err)
	fmt.Println(log.Close())

	log, recovered, err := wal.Open(cfg)
	if err != nil {
		panic(err)
	}
	e, err := log.Read(1, nil)
	fmt.Printf("term %d vote %d, entry 1 is %q %v\n", recovered.State.Term, recovered.State.Vote, e.Payload, err)
	fmt.Println(log.Close())
	// Output:
	// durable up to mark 2 <nil>
	// <nil>
	// term 1 vote 1, entry 1 is "claim k" <nil>
	// <nil>
}

func ExampleDump() {
	fs := crashfs.New(0)
	log, _, err := wal.Open(wal.Config{FS: fs, Node: 1, Incarnation: 7, StartID: 9, SegmentBytes: 4096})
	if err != nil {
		panic(err)
	}
	secret := wal.Entry{Term: 1, Value: protocol.NoOp, Payload: []byte("bootstrap with the secret")}
	if err := log.Append(&wal.Record{Mark: 1, Term: 1, Vote: 1, Log: true, Entries: []wal.Entry{secret}}); err != nil {
		panic(err)
	}
	if _, err := log.Sync(); err != nil {
		panic(err)
	}
	fmt.Println(wal.Dump(os.Stdout, "", wal.DumpOptions{FS: fs, Describe: func(_ protocol.Index, e wal.Entry) string {
		return string(e.Payload[:9]) // what is secret is left out
	}}))
	// Output:
	// cluster 00000000000000000000000000000000  node 1  incarnation 0000000000000007  format 5
	// start 1  id 0000000000000009
	// 0000000000000001.wal  4096 bytes
	//        512  mark 1 (synced 0)  term 1  vote 1  committed to 0  entries kept to 0, 1 more
	//             1  term 1  no-op  bootstrap
	// end at offset 632 of 0000000000000001.wal: mark 1, mark 0 was synced for sure, last index 1
	// <nil>
}

func ExampleLog_Reclaim() {
	log, _, err := wal.Open(wal.Config{FS: crashfs.New(0), Node: 1, SegmentBytes: 4096})
	if err != nil {
		panic(err)
	}
	for i := range protocol.Index(10) {
		claim := wal.Entry{Term: 1, Value: protocol.Command, Payload: make([]byte, 3000)}
		if err := log.Append(&wal.Record{Mark: uint64(i) + 1, Term: 1, Log: true, Prev: i, Entries: []wal.Entry{claim}}); err != nil {
			panic(err)
		}
		if _, err := log.Sync(); err != nil {
			panic(err)
		}
		if err := log.Preallocate(); err != nil {
			panic(err)
		}
	}
	// A snapshot of the first eight entries is on the disk: they may go.
	if err := log.Append(&wal.Record{Mark: 11, Term: 1, Commit: 8, Base: 8, BaseTerm: 1}); err != nil {
		panic(err)
	}
	if _, err := log.Sync(); err != nil {
		panic(err)
	}
	fmt.Println("before:", log.Room().Used, "bytes, of which", log.Room().Covered, "are not needed")
	fmt.Println(log.Reclaim())
	_, err = log.Read(8, nil)
	fmt.Println("after:", log.Room().Used, "bytes;", err)
	// Output:
	// before: 40592 bytes, of which 32768 are not needed
	// <nil>
	// after: 7824 bytes; read entry 8: the entry is below the log's base: the log begins behind 8 and ends at 10
}
