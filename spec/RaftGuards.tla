----------------------------- MODULE RaftGuards ------------------------------
(* The conditions and choices that carry the safety argument, each under a   *)
(* name of its own, so that a must-fail model (MutantsRaft) replaces exactly *)
(* one.  Everything else in the specification is plumbing around these.      *)
(* Twin: raft/protocol/guards.go.                                            *)
EXTENDS RaftMessage

-----------------------------------------------------------------------------
(* Quorums.                                                                  *)

\* The sets of nodes that decide for i: the majorities of the configuration
\* that i's log holds (as yet always Server).
Quorum(i) == {Q \in SUBSET Server : 2 * Cardinality(Q) > Cardinality(Server)}

-----------------------------------------------------------------------------
(* Election.                                                                 *)

\* Section 5.4.1. The candidate's log holds all that may be committed.
LogUpToDate(i, m) ==
  LET mine == TermAt(log[i], LastIndex(log[i]))
  IN m.lastTerm > mine \/ (m.lastTerm = mine /\ m.lastIndex >= LastIndex(log[i]))

\* The term of i after it saw m.
NewTerm(i, m) == Max(currentTerm[i], m.term)

\* The vote of i after it saw m: kept within a term.
VoteKept(i, m) == IF m.term > currentTerm[i] THEN Nil ELSE votedFor[i]

\* One vote a term.
VoteFree(vote, m) == vote \in {Nil, m.from}

\* A refusal is worth sending only where it carries a later term.
VoteAnswered(i, m, grant) == grant \/ m.term < currentTerm[i]

\* A vote, asked for or given, is durable before anyone hears of it.
VoteWaits == TRUE

\* Only a grant of the present term is a vote.
VoteCounts(i, m) == m.term = currentTerm[i] /\ m.granted

\* A candidate's own vote counts once its disk has it.
OwnVote(i) == IF disk[i].term = currentTerm[i] /\ disk[i].vote = i THEN {i} ELSE {}

\* The term that a candidate leads is the one it campaigned for.
LeaderTerm(i) == currentTerm[i]

-----------------------------------------------------------------------------
(* Replication.                                                              *)

\* Where a leader adds an entry: behind all it has.
AppendsAt(i) == LastIndex(log[i])

\* Section 5.3. i has the entry before the new ones.
LogFits(i, m) == m.prev <= LastIndex(log[i]) /\ m.prevTerm = TermAt(log[i], m.prev)

\* Only a proven conflict removes entries.
Conflict(i, m) ==
  \E k \in 1..Len(m.entries) :
    /\ m.prev + k <= LastIndex(log[i])
    /\ TermAt(log[i], m.prev + k) # m.entries[k].term

\* What an append proves committed: nothing above its own last entry.
CommitBound(i, m) == Min(m.commit, m.prev + Len(m.entries))

\* A commit index never falls.
NewCommit(i, bound) == Max(commitIndex[i], bound)

\* What is acknowledged: what this append proved, not what the log holds.
AckIndex(i, m) == m.prev + Len(m.entries)

\* An acknowledgement leaves when what it acknowledges is durable.
AckWaits == TRUE

\* Where the logs may part, seen from i: its last entry below the refused one
\* whose term the leader's log may reach there.
Hint(i, m) ==
  Maximum({k \in 0..Min(m.prev - 1, LastIndex(log[i])) : TermAt(log[i], k) <= m.prevTerm})

\* Where leader i resumes after a refusal: behind its last entry that the hint
\* leaves possible; a round a term at most.
BackOff(i, m) ==
  LET agreed == Maximum({k \in 0..Min(m.hint, LastIndex(log[i])) :
                           TermAt(log[i], k) <= m.hintTerm})
  IN Max(matchIndex[i][m.from] + 1, Min(nextIndex[i][m.from], agreed + 1))

\* Repeated or late acknowledgements prove nothing less.
NewMatch(i, m) == Max(matchIndex[i][m.from], m.match)

\* A leader counts of its own log what its own disk has.
OwnMatch(i) == LastIndex(disk[i].log)

\* Section 5.4.2. Only entries of the leader's term commit by counting.
MayCommit(i, k) == TermAt(log[i], k) = currentTerm[i]

-----------------------------------------------------------------------------
(* Durability.                                                               *)

\* The writes by which a change reaches the disk: one, with term, vote and log.
Writes(i, old, new) == <<new>>

\* Which of the pending writes a message waits for: the last, and so all.
RidesOn(queue) == Len(queue)

\* What the disk holds when it has acknowledged the first write.
Saved(i) == Head(pending[i]).state

\* What may leave then: what rode on that write.
Released(i) == Head(pending[i]).out

\* The hard state a node comes back with.
Recovered(i) == disk[i]
=============================================================================
