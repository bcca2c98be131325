------------------------------ MODULE RaftProof ------------------------------
(* Why RaftProperties hold, for any number of nodes, terms and entries: an   *)
(* invariant, Inv, that Init makes true, that every action keeps, and that   *)
(* implies each of them.  Start with RaftGhosts, then RaftInvariant; here is *)
(* what follows of it.                                                       *)
(*                                                                           *)
(* Read twice: TLC checks Inv in bounded models (MCProof), spec/prove has a  *)
(* solver show each action times each conjunct, without bounds.              *)
EXTENDS RaftInvariant

-----------------------------------------------------------------------------
(* What follows from Inv alone.                                              *)

ChosenIsChoosable ==
  \A t \in Terms, k \in Indexes : <<t, k>> \in chosen => Own(t, k) /\ Choosable(t, k, choosers[t][k])

\* Who voted for a leader has left the terms before.
WonMeansLeft ==
  \A u \in Terms, a \in Server : u \in elected /\ a \in electors[u] => u <= disk[a].term

LastTermCovers ==
  \A a \in Server, k \in Indexes : 1 <= k /\ k <= Len(log[a]) => log[a][k].term <= LastTerm(log[a])

LaterLastTerm ==
  \A a \in Server, t \in Terms, k \in Indexes, Q \in Quorums :
    Own(t, k) /\ Choosable(t, k, Q) /\ t < LastTerm(log[a]) => Has(log[a], t, k)

SameLastTerm ==
  \A a, c \in Server, k \in Indexes :
    1 <= k /\ k <= Len(log[a]) /\ LastTerm(log[a]) = LastTerm(log[c]) /\ Len(log[a]) <= Len(log[c])
      => log[c][k].term = log[a][k].term

ChosenOnDisk ==
  \A t \in Terms, k \in Indexes, a \in Server :
    <<t, k>> \in chosen /\ a \in choosers[t][k] => Has(disk[a].log, t, k)

CommittedOnDisk ==
  \A a, b \in Server, k \in Indexes :
    LET w == why[a][commitIndex[a]]
    IN commitIndex[a] # 0 /\ b \in choosers[w.term][w.index] =>
         /\ commitIndex[a] <= Len(disk[b].log)
         /\ 1 <= k /\ k <= commitIndex[a] => disk[b].log[k] = leaderLog[w.term][k]

SnapshotWithinLog == \A a \in Server : snapshotIndex[a] <= commitIndex[a] /\ commitIndex[a] <= Len(log[a])

LeaderLogAscends ==
  \A t \in Terms, k, j \in Indexes :
    t \in elected /\ 1 <= j /\ j <= k /\ k <= Len(leaderLog[t]) =>
      leaderLog[t][j].term <= leaderLog[t][k].term

\* What a node knows to be committed stands in the log of its term's leader, and later ones.
CommittedInLeaderLog ==
  \A a \in Server, u \in Terms, k \in Indexes :
    currentTerm[a] <= u /\ u \in elected /\ 1 <= k /\ k <= commitIndex[a] =>
      k <= Len(leaderLog[u]) /\ log[a][k] = leaderLog[u][k]

\* What was chosen agrees, as far as either reaches.
ChosenAgrees ==
  \A t, u \in Terms, k, j, x \in Indexes :
    <<t, k>> \in chosen /\ <<u, j>> \in chosen /\ 1 <= x /\ x <= k /\ x <= j =>
      leaderLog[t][x] = leaderLog[u][x]

\* Who holds what a takes for committed: a quorum, if it is anything.
CommittedHeld ==
  \A a, b \in Server :
    LET w == why[a][commitIndex[a]]
    IN commitIndex[a] = 0 \/ b \in choosers[w.term][w.index] => IsPrefix(Committed(a), disk[b].log)

\* What MCRaft says of what was ever committed and of reads, said of ghosts: EverAgrees,
\* CommittedStays, ReadSeesCommitted.

\* Whatever anybody knows to be committed is what was known there first.
KnownAgrees ==
  \A a \in Server, k \in Indexes :
    1 <= k /\ k <= commitIndex[a] => k <= Len(everKnown) /\ log[a][k] = everKnown[k].entry

\* What was ever known to be committed every later leader has.
KnownStays ==
  \A a \in Server : \A k \in 1..Len(everKnown) :
    role[a] = "leader" /\ everKnown[k].at <= currentTerm[a] =>
      k <= Len(log[a]) /\ log[a][k] = everKnown[k].entry

\* A read that may be answered sees whatever anybody knew to be committed when it came.
ReadSeesKnown ==
  \A i \in Server :
    role[i] = "leader" /\ readID[i] > 0 /\ Confirmers(i) \in Quorum(i) => mustSee[i] <= readIndex[i]

Facts ==
  /\ ChosenIsChoosable
  /\ WonMeansLeft
  /\ LastTermCovers
  /\ LaterLastTerm
  /\ SameLastTerm
  /\ ChosenOnDisk
  /\ CommittedOnDisk
  /\ SnapshotWithinLog
  /\ LeaderLogAscends
  /\ CommittedInLeaderLog
  /\ ChosenAgrees
  /\ CommittedHeld
  /\ KnownAgrees
  /\ KnownStays
  /\ ReadSeesKnown

-----------------------------------------------------------------------------
(* What follows of a step, from Inv and the action: each speeds up the       *)
(* queries of its action.                                                    *)

\* PPersist
ChoosableFalls ==
  \A t \in Terms, k \in Indexes, Q \in Quorums : Choosable(t, k, Q)' => Choosable(t, k, Q)

\* PBecomeLeader
TermIsFree(i) == currentTerm[i] \notin elected
DiskIsCurrent(i) == Len(pending[i]) = 0

\* PClientRequest
NewEntryTooLate(i, v) ==
  \A u \in Terms, Q \in Quorums :
    u \in elected /\ currentTerm[i] < u => ~Choosable(currentTerm[i], Len(log[i]) + 1, Q)

\* PHandleRequestVote
CandidateHas(i, m) ==
  \A t \in Terms, k \in Indexes, Q \in Quorums :
    1 <= k /\ Has(log[i], t, k) /\ Own(t, k) /\ Choosable(t, k, Q) /\ LogUpToDate(i, m)
      /\ role[m.from] = "candidate" /\ currentTerm[m.from] = m.term
        => Has(log[m.from], t, k)

\* PAccept
LogAgrees(i, m) ==
  \A k \in Indexes : 1 <= k /\ k <= m.prev + Len(m.entries) => log'[i][k] = leaderLog[m.term][k]
AppendFits(i, m) == m.prev + Len(m.entries) <= Len(log'[i])
NewLogMatches(i, m) == \A u \in Terms, k, j \in Indexes : Matching(log'[i], u, k, j)
HeldByLeader(i, m) ==
  \A t \in Terms, k \in Indexes, Q \in Quorums :
    1 <= k /\ Has(log[i], t, k) /\ Own(t, k) /\ Choosable(t, k, Q) => Has(leaderLog[m.term], t, k)
KeepsHeld(i, m) ==
  \A t \in Terms, k \in Indexes, Q \in Quorums :
    1 <= k /\ Has(log[i], t, k) /\ Own(t, k) /\ Choosable(t, k, Q) => Has(log'[i], t, k)
CommittedByLeader(i, m) ==
  \A k \in Indexes : commitIndex[i] # 0 =>
    LET w == why[i][commitIndex[i]]
    IN /\ commitIndex[i] <= Len(leaderLog[m.term])
       /\ 1 <= k /\ k <= commitIndex[i] => leaderLog[m.term][k] = leaderLog[w.term][k]
NewLastImage(i, m) ==
  \A k \in Indexes : Len(pending'[i]) > 0 =>
    LET last == Write(i, Len(pending[i]))'
    IN last.term = currentTerm'[i] /\ SameLog(log'[i], last.log, k)
OldImagesStay(i, m) ==
  \A k \in Indexes : \A x \in 1..Len(pending[i]) :
    Write(i, x)'.term = Write(i, x).term /\ SameLog(Write(i, x)'.log, Write(i, x).log, k)
NewAck(i, m) ==
  \A x \in 1..Len(pending'[i]) : \A o \in pending'[i][x].out :
    \/ x <= Len(pending[i]) /\ o \in pending[i][x].out
    \/ x = Len(pending'[i]) /\ o.match = m.prev + Len(m.entries) /\ o.term = m.term
NewTermIs(i, m) == currentTerm'[i] = m.term

\* Install
InstallAgrees(i, m) ==
  \A k \in Indexes : 1 <= k /\ k <= m.lastIndex => log'[i][k] = leaderLog[m.term][k]
InstallFits(i, m) == m.lastIndex <= Len(log'[i])
NewInstallAck(i, m) ==
  \A x \in 1..Len(pending'[i]) : \A o \in pending'[i][x].out :
    \/ x <= Len(pending[i]) /\ o \in pending[i][x].out
    \/ x = Len(pending'[i]) /\ o.match = m.lastIndex /\ o.term = m.term
=============================================================================
