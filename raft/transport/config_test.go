package transport

// Goal: a configuration that can't work is refused with the field's name; pauses grow as documented. Method: tables.

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

func TestAConfigurationThatCannotWorkIsRefused(t *testing.T) {
	for _, row := range []struct {
		field string
		spoil func(*Config)
	}{
		{"Cluster", func(c *Config) { c.Cluster = [16]byte{} }},
		{"Node", func(c *Config) { c.Node = 0 }},
		{"Node", func(c *Config) { c.Node = 64 }},
		{"Incarnation", func(c *Config) { c.Incarnation = 0 }},
		{"Advertised", func(c *Config) { c.Advertised = make([]byte, 1025) }},
		{"Secret", func(c *Config) { c.Secret = Secret{} }},
		{"Handler", func(c *Config) { c.Handler = nil }},
		{"Listen", func(c *Config) { c.Listen = "" }},
		{"Peers", func(c *Config) { c.Peers[1] = "127.0.0.1:1" }},
		{"Peers", func(c *Config) { c.Peers[0] = "127.0.0.1:1" }},
		{"Peers", func(c *Config) { c.Peers[64] = "127.0.0.1:1" }},
		{"Peers", func(c *Config) { c.Peers[255] = "127.0.0.1:1" }},
		{"Peers", func(c *Config) { c.Peers[2] = "" }},
		{"QueueMessages", func(c *Config) { c.QueueMessages = -1 }},
		{"QueueMessages", func(c *Config) { c.QueueMessages = 1<<20 + 1 }},
		{"QueueBytes", func(c *Config) { c.QueueBytes = 1<<30 + 1 }},
		{"OpenCalls", func(c *Config) { c.OpenCalls = 1<<20 + 1 }},
		{"DialTimeout", func(c *Config) { c.DialTimeout = -1 }},
		{"BackOffMin", func(c *Config) { c.BackOffMin = -1 }},
		{"BackOffMax", func(c *Config) { c.BackOffMax = c.BackOffMin - 1 }},
		{"AskTime", func(c *Config) { c.AskTime = -1 }},
		{"Pulse", func(c *Config) { c.Pulse = -1 }},
		{"Silence", func(c *Config) { c.Silence = 2*c.Pulse - 1 }},
	} {
		cfg := testConfig(1, map[protocol.NodeID]string{2: "127.0.0.1:1"})
		cfg.Handler = newTestHandler()
		require.NoError(t, cfg.withDefaults().validate())
		row.spoil(&cfg)
		_, err := Start(cfg)
		var wrong *ConfigError
		require.ErrorAs(t, err, &wrong)
		require.Equal(t, row.field, wrong.Field)
		require.ErrorContains(t, err, row.field)
	}
}

func TestStartSaysThatTheAddressIsTaken(t *testing.T) {
	cfg := testConfig(1, nil)
	cfg.Handler, cfg.Listen = newTestHandler(), reserve(t).Addr().String()
	_, err := Start(cfg)
	require.ErrorContains(t, err, "listen for peers")
}

func TestPausesDoubleUpToTheLongest(t *testing.T) {
	const least, most = 10 * time.Millisecond, 65 * time.Millisecond
	b := backOff{least: least, most: most, random: rand.New(rand.NewPCG(1, 2))}
	for range 100 {
		for _, pause := range []time.Duration{0, least, 2 * least, 4 * least, most, most} {
			got := b.next()
			require.LessOrEqual(t, got, pause)
			require.GreaterOrEqual(t, got, pause/2)
		}
		b.succeeded()
		require.GreaterOrEqual(t, b.after(&RefusedError{}), most/2)
		require.GreaterOrEqual(t, b.after(badFrame("nothing")), most/2)
		b.succeeded()
		require.Zero(t, b.after(errTest))
		b.succeeded()
	}
}

func TestPausesFollowTheSeed(t *testing.T) {
	pauses := func(seed uint64, node, peer protocol.NodeID) (all []time.Duration) {
		tr := Transport{cfg: Config{Seed: seed, Identity: Identity{Node: node}}}
		b := backOff{least: time.Millisecond, most: time.Second, random: tr.random(peer, kindCalls)}
		for range 10 {
			all = append(all, b.next())
		}
		return all
	}
	first := pauses(1, 1, 2)
	require.Equal(t, first, pauses(1, 1, 2))
	require.NotEqual(t, first, pauses(2, 1, 2))
	require.NotEqual(t, first, pauses(1, 2, 1))
}

func TestNewsIsSaidOnce(t *testing.T) {
	var n news
	says := func(text string) bool {
		first, _ := n.first(text)
		return first
	}
	require.True(t, says("a"))
	require.False(t, says("a"))
	n.forget()
	require.True(t, says("a"))
}

// TestStrangersCannotFillTheLog: each text is another, and they come faster than the log takes them.
func TestStrangersCannotFillTheLog(t *testing.T) {
	require.Empty(t, fillTheLog())
}

// fillTheLog says a thousand different things at one moment and one in a while, and returns what is wrong with what was said.
func fillTheLog() string {
	var n news
	n.since = time.Now().Add(time.Hour) // no time passes
	said := 0
	for k := range 1000 {
		if first, _ := n.first(fmt.Sprint("nonsense ", k)); first {
			said++
		}
	}
	if said != newsBurst || len(n.said) > mostSaid {
		return fmt.Sprintf("%d texts were said, %d are remembered", said, len(n.said))
	}
	n.since = time.Now().Add(-newsEvery)
	first, unsaid := n.first("one more")
	if !first || unsaid != uint64(1000-said) {
		return fmt.Sprintf("of the one behind: %v, %d were not said", first, unsaid)
	}
	return ""
}
