package transport

// Goal: TLS with certificates of both sides works through Listener and Dial, and keeps out who has none.
// Method: a certificate made for the test.

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// mutualTLS is the configuration of both sides, for a certificate that signs itself.
func mutualTLS(t *testing.T) *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(certificate)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		RootCAs: pool, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert}
}

func TestPeersTalkTLS(t *testing.T) {
	mutual := mutualTLS(t)
	one, two := pair(t, func(c *Config) {
		c.Listener = tls.NewListener(c.Listener, mutual)
		c.Dial = (&tls.Dialer{Config: mutual}).DialContext
	})
	got := sendUntilReceived(t, one, two, withEntries(1, 2, 1, []byte("in secret")))
	require.Equal(t, "in secret", string(got.Payload))
	response, err := two.Call(1, []byte("echo"), time.Now().Add(soon))
	require.NoError(t, err)
	require.Equal(t, "echo", string(response))

	cfg := testConfig(2, map[protocol.NodeID]string{1: one.Addr().String()})
	plain := start(t, cfg)
	require.Eventually(t, func() bool { return plain.Peers()[0].Messages.LastError != "" }, soon, tick)
	require.False(t, plain.Send(heartbeat(2, 1, 1)))
	require.Eventually(t, func() bool { return one.log.has("first record does not look like a TLS handshake") }, soon, tick)
}
