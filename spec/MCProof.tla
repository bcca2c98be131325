------------------------------- MODULE MCProof -------------------------------
(* Bounds for RaftProof: those of MCRaft, whose every action takes its step  *)
(* with the ghosts.  What a solver proves of any state TLC sees hold of those *)
(* that are reached: a wrong conjunct is found cheaply here, and one that is *)
(* true because nothing ever fulfils what it asks for does not look at much. *)
EXTENDS SeedsRaft, RaftProof

\* Enough for what campaigns and requests are left within the bounds.
MCTerms   == 0..MaxTerm
MCIndexes == 0..MaxLog
MCReadIDs == 0..MaxReads

MCPTimeout(i)               == MCTimeout(i) /\ PTimeout(i)
MCPBecomeLeader(i)          == MCBecomeLeader(i) /\ PBecomeLeader(i)
MCPClientRequest(i, v)      == MCClientRequest(i, v) /\ PClientRequest(i, v)
MCPAppendEntries(i, j)      ==
  MCAppendEntries(i, j) /\ \E prev, n \in 0..LastIndex(log[i]) : PAppendEntries(i, j, prev, n)
MCPAdvanceCommitIndex(i)    == MCAdvanceCommitIndex(i) /\ PAdvanceCommitIndex(i)
MCPHandleRequestVote        ==
  MCHandleRequestVote /\ \E m \in messages : PHandleRequestVote(m.to, m)
MCPHandleRequestVoteResponse ==
  MCHandleRequestVoteResponse /\ \E m \in messages : PHandleRequestVoteResponse(m.to, m)
MCPHandleAppendEntries      ==
  MCHandleAppendEntries /\ \E m \in messages : PHandleAppendEntries(m.to, m)
MCPHandleAppendEntriesResponse ==
  MCHandleAppendEntriesResponse /\ \E m \in messages : PHandleAppendEntriesResponse(m.to, m)
MCPCompact(i)               == MCCompact(i) /\ \E k \in 1..LastIndex(log[i]) : PCompact(i, k)
MCPSendSnapshot(i, j)       == MCSendSnapshot(i, j) /\ PSendSnapshot(i, j)
MCPHandleInstallSnapshot    ==
  MCHandleInstallSnapshot /\ \E m \in messages : PHandleInstallSnapshot(m.to, m)
MCPStepDown                 == MCStepDown /\ \E m \in messages : PStepDown(m.to, m)
MCPResign(i)                == MCResign(i) /\ PResign(i)
MCPPreVote(i)               == MCPreVote(i) /\ PPreVote(i)
MCPHandleRequestPreVote     ==
  MCHandleRequestPreVote /\ \E m \in messages : PHandleRequestPreVote(m.to, m)
MCPTransferLeadership(i, j) == MCTransferLeadership(i, j) /\ PTransferLeadership(i, j)
MCPHandleTimeoutNow         ==
  MCHandleTimeoutNow /\ \E m \in messages : PHandleTimeoutNow(m.to, m)
MCPReadRequest(i)           == MCReadRequest(i) /\ PReadRequest(i)
MCPConfirmTerm(i, j)        == MCConfirmTerm(i, j) /\ PConfirmTerm(i, j)
MCPHandleConfirmTerm        ==
  MCHandleConfirmTerm /\ \E m \in messages : PHandleConfirmTerm(m.to, m)
MCPHandleConfirmTermResponse ==
  MCHandleConfirmTermResponse /\ \E m \in messages : PHandleConfirmTermResponse(m.to, m)
MCPConfirmRead(i)           == MCConfirmRead(i) /\ PConfirmRead(i)
MCPPersist(i)               == MCPersist(i) /\ PPersist(i)
MCPRestart(i)               == MCRestart(i) /\ PRestart(i)
MCPLose                     == MCLose /\ \E m \in messages : PLose(m)

MCProofNext ==
  \/ \E i \in Server : MCPTimeout(i)
  \/ \E i \in Server : MCPBecomeLeader(i)
  \/ \E i \in Server, v \in Value : MCPClientRequest(i, v)
  \/ \E i, j \in Server : MCPAppendEntries(i, j)
  \/ \E i \in Server : MCPAdvanceCommitIndex(i)
  \/ MCPHandleRequestVote
  \/ MCPHandleRequestVoteResponse
  \/ MCPHandleAppendEntries
  \/ MCPHandleAppendEntriesResponse
  \/ \E i \in Server : MCPCompact(i)
  \/ \E i, j \in Server : MCPSendSnapshot(i, j)
  \/ MCPHandleInstallSnapshot
  \/ MCPStepDown
  \/ \E i \in Server : MCPResign(i)
  \/ \E i \in Server : MCPPreVote(i)
  \/ MCPHandleRequestPreVote
  \/ \E i, j \in Server : MCPTransferLeadership(i, j)
  \/ MCPHandleTimeoutNow
  \/ \E i \in Server : MCPReadRequest(i)
  \/ \E i, j \in Server : MCPConfirmTerm(i, j)
  \/ MCPHandleConfirmTerm
  \/ MCPHandleConfirmTermResponse
  \/ \E i \in Server : MCPConfirmRead(i)
  \/ \E i \in Server : MCPPersist(i)
  \/ \E i \in Server : MCPRestart(i)
  \/ MCPLose

proofVars   == <<seedVars, ghosts>>
MCProofInit == SeedInit /\ ProofInit
MCProofSpec == MCProofInit /\ [][MCProofNext]_proofVars

\* The same behind a script.
PDo(s) ==
  CASE s[1] = "Timeout"            -> PTimeout(s[2])
    [] s[1] = "BecomeLeader"       -> PBecomeLeader(s[2])
    [] s[1] = "ClientRequest"      -> PClientRequest(s[2], "Command")
    [] s[1] = "AppendEntries"      -> PAppendEntries(s[2], s[3], s[4], s[5])
    [] s[1] = "AdvanceCommitIndex" -> PAdvanceCommitIndex(s[2])
    [] s[1] = "Persist"            -> PPersist(s[2])
    [] s[1] = "Vote"     -> \E m \in messages : m.from = s[2] /\ PHandleRequestVote(s[3], m)
    [] s[1] = "Voted"    -> \E m \in messages : m.from = s[2] /\ PHandleRequestVoteResponse(s[3], m)
    [] s[1] = "Append"   -> \E m \in messages : m.from = s[2] /\ PHandleAppendEntries(s[3], m)
    [] s[1] = "Appended" -> \E m \in messages : m.from = s[2] /\ PHandleAppendEntriesResponse(s[3], m)

PScripted == Scripted /\ \E s \in {Script[at + 1]} : PDo(s)  \* a value, as in Scripted
SeededProofSpec == MCProofInit /\ [][PScripted \/ MCProofNext]_proofVars

NoScript == <<>>

\* Candidate c wins its next term with the vote of v, disks taking their time.
ElectDurably(c, v) ==
  <<<<"Timeout", c>>, <<"Persist", c>>, <<"Vote", c, v>>, <<"Persist", v>>, <<"Voted", v, c>>,
    <<"BecomeLeader", c>>>>

\* Leader i has j append its entry behind prev, durably.
AppendDurably(i, j, prev) ==
  <<<<"AppendEntries", i, j, prev, 1>>, <<"Append", i, j>>, <<"Persist", j>>>>

\* Leader i adds an entry behind prev and commits it with j.
CommitDurably(i, j, prev) ==
  <<<<"ClientRequest", i>>, <<"Persist", i>>>> \o AppendDurably(i, j, prev)
  \o <<<<"Appended", j, i>>, <<"AdvanceCommitIndex", i>>>>

\* 1 committed an entry in term 1, which all have; then 3 led term 2 with the vote of 2 and
\* committed another, and 1 knows nothing of it.
Overtaken ==
  ElectDurably(1, 2) \o CommitDurably(1, 2, 0) \o AppendDurably(1, 3, 0)
  \o ElectDurably(3, 2) \o CommitDurably(3, 2, 1)

-----------------------------------------------------------------------------
(* What must hold of a model of this module, beside all that must hold of    *)
(* every one.                                                                *)

\* What stands for what the specification says of members, where these never change.
MembersFixed(i) ==
  Quorum(i) = FixedQuorum(i) /\ QuorumAt(i) = FixedQuorum(i) /\ Voters(i) = FixedVoters(i)

Invariant == Inv
Lemmas    == Facts /\ \A i \in Server : MembersFixed(i)

\* What ghosts remember is what MCRaft remembers.
GhostsAgree ==
  /\ [k \in 1..Len(everKnown) |-> [entry |-> everKnown[k].entry, at |-> everKnown[k].at]] = ever
  /\ \A i \in Server : readID[i] > 0 => mustSee[i] = owed[i]
-----------------------------------------------------------------------------
(* Wrong ghosts and conjuncts (mutants/proof-*.cfg).                         *)

ForgetsPlaces(l, t)       == {}                                   \* PlacesIn
LearnsNothing(i)          == everKnown                            \* Learnt
NothingChosen             == chosen = {}                          \* ChosenOnDisk
OwnedByEarlier(l, t, k)   == 1 <= k /\ k <= Len(l) => l[k].term < t  \* Owned
=============================================================================
