---------------------------- MODULE RaftSnapshot -----------------------------
(* Logs that end: what is committed need not be kept as a log, and who lacks *)
(* it is sent a snapshot (section 7).                                        *)
(*                                                                           *)
(* A snapshot stands for the entries up to its last one.  Here they stay in  *)
(* the log, and the message has them, so that all that is said of logs is    *)
(* said of the whole of them; but no action asks for what is below           *)
(* snapshotIndex, except for the term and the configuration at it.  When to  *)
(* take one is policy, and the host's are the bytes.                         *)
(* Twin: raft/protocol/snapshot.go.                                          *)
EXTENDS RaftReplication

\* Node i has a snapshot of its entries up to k and forgets them.  A candidate waits: the
\* last it wrote is its vote.
Compact(i, k) ==
  /\ role[i] # "candidate" /\ snapshotIndex[i] < k /\ k <= CompactBound(i)
  /\ snapshotIndex' = [snapshotIndex EXCEPT ![i] = k]
  /\ UNCHANGED <<currentTerm, votedFor, log, role, commitIndex, votesGranted, leaderVars>>
  /\ Output(i, {}, {}, FALSE)

\* Leader i sends j, who lacks what i has forgotten, its snapshot.
SendSnapshot(i, j) ==
  /\ role[i] = "leader" /\ i # j /\ nextIndex[i][j] <= snapshotIndex[i]
  /\ UNCHANGED <<hardVars, role, commitIndex, votesGranted, leaderVars>>
  /\ Output(i, {}, {InstallSnapshot(i, j)}, FALSE)

\* Figure 13, InstallSnapshot RPC, the receiver, once the bytes are there.
RefuseStaleSnapshot(i, m) == RefuseStaleLeader(i, m)

Install(i, m) ==
  /\ Follow(i, m)
  /\ log' = [log EXCEPT ![i] = IF SnapshotNews(i, m) THEN SnapshotLog(i, m) ELSE @]
  /\ snapshotIndex' = [snapshotIndex EXCEPT ![i] = IF SnapshotNews(i, m) THEN m.lastIndex ELSE @]
  /\ commitIndex' = [commitIndex EXCEPT ![i] = NewCommit(i, m.lastIndex)]
  /\ Output(i, {m}, {Acknowledgement(i, m, m.lastIndex)}, AckWaits)

HandleInstallSnapshot(i, m) ==
  /\ m.type = "InstallSnapshot" /\ m.to = i
  /\ RefuseStaleSnapshot(i, m) \/ Install(i, m)
=============================================================================
