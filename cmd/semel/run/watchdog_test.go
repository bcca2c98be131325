//go:build unix

package run

// Goal: the watchdog kills what it was told last when the time is over or its master is gone, and else nothing.

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func watched(from io.Reader) (killed []int) {
	Watch(from, func(target int) { killed = append(killed, target) })
	return killed
}

func TestAWatchdogWhoseMasterIsGoneKills(t *testing.T) {
	require.Equal(t, []int{-42}, watched(strings.NewReader("-42 3600000\n")))
	require.Equal(t, []int{-42}, watched(strings.NewReader("-42 3600000\n-42 7200000\n")))
	require.Equal(t, []int{-42}, watched(strings.NewReader("-42 3600000\ngarbage\n")), "what it can't read is no master")
	require.Empty(t, watched(strings.NewReader("")), "there is no command yet")
}

func TestAWatchdogThatIsDismissedKillsNothing(t *testing.T) {
	require.Empty(t, watched(strings.NewReader("-42 3600000\n"+dismissal+"\n")))
}

func TestAWatchdogKillsWhenTheTimeIsOver(t *testing.T) {
	from, to := io.Pipe()
	killed := make(chan int)
	go Watch(from, func(target int) { killed <- target })
	_, err := io.WriteString(to, "-42 1\n")
	require.NoError(t, err)
	require.Equal(t, -42, <-killed)
	require.NoError(t, to.Close())
	select {
	case again := <-killed:
		require.Fail(t, "killed again", "%d", again)
	default:
	}
}
