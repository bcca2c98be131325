--------------------------- MODULE RaftProperties ----------------------------
(* What must hold in every state, and of every step.                         *)
(* Each but TypeOK has a must-fail model that breaks it (spec/README.md).    *)
(* Twin: raft/protocol/properties.go.                                        *)
EXTENDS Raft

Entry == [term : Nat, value : Value]
Image(h) == h.term \in Nat /\ h.vote \in Server \cup {Nil} /\ h.log \in Seq(Entry)

TypeOK ==
  \A i \in Server :
    /\ Image(HardState(i)) /\ Image(disk[i])
    /\ \A k \in 1..Len(pending[i]) : Image(pending[i][k].state)
    /\ role[i] \in {"follower", "candidate", "leader"}
    /\ commitIndex[i] \in Nat
    /\ votesGranted[i] \subseteq Server \ {i}
    /\ nextIndex[i] \in [Server -> Nat] /\ matchIndex[i] \in [Server -> Nat]

Committed(i) == Slice(log[i], 0, commitIndex[i])

-----------------------------------------------------------------------------
(* Invariants (Figure 3, and what durability adds).                          *)

ElectionSafety ==
  \A i, j \in Server :
    role[i] = "leader" /\ role[j] = "leader" /\ currentTerm[i] = currentTerm[j] => i = j

LogMatching ==
  \A i, j \in Server : \A k \in 1..Min(LastIndex(log[i]), LastIndex(log[j])) :
    TermAt(log[i], k) = TermAt(log[j], k) => Slice(log[i], 0, k) = Slice(log[j], 0, k)

LeaderCompleteness ==
  \A i, j \in Server :
    role[j] = "leader" /\ currentTerm[j] >= currentTerm[i] => IsPrefix(Committed(i), log[j])

StateMachineSafety ==
  \A i, j \in Server :
    IsPrefix(Committed(i), Committed(j)) \/ IsPrefix(Committed(j), Committed(i))

\* What anybody takes for committed stands on the disks of a quorum.
CommittedIsDurable ==
  \A i \in Server : {j \in Server : IsPrefix(Committed(i), disk[j].log)} \in Quorum(i)

CommitWithinLog == \A i \in Server : commitIndex[i] <= LastIndex(log[i])

\* A crash can't make a leader forget that its term is taken.
LeaderVoteIsDurable ==
  \A i \in Server : role[i] = "leader" => disk[i].term = currentTerm[i] /\ disk[i].vote = i

\* What a leader has pending only extends its log; OwnMatch rests on it.
LeaderDiskIsPrefix ==
  \A i \in Server : role[i] = "leader" => IsPrefix(disk[i].log, log[i])

\* Nobody agrees with more than a leader has.
MatchWithinLog ==
  \A i, j \in Server : matchIndex[i][j] <= LastIndex(log[i])

\* A leader resumes behind what is known to agree, and within its log.
NextAboveMatch ==
  \A i, j \in Server : role[i] = "leader" /\ i # j =>
    matchIndex[i][j] < nextIndex[i][j] /\ nextIndex[i][j] <= LastIndex(log[i]) + 1

\* Votes are a candidate's, progress is a leader's.
KnowledgeByRole ==
  \A i \in Server :
    /\ role[i] # "candidate" => votesGranted[i] = {}
    /\ role[i] # "leader" => \A j \in Server : nextIndex[i][j] = 0 /\ matchIndex[i][j] = 0

-----------------------------------------------------------------------------
(* Action properties: what only grows.                                       *)

Leads(i) == role[i] = "leader" /\ role'[i] = "leader" /\ currentTerm'[i] = currentTerm[i]

MonotonicDiskTerm == [][\A i \in Server : disk'[i].term >= disk[i].term]_vars

MonotonicTerm ==
  [][\A i \in Server : currentTerm'[i] >= currentTerm[i] \/ Restart(i)]_vars

MonotonicCommit ==
  [][\A i \in Server : commitIndex'[i] >= commitIndex[i] \/ Restart(i)]_vars

MonotonicMatch ==
  [][\A i, j \in Server : Leads(i) => matchIndex'[i][j] >= matchIndex[i][j]]_vars

LeaderAppendOnly ==
  [][\A i \in Server : Leads(i) => IsPrefix(log[i], log'[i])]_vars

CommitOwnTerm ==
  [][\A i \in Server : Leads(i) /\ commitIndex'[i] > commitIndex[i]
       => TermAt(log[i], commitIndex'[i]) = currentTerm[i]]_vars

\* A refused leader is offered a place below the one it asked about.
HintShrinks ==
  [][\A m \in messages :
       m.type = "AppendEntries" /\ RefuseGap(m.to, m) => Hint(m.to, m) < m.prev]_vars

\* A refusal of what the leader would send next moves nextIndex down: the
\* search for where the logs part always gets on.
BackOffShrinks ==
  [][\A m \in messages :
       LET i == m.to
           j == m.from
       IN /\ m.type = "AppendEntriesResponse" /\ ~m.success
          /\ m.hint < nextIndex[i][j] - 1 /\ matchIndex[i][j] < nextIndex[i][j] - 1
          /\ HandleAppendEntriesResponse(i, m)
          => nextIndex'[i][j] < nextIndex[i][j]]_vars
=============================================================================
