package transport

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net"
	"sync/atomic"
	"time"
)

// The proof: TLS 1.3, in which each side shows a certificate with the key that all nodes have, and signs the
// handshake with it. Nothing else about a certificate is looked at: names, times and issuers would say nothing, since
// who has the key can write any.

// ErrStranger is wrapped by what ends a connection whose other side did not prove that it has the cluster's secret.
var ErrStranger = errors.New("the other side has not proved that it has this cluster's secret")

// errUnproven: it has said nothing that proves or refutes it.
var errUnproven = fmt.Errorf("%w in time", ErrStranger)

// proof is how a node shows that it has the secret, and whom it believes.
type proof struct {
	accepted []ed25519.PublicKey // the node's own; a second one would be that of a secret which replaces it
	config   *tls.Config         // of both sides
}

func newProof(s Secret) (*proof, error) {
	key := s.nodeKey()
	certificate, err := certify(key)
	if err != nil {
		return nil, fmt.Errorf("certify the key of the nodes: %w", err)
	}
	p := &proof{accepted: []ed25519.PublicKey{key.Public().(ed25519.PublicKey)}}
	p.config = &tls.Config{
		MinVersion: tls.VersionTLS13, MaxVersion: tls.VersionTLS13,
		Certificates: []tls.Certificate{certificate},
		ClientAuth:   tls.RequireAnyClientCert, InsecureSkipVerify: true, // verify takes the place of both
		VerifyConnection:            p.verify,
		SessionTicketsDisabled:      true, // each connection has a proof of its own, and nothing is sent before it
		DynamicRecordSizingDisabled: true,
	}
	return p, nil
}

// certify returns a certificate of the key that says nothing but the key, and is the same each time.
func certify(key ed25519.PrivateKey) (tls.Certificate, error) {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// verify is called by both sides when the other one has shown its certificate; that it has the key to it is proved by
// its signature, which package tls checks.
func (p *proof) verify(state tls.ConnectionState) error {
	if state.Version != tls.VersionTLS13 || state.DidResume || len(state.PeerCertificates) != 1 {
		return fmt.Errorf("%w: it shows %d certificates", ErrStranger, len(state.PeerCertificates))
	}
	shown, ok := state.PeerCertificates[0].PublicKey.(ed25519.PublicKey)
	if !ok || !isAccepted(p.accepted, shown) {
		return fmt.Errorf("%w: its key is another; give all nodes the same secret file", ErrStranger)
	}
	return nil
}

// sameKey compares in constant time: the keys are public, but nobody has to rely on that.
func sameKey(shown, accepted ed25519.PublicKey) bool {
	return subtle.ConstantTimeCompare(shown, accepted) == 1
}

// secured is a connection on which both sides prove themselves before anything else.
type secured struct {
	*tls.Conn
	below net.Conn
	out   *tally
}

// tally counts the bytes that a connection has taken.
type tally struct {
	net.Conn
	taken atomic.Uint64
}

func (t *tally) Write(b []byte) (int, error) {
	n, err := t.Conn.Write(b)
	t.taken.Add(uint64(n))
	return n, err
}

// recordBytes is the most that TLS puts into one piece.
const recordBytes = 16 << 10

// Write returns how many bytes may have left, which is all where there is no error. Package tls counts whole pieces that were
// written without one; of the piece behind them nobody knows, unless nothing was taken at all.
func (s *secured) Write(b []byte) (int, error) {
	before := s.out.taken.Load()
	n, err := s.Conn.Write(b)
	if err != nil && s.out.taken.Load() > before {
		n = min(len(b), n+recordBytes)
	}
	return n, err
}

// Close closes the connection below, at once: a farewell could wait for a peer that does not read.
func (s *secured) Close() error { return s.below.Close() }

// dialler proves this side on a connection that it dialled.
func (p *proof) dialler(below net.Conn) *secured {
	out := &tally{Conn: below}
	return &secured{tls.Client(out, p.config), below, out}
}

// acceptor proves this side on a connection that it accepted.
func (p *proof) acceptor(below net.Conn) *secured {
	out := &tally{Conn: below}
	return &secured{tls.Server(out, p.config), below, out}
}

// prove returns when the other side has proved itself: of an acceptor all that it has to, of a dialler all that can be
// known before the acceptor's first word. The connection's deadline bounds it.
func (s *secured) prove() error {
	err := s.Handshake()
	if err == nil || errors.Is(err, ErrStranger) {
		return err
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return errUnproven
	}
	return fmt.Errorf("%w: %w", ErrStranger, err)
}

// dismissed makes of an alert with which the other side ended the handshake, when ours was over, what it means.
func dismissed(err error) error {
	op, ok := errors.AsType[*net.OpError](err)
	if ok && op.Op == "remote error" {
		return fmt.Errorf("%w, and says so of us (%w): give all nodes the same secret file", ErrStranger, op.Err)
	}
	return err
}

// Client returns c, once dialled, as a node's side of it that has the secret; the handshake comes with the first Read or
// Write. For tests that stand between nodes.
func (s Secret) Client(c net.Conn) (net.Conn, error) {
	p, err := newProof(s)
	if err != nil {
		return nil, err
	}
	return p.dialler(c), nil
}

// Server is Client for a connection that was accepted.
func (s Secret) Server(c net.Conn) (net.Conn, error) {
	p, err := newProof(s)
	if err != nil {
		return nil, err
	}
	return p.acceptor(c), nil
}
