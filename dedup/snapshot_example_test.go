package dedup_test

import (
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/dedup"
)

// A machine goes on while it is told; another one is made of what was told.
func ExampleMachine_Snapshot() {
	var results dedup.Results
	m := dedup.New()
	limits := dedup.Bootstrap{CapacityKeys: 100}
	fmt.Println(m.Apply(1, dedup.AppendBootstrap(nil, 0, &limits), &results))

	snapshot, err := m.Snapshot(1 << 20)
	fmt.Println(snapshot.Index(), err)
	fmt.Println(m.Apply(2, dedup.AppendNoOp(nil, 0), &results))

	var loader dedup.Loader
	for {
		piece, err := snapshot.Next(nil)
		if errors.Is(err, dedup.ErrSnapshotEnd) {
			break
		}
		_, err = loader.Write(piece)
		fmt.Println(len(piece) > 0, err)
	}
	loaded, err := loader.Machine()
	fmt.Println(m.AppliedIndex(), loaded.AppliedIndex(), err)
	// Output:
	// <nil>
	// 1 <nil>
	// <nil>
	// true <nil>
	// 2 1 <nil>
}

func ExampleSnapshot_Close() {
	snapshot, err := dedup.New().Snapshot(1 << 20)
	fmt.Println(err)
	snapshot.Close()
	_, err = snapshot.Next(nil)
	fmt.Println(err)
	// Output:
	// <nil>
	// the snapshot was given up
}

func ExampleLoader() {
	var loader dedup.Loader
	for _, b := range dedup.New().AppendState(nil) {
		_, err := loader.Write([]byte{b})
		if err != nil {
			fmt.Println(err)
		}
	}
	m, err := loader.Machine()
	fmt.Println(m.AppliedIndex(), err)
	_, err = loader.Machine()
	fmt.Println(err)
	// Output:
	// 0 <nil>
	// a state that ends after 0 bytes, in front of the records: malformed entry
}
