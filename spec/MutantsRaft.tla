----------------------------- MODULE MutantsRaft -----------------------------
(* Wrong replacements for named guards of RaftGuards, one for each fault that *)
(* a real system had (docs/mutants.md tells which).  A must-fail model        *)
(* (mutants/*.cfg) replaces exactly one: LogUpToDate <- VoteIgnoresLog.       *)
(* The Go code carries the same ones: raft/protocol/guards_mutants.go.        *)
EXTENDS MCRaft

-----------------------------------------------------------------------------
(* Election.                                                                 *)

VoteIgnoresLog(i, m)  == TRUE                                     \* LogUpToDate
VoteTwice(vote, m)    == TRUE                                     \* VoteFree
VoteNotDurable        == FALSE                                    \* VoteWaits
VoteErased(i, m)      == IF m.type = "AppendEntries" \/ m.term > currentTerm[i]
                         THEN Nil ELSE votedFor[i]                \* VoteKept
VoteTwoWrites(i, old, new) ==                                     \* Writes
  IF old.term # new.term /\ old.vote \notin {Nil, new.vote}
  THEN <<[new EXCEPT !.term = old.term], new>> ELSE <<new>>
HigherVoteAsGrant(i, m) == m.term >= currentTerm[i]               \* VoteCounts
StaleVoteCounted(i, m)  == m.granted                              \* VoteCounts
OwnVoteUndurable(i)     == {i}                                    \* OwnVote
LeaderBumpsTerm(i)      == currentTerm[i] + 1                     \* LeaderTerm
TermGoesBack(i, m)      == m.term                                 \* NewTerm
MissingMetaIsTerm0(i)   ==                                        \* Recovered
  IF disk[i].log = <<>> THEN disk[i] ELSE [term |-> 0, vote |-> Nil, log |-> disk[i].log]
HalfIsQuorum(i)         ==                                        \* Quorum
  {Q \in SUBSET Server : 2 * Cardinality(Q) >= Cardinality(Server)}

-----------------------------------------------------------------------------
(* Replication and commitment.                                               *)

LeaderOverwritesTail(i)     == commitIndex[i]                     \* AppendsAt
PrevTermUnchecked(i, m)     == m.prev <= LastIndex(log[i])        \* LogFits
TruncateOnStaleAppend(i, m) == TRUE                               \* Conflict
CommitBeyondMatch(i, m)     == Min(m.commit, LastIndex(log[i]))   \* CommitBound
CommitUnbounded(i, m)       == m.commit                           \* CommitBound
CommitGoesBack(i, bound)    == bound                              \* NewCommit
AckBeyondAppend(i, m)       == Max(m.prev + Len(m.entries), LastIndex(log[i]))  \* AckIndex
MatchGoesBack(i, m)         == m.match                            \* NewMatch
RejectionHintStuck(i, m)    == nextIndex[i][m.from]               \* BackOff
BackOffBelowMatch(i, m)     == Min(nextIndex[i][m.from], m.hint + 1)  \* BackOff
LeaderCountsUndurable(i)    == LastIndex(log[i])                  \* OwnMatch
CommitPriorTerm(i, k)       == TRUE                               \* MayCommit

-----------------------------------------------------------------------------
(* Durability.                                                               *)

AckBeforeFsync        == FALSE                                    \* AckWaits
ReplyRidesEarly(queue) == 1                                       \* RidesOn
SwallowedSaveError(i) == disk[i]                                  \* Saved
DurableAckAba(i)      == UNION {pending[i][k].out : k \in 1..Len(pending[i])}  \* Released
=============================================================================
