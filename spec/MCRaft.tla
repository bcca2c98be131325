------------------------------- MODULE MCRaft --------------------------------
(* Bounds, so that TLC ends: here and nowhere else.  A bound stands inside   *)
(* the action it bounds (coverage then names the actions) and is asserted    *)
(* by an invariant (an action that ignores one is found).                    *)
EXTENDS RaftProperties, TLC

CONSTANTS
  MaxTerm, MaxLog,      \* highest term, longest log
  MaxPending,           \* writes pending in one node
  MaxCrashes,           \* restarts in all
  MaxBatch,             \* entries in one AppendEntries
  MaxMessages,          \* messages in flight
  Campaigns             \* who may campaign for what: a set of <<node, term>>

VARIABLE crashes        \* how many so far
mcVars == <<vars, crashes>>

-----------------------------------------------------------------------------
(* Who campaigns (a cfg can't write tuples).                                 *)

AnyCampaign  == Server \X (1..MaxTerm)
OneEach      == {<<1, 1>>, <<2, 2>>, <<3, 3>>}
Alternating  == {<<1, 1>>, <<2, 2>>, <<1, 3>>}
NoCampaign   == {}
SecondByTwo  == {<<2, 2>>}

-----------------------------------------------------------------------------
(* Narrower networks.  Each loses, delays and repeats; see spec/README.md    *)
(* for what each can't do.                                                   *)

\* The newest message of each link; it stays until the next one.
SendLink(net, out) ==
  {m \in net : \A o \in out : m.from # o.from \/ m.to # o.to} \cup out

\* What each node sent last, and nothing else.
SendSender(net, out) == {m \in net : \A o \in out : m.from # o.from} \cup out

\* The newest message of each type on each link.
SendLatest(net, out) ==
  {m \in net : \A o \in out : m.type # o.type \/ m.from # o.from \/ m.to # o.to} \cup out

-----------------------------------------------------------------------------
(* Which heartbeats (appends of no entries) are sent.                        *)

AnyHeartbeat(i, j, prev) == TRUE
NoHeartbeat(i, j, prev)  == FALSE

\* One to spread a commit index, or to probe where the logs part.
UsefulHeartbeat(i, j, prev) ==
  /\ prev = nextIndex[i][j] - 1
  /\ commitIndex[i] > 0 \/ nextIndex[i][j] > matchIndex[i][j] + 1

Heartbeat(i, j, prev) == AnyHeartbeat(i, j, prev)

-----------------------------------------------------------------------------
(* The bounded actions.                                                      *)

Within ==
  /\ \A i \in Server : Len(pending[i]) <= MaxPending
  /\ Cardinality(messages) <= MaxMessages

Counted(c) == crashes' = c /\ Within'
Free == Counted(crashes)

MCTimeout(i) ==
  /\ currentTerm[i] < MaxTerm /\ <<i, currentTerm[i] + 1>> \in Campaigns
  /\ Timeout(i) /\ Free

MCClientRequest(i, v) == LastIndex(log[i]) < MaxLog /\ ClientRequest(i, v) /\ Free

\* The bounds stand in a set: a disjunction that TLC meets in an action it takes for two
\* steps, and steps are counted (proptest/explore).
MCAppendEntries(i, j) ==
  \E prev \in 0..LastIndex(log[i]) :
    \E n \in {k \in 0..Min(MaxBatch, LastIndex(log[i])) : k > 0 \/ Heartbeat(i, j, prev)} :
      AppendEntries(i, j, prev, n) /\ Free

MCBecomeLeader(i)               == BecomeLeader(i) /\ Free
MCAdvanceCommitIndex(i)         == AdvanceCommitIndex(i) /\ Free
MCPersist(i)                    == Persist(i) /\ Free
MCHandleRequestVote             == \E m \in messages : HandleRequestVote(m.to, m) /\ Free
MCHandleRequestVoteResponse     == \E m \in messages : HandleRequestVoteResponse(m.to, m) /\ Free
MCHandleAppendEntries           == \E m \in messages : HandleAppendEntries(m.to, m) /\ Free
MCHandleAppendEntriesResponse   == \E m \in messages : HandleAppendEntriesResponse(m.to, m) /\ Free
MCStepDown                      == \E m \in messages : StepDown(m.to, m) /\ Free
MCLose                          == \E m \in messages : Lose(m) /\ Free

MCRestart(i) == crashes < MaxCrashes /\ Restart(i) /\ Counted(crashes + 1)

MCNext ==
  \/ \E i \in Server : MCTimeout(i)
  \/ \E i \in Server : MCBecomeLeader(i)
  \/ \E i \in Server, v \in Value : MCClientRequest(i, v)
  \/ \E i, j \in Server : MCAppendEntries(i, j)
  \/ \E i \in Server : MCAdvanceCommitIndex(i)
  \/ MCHandleRequestVote
  \/ MCHandleRequestVoteResponse
  \/ MCHandleAppendEntries
  \/ MCHandleAppendEntriesResponse
  \/ MCStepDown
  \/ \E i \in Server : MCPersist(i)
  \/ \E i \in Server : MCRestart(i)
  \/ MCLose

BoundsHold ==
  /\ Within
  /\ crashes <= MaxCrashes
  /\ \A i \in Server : currentTerm[i] <= MaxTerm /\ LastIndex(log[i]) <= MaxLog
  /\ \A m \in messages : m.term <= MaxTerm
  /\ \A m \in messages : m.type = "AppendEntries" => Len(m.entries) <= MaxBatch

MCInit == Init /\ crashes = 0
MCSpec == MCInit /\ [][MCNext]_mcVars

-----------------------------------------------------------------------------
(* For the comparison of reachable states with those of raft/protocol: as an *)
(* invariant this prints every distinct state once, on one line.             *)

PrintState ==
  PrintT(ToString(<<currentTerm, votedFor, log, disk, pending, role, commitIndex,
                    votesGranted, nextIndex, matchIndex, messages, crashes>>))
=============================================================================
