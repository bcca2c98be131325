package procedures

// Goal and method as in procedures_test.go: what a disk or a clock does to whom it should not. The program is built with the tag weather: its disk and clock are as
// bad as a file says.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
)

func init() {
	procedures["full-disk.sh"], procedures["slow-disk.sh"], procedures["clock-off.sh"] = fullDisk, slowDisk, clockOff
}

func weatherBinary() string {
	return filepath.Join(os.TempDir(), fmt.Sprint("semel-weather-", os.Getpid()))
}

// withWeather is the program that has weather, built once.
var withWeather = sync.OnceValues(func() (string, error) {
	binary := weatherBinary()
	out, err := exec.Command("go", "build", "-tags", "weather", "-o", binary, "github.com/eventstreamcore/semel/cmd/semel").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return binary, nil
})

// file is where a node's weather stands.
func (s *site) file(n *place) string { return filepath.Join(s.dir, fmt.Sprint("weather-", n.id)) }

// weather sets a node's.
func (s *site) weather(t *testing.T, n *place, says string) {
	require.NoError(t, os.WriteFile(s.file(n)+".tmp", []byte(says), 0o600))
	require.NoError(t, os.Rename(s.file(n)+".tmp", s.file(n)))
}

// exposed is three nodes that have weather, which is good.
func exposed(t *testing.T) *site {
	binary, err := withWeather()
	require.NoError(t, err)
	s := reserve(t)
	require.Zero(t, semeltest.Run(t, "", "secret", s.secret).Code)
	for _, n := range s.nodes {
		n.Process = semeltest.Launch(t, exec.Command(binary, "serve", "--id", strconv.Itoa(n.id), "--data", n.dir, "--peer-secret", s.secret, "--peers", s.peers,
			"--http", n.http, "--redis", n.redis), []string{"WEATHER_OF_SEMEL=" + s.file(n)})
	}
	s.wellBe(t)
	return s
}

// says waits until semel status says something.
func (s *site) says(t *testing.T, what string) {
	t.Helper()
	var said string
	require.Eventually(t, func() bool {
		said = semeltest.Run(t, s.all(), "status").Out
		return strings.Contains(said, what)
	}, semeltest.Patience, semeltest.Glance, "%q in %v", what, &said)
}

// fill claims keys with values until a node says that its disk has no room, and returns them.
func (s *site) fill(t *testing.T) (keys []string) {
	value := strings.Repeat("x", 60<<10)
	statuses := map[int]int{}
	require.Eventually(t, func() bool {
		for _, address := range s.https() {
			key := fmt.Sprint("junk-", len(keys))
			body, err := json.Marshal(map[string]string{"key": key, "owner": key, "value": value})
			require.NoError(t, err)
			keys = append(keys, key)
			response, err := http.Post("http://"+address+"/v1/claim", "application/json", bytes.NewReader(body))
			if err != nil {
				continue
			}
			_ = response.Body.Close()
			statuses[response.StatusCode]++
			if response.StatusCode == http.StatusInsufficientStorage {
				return true
			}
		}
		return false
	}, semeltest.Patience, 1, "its disk is never full: %v", statuses)
	return keys
}

// fullDisk fills the disks of two of three, which stops new claims. Then there is room again, and the script is run.
func fullDisk(t *testing.T) {
	s := exposed(t)
	l := begin(t, s.https())
	for _, n := range s.nodes[:2] {
		s.weather(t, n, `{"full":true}`)
	}
	keys := s.fill(t)
	before := l.won.Load()
	s.says(t, "none")
	for _, n := range s.nodes[:2] {
		s.weather(t, n, `{}`)
	}
	file := filepath.Join(s.dir, "keys")
	require.NoError(t, os.WriteFile(file, []byte(strings.Join(keys, "\n")+"\n"), 0o600))
	said := run(t, "full-disk.sh", "SEMEL_NODES="+s.all(), "KEYS="+file, "CAPACITY=1000000")
	require.Contains(t, said, "quorum: 3 of 3", said)
	l.judge(t)
	require.Greater(t, l.won.Load(), before)
}

// slowDisk has the leader's disk take a second for each sync.
func slowDisk(t *testing.T) {
	s := exposed(t)
	l := begin(t, s.https())
	leads, other := s.leader(t)
	s.weather(t, leads, `{"sync_ms":1000}`)
	s.says(t, "slow")
	run(t, "slow-disk.sh", "SEMEL_NODES="+s.all(), "OTHER="+strconv.Itoa(other.id))
	l.judge(t)
	s.weather(t, leads, `{}`)
}

// clockOff has the leader's clocks run fast, and be ahead.
func clockOff(t *testing.T) {
	s := exposed(t)
	l := begin(t, s.https())
	leads, other := s.leader(t)
	s.weather(t, leads, `{"rate":4,"wall_ms":3600000}`)
	l.more(t)
	run(t, "clock-off.sh", "SEMEL_NODES="+s.all(), "OTHER="+strconv.Itoa(other.id))
	l.more(t)
	s.weather(t, leads, `{}`)
	l.judge(t)
}
