package node

// Goal: what is sent of snapshots is bounded in a second, whoever asks how often; and one who asks greedily gets no more than one who waits as
// long as it is told. Method: virtual time.

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
)

// served counts what a greedy node, which asks every 100 µs, and polite ones, which wait as they are told, get in ten seconds of a megabyte in
// each.
func served(polite int) (greedy, others int) {
	p := ration{rate: 1 << 20}
	start := time.Unix(1, 0)
	const piece = 64 << 10
	again := make([]time.Time, polite)
	for now := start; now.Sub(start) < 10*time.Second; now = now.Add(100 * time.Microsecond) {
		if p.wait(1, now) == 0 {
			p.spend(piece, now)
			greedy += piece
		}
		for k := range again {
			if now.Before(again[k]) {
				continue
			}
			if left := p.wait(protocol.NodeID(2+k), now); left > 0 {
				again[k] = now.Add(left)
			} else {
				p.spend(piece, now)
				others += piece
			}
		}
	}
	return greedy, others
}

func rationed() error {
	for polite := range 4 {
		greedy, others := served(polite)
		if all := greedy + others; all > 11<<20 || all < 9<<20 {
			return fmt.Errorf("with %d others %d bytes were sent in 10 s, the rate is 1 MiB/s", polite, all)
		}
		if polite > 0 && others < polite*greedy*8/10 {
			return fmt.Errorf("%d polite nodes got %d bytes, a greedy one %d", polite, others, greedy)
		}
	}
	return nil
}

// Rationed is for mutants.
var Rationed = rationed

func TestSnapshotsAreSentAtARateAndInTurn(t *testing.T) { require.NoError(t, rationed()) }

// Nobody waits for who was put off and does not come again.
func TestWhoDoesNotComeAgainLosesItsTurn(t *testing.T) {
	p, now := ration{rate: 1 << 20}, time.Unix(1, 0)
	require.Zero(t, p.wait(1, now))
	p.spend(1<<10, now)
	require.Positive(t, p.wait(2, now), "it never comes again")
	require.Equal(t, busyPause, p.wait(1, now.Add(10*time.Millisecond)))
	require.Zero(t, p.wait(1, now.Add(patience)))
}

// At the lowest rate a piece is paid for before anybody gives up waiting.
func TestThePieceOfALowRateIsSmall(t *testing.T) {
	p := ration{rate: snapshot.DefaultBlockBytes}
	p.spend(p.pieceBytes(), time.Unix(1, 0))
	require.Less(t, p.free.Sub(time.Unix(1, 0)), pieceTime/4)
}

// Of those who ask at the same time two are read for; the others are told to come again, and cost nothing.
func TestTwoPiecesAreReadAtOnce(t *testing.T) {
	jobs := 0
	n := &Node{begin: func(func()) { jobs++ }}
	n.giving = newGiving(1<<30, nil)
	request := pieceRequest{index: 1, term: 1}.encode()
	for range 1000 {
		n.give(1, request, func(b []byte) {
			_, again, err := parsePiece(b)
			require.NoError(t, err)
			require.Positive(t, again)
		})
	}
	require.Equal(t, readsAtOnce, jobs)
}

func TestARequestForAPieceIsReadAsItWasWritten(t *testing.T) {
	r := pieceRequest{index: 1 << 40, term: 1 << 50, offset: 1 << 60}
	back, err := parsePieceRequest(r.encode())
	require.NoError(t, err)
	require.Equal(t, r, back)
	for _, wrong := range [][]byte{nil, r.encode()[1:], append(r.encode(), 0), pieceRequest{offset: -1}.encode(), append([]byte{9}, r.encode()[1:]...)} {
		_, err := parsePieceRequest(wrong)
		require.ErrorIs(t, err, errSnapshotRequest)
	}
}

func FuzzParsePiece(f *testing.F) {
	f.Add(appendPieceHead(nil))
	f.Add(appendNotHere(nil, errNotGiven))
	f.Add(appendNotNow(nil, time.Second))
	f.Fuzz(func(t *testing.T, b []byte) {
		piece, again, err := parsePiece(b)
		require.Equal(t, err == nil, len(piece) > 0 || again > 0)
		require.LessOrEqual(t, len(piece), pieceOfSnapshot)
		require.LessOrEqual(t, again, longestPause)
	})
}
