package http

// Goal: clients that send nothing but long bodies leave processors to others. Method: all turns are taken, in virtual time.

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

func TestLongBodiesAreReadInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{}) // nothing is asked of a service
		for range cap(d.long) {
			d.long <- struct{}{}
		}
		body := []byte(`{"key":"k","owner":"o"}`)
		require.NoError(t, d.decodeInTurn(body, new(claimRequest)), "a short one does not wait")
		read := make(chan error, 1)
		go func() { read <- d.decodeInTurn(append(body, strings.Repeat(" ", longBody)...), new(claimRequest)) }()
		synctest.Wait()
		require.Empty(t, read, "a long one does")
		<-d.long
		require.NoError(t, <-read)
		require.Len(t, d.long, cap(d.long)-1, "its turn is over")
	})
}
