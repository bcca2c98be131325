package node

// Goal: what a disk's syncs took of late is told, and nothing else of it is. Method: a story in times that the test says.

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// SyncTimesTell wants each of these told.
func SyncTimesTell() error {
	var s syncTimes
	now := time.Unix(1_000_000, 0)
	sync := func(n int, took time.Duration) {
		for range n {
			s.begin(now)
			now = now.Add(took)
			s.end(now)
		}
	}
	for _, step := range []struct {
		do   func()
		want DiskStatus
	}{
		{func() {}, DiskStatus{State: DiskOK}},
		{func() { sync(10, time.Millisecond) }, DiskStatus{State: DiskOK, Syncs: 10, Median: time.Millisecond, Longest: time.Millisecond}},
		{func() { sync(1, SlowestSync) }, DiskStatus{State: DiskSlow, Syncs: 11, Median: time.Millisecond, Longest: SlowestSync}},
		{func() { sync(lateSyncs, 2*time.Millisecond) }, DiskStatus{State: DiskOK, Syncs: lateSyncs, Median: 2 * time.Millisecond, Longest: 2 * time.Millisecond}},
		{func() { now = now.Add(lateFor); sync(3, SlowSync) }, DiskStatus{State: DiskSlow, Syncs: 3, Median: SlowSync, Longest: SlowSync}},
		{func() { now = now.Add(lateFor + 1); s.begin(now) }, DiskStatus{State: DiskOK}},
		{func() { now = now.Add(SlowestSync) }, DiskStatus{State: DiskSlow, Running: SlowestSync}},
		{func() { now = now.Add(HungSync - SlowestSync) }, DiskStatus{State: DiskHangs, Running: HungSync}},
	} {
		step.do()
		if told := s.status(now); told != step.want {
			return fmt.Errorf("told %+v, want %+v", told, step.want)
		}
	}
	return nil
}

func TestWhatSyncsTookOfLateIsTold(t *testing.T) { require.NoError(t, SyncTimesTell()) }
