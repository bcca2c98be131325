// Goal: a configuration either gets its defaults or is refused with the field to mend.
// Method: a table, at each limit and one past it.

package raft

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

func TestConfigDefaults(t *testing.T) {
	cfg := Config{}.withDefaults()
	require.Equal(t, 10, cfg.ElectionTicks)
	require.Equal(t, 1, cfg.HeartbeatTicks)
	require.Equal(t, 256, cfg.MaxEntriesPerMessage)
	require.Equal(t, 4096, cfg.MaxInflightEntries)
	require.Equal(t, 64, cfg.MaxInflightMessages)
	require.Equal(t, 512<<10, cfg.MaxBytesPerMessage)
	require.Equal(t, 4<<20, cfg.MaxInflightBytes)
	require.Equal(t, 5<<20, Config{MaxBytesPerMessage: 5 << 20}.withDefaults().MaxInflightBytes)
	require.Equal(t, 5000, Config{MaxEntriesPerMessage: 5000}.withDefaults().MaxInflightEntries)

	given := Config{ID: 1, Servers: 2, Seed: 3, ElectionTicks: 4, HeartbeatTicks: 2,
		MaxEntriesPerMessage: 5, MaxInflightEntries: 6, MaxInflightMessages: 7, MaxBytesPerMessage: 8, MaxInflightBytes: 9}
	require.Equal(t, given, given.withDefaults())
}

func TestConfigRanges(t *testing.T) {
	for _, c := range []struct {
		field string // that is refused; "" for none
		alter func(c *Config)
	}{
		{"", func(*Config) {}},
		{"Servers", func(c *Config) { c.Servers = 0 }},
		{"Servers", func(c *Config) { c.Servers = c.Servers.With(protocol.Nil) }},
		{"ID", func(c *Config) { c.ID = protocol.Nil }},
		{"ID", func(c *Config) { c.ID = 4 }},
		{"ID", func(c *Config) { c.ID = 65 }},
		{"", func(c *Config) { c.ID, c.Servers = 63, protocol.Nodes(63) }},
		{"HeartbeatTicks", func(c *Config) { c.HeartbeatTicks = -1 }},
		{"", func(c *Config) { c.HeartbeatTicks = 9 }},
		{"ElectionTicks", func(c *Config) { c.HeartbeatTicks = 10 }},
		{"ElectionTicks", func(c *Config) { c.ElectionTicks = 1 }},
		{"", func(c *Config) { c.ElectionTicks = 2 }},
		{"", func(c *Config) { c.ElectionTicks = 1 << 29 }},
		{"ElectionTicks", func(c *Config) { c.ElectionTicks = 1<<29 + 1 }},
		{"MaxEntriesPerMessage", func(c *Config) { c.MaxEntriesPerMessage = -1 }},
		{"", func(c *Config) { c.MaxEntriesPerMessage = 1 << 16 }},
		{"MaxEntriesPerMessage", func(c *Config) { c.MaxEntriesPerMessage = 1<<16 + 1 }},
		{"MaxInflightEntries", func(c *Config) { c.MaxInflightEntries = 255 }},
		{"", func(c *Config) { c.MaxInflightEntries = 256 }},
		{"MaxInflightMessages", func(c *Config) { c.MaxInflightMessages = -1 }},
		{"MaxInflightMessages", func(c *Config) { c.MaxInflightMessages = 1<<16 + 1 }},
		{"MaxBytesPerMessage", func(c *Config) { c.MaxBytesPerMessage = -1 }},
		{"MaxBytesPerMessage", func(c *Config) { c.MaxBytesPerMessage = 1<<29 + 1 }},
		{"MaxInflightBytes", func(c *Config) { c.MaxInflightBytes = 512<<10 - 1 }},
		{"", func(c *Config) { c.MaxInflightBytes = 512 << 10 }},
	} {
		cfg := Config{ID: 1, Servers: protocol.Nodes(1, 2, 3)}
		c.alter(&cfg)
		r, err := New(cfg, protocol.HardState{}, 0)
		if c.field == "" {
			require.NoError(t, err)
			continue
		}
		require.Nil(t, r)
		var refused *ConfigError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, c.field, refused.Field)
		require.Contains(t, err.Error(), "raft configuration: "+c.field+" is ")
	}
}

// splitmix64's published first numbers for the seed 1234567: the generator is the same on
// every machine and in every version, so that a seed keeps its meaning.
func TestRandomIsSplitmix64(t *testing.T) {
	s := random(1234567)
	for _, want := range []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423} {
		require.Equal(t, want, s.next())
	}
}
