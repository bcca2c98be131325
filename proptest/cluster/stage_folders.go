package cluster

import "github.com/eventstreamcore/semel/proptest/workload"

// Join is of workload.Cluster. No plan of these runs has another member join.
func (s *stage) Join(int, bool, workload.Stage) workload.Effect { return nil }

// Leave is of workload.Cluster.
func (s *stage) Leave(int) workload.Effect { return nil }

// Replace is of workload.Cluster.
func (s *stage) Replace(int) workload.Effect { return nil }

// Wipe is of workload.Cluster.
func (s *stage) Wipe(int) workload.Effect { return nil }
