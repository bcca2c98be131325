package client_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http/httptest"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/client"
	"github.com/eventstreamcore/semel/dedup/server/http"
)

// A consumer of a stream handles each event once, however many consumers there are.
func ExampleClient_Claim() {
	node := httptest.NewServer(http.New(http.Config{Service: newAlone()}))
	defer node.Close()
	nodes, err := client.New(client.Config{Nodes: []string{node.Listener.Addr().String()}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer nodes.Close()
	for _, event := range []string{"paid-1", "paid-2", "paid-1"} {
		a, err := nodes.Claim(context.Background(), client.Claim{Record: client.Record{Key: []byte(event)}, Owner: rand.Text()})
		switch {
		case err != nil:
			fmt.Println(err)
		case a.Outcome == dedup.Won:
			fmt.Println("handle", event)
		default:
			fmt.Println("skip", event)
		}
	}
	// Output:
	// handle paid-1
	// handle paid-2
	// skip paid-1
}

// Many claims are one call.
func ExampleClient_ClaimBatch() {
	node := httptest.NewServer(http.New(http.Config{Service: newAlone()}))
	defer node.Close()
	nodes, err := client.New(client.Config{Nodes: []string{node.Listener.Addr().String()}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer nodes.Close()
	var batch client.Batch
	for _, event := range []string{"paid-1", "paid-2", "paid-1"} {
		batch.Add(&client.Claim{Record: client.Record{Key: []byte(event)}, Owner: rand.Text()})
	}
	answers, err := nodes.ClaimBatch(context.Background(), &batch)
	fmt.Println(len(answers), err)
	for _, a := range answers {
		fmt.Println(a.Outcome)
	}
	// Output:
	// 3 <nil>
	// WON
	// WON
	// DUPLICATE
}
