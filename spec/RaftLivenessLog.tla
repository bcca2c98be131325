-------------------------- MODULE RaftLivenessLog ---------------------------
(* What was begun is ended: a joint configuration is left, whoever began it, *)
(* and who lacks what is forgotten is brought level.                         *)
(*                                                                           *)
(* RaftLiveness shows that elections end; there nobody appends anything.     *)
(* This module has who leads append, and takes from elections no more than   *)
(* that they end: a node campaigns where no leader reaches it and a quorum   *)
(* would vote for its log.  When leaders leave a joint configuration, whom   *)
(* they tell, who may campaign and who has to go is policy, by the names of  *)
(* package raft.  It takes no action but those of the specification.         *)
(*                                                                           *)
(* What is assumed:                                                          *)
(*  - Messages are fast against timeouts: what was sent on a link that is    *)
(*    up arrives, is handled and answered before any time runs out (Still).  *)
(*    At any time, in between too, a node crashes or a leader gives up, as   *)
(*    often as the model says in all.                                        *)
(*  - Disks are instant.                                                     *)
(*  - Fairness: what is on its way arrives, and what is due at once is done  *)
(*    (WF of PromptNext).  Each node's time passes again and again (SF of    *)
(*    Tick), and links come up again in the end (SF of Heal).                *)
(*  - When a change begins and when somebody forgets what is committed is    *)
(*    the host's; nothing says that it ever does.                            *)
(* No bound stands in for an end: BoundsHold says that no term and no log    *)
(* comes to more than the model has room for, and no action asks for it.     *)
(* Not here: pre-votes, leadership that is handed over, learners that are    *)
(* measured, the bytes of snapshots.                                         *)
EXTENDS MutantsRaft

VARIABLE links      \* which links are up
                    \* SUBSET (Server \X Server)

livenessVars == <<mcVars, links>>

AllLinks   == {l \in Server \X Server : l[1] # l[2]}
WithoutThird == {l \in AllLinks : 3 \notin {l[1], l[2]}}
FirstLinks == {AllLinks}
ThirdDown  == {WithoutThird}

SendUp(net, out) == net \cup {m \in out : <<m.from, m.to>> \in links}

-----------------------------------------------------------------------------
(* Whom the configuration in force names.                                    *)

Members(i) == Voters(i) \cup InForce(i).learners
IsVoter(i) == i \in Voters(i)
IsJoint(i) == Len(InForce(i).voters) = 2

StandsAt(i)         == ConfigurationIndex(log[i], LastIndex(log[i]))
InForceCommitted(i) == StandsAt(i) <= commitIndex[i]

\* What was in force before the configuration that is; nothing, where that stands in no log.
Before(i) == ConfigurationAt(log[i], StandsAt(i) - 1)
MembersBefore(i) ==
  IF StandsAt(i) = 0 THEN {} ELSE UNION {Before(i).voters[k] : k \in 1..Len(Before(i).voters)} \cup Before(i).learners

\* Whom leader i sends to: members, and who has just been removed.
Told(i) == (Members(i) \cup MembersBefore(i)) \ {i}

-----------------------------------------------------------------------------
(* Policy's choices, those of raft/guards.go: a must-fail model replaces one. *)

\* Whoever leads ends a change as soon as the specification lets it.
LeavesJoint(i) == TRUE

\* Who lacks what leader i has forgotten is sent its snapshot.
Lacks(i, j) == nextIndex[i][j] <= snapshotIndex[i]

\* Who is no voter leaves elections to those who are, but for one that may be the only one that
\* has what made it none.
MayCampaign(i) == IsVoter(i) \/ (~InForceCommitted(i) /\ i \in MembersBefore(i))

\* A leader that is no voter is of no use once that is committed.
HasToGo(i) == ~IsVoter(i) /\ InForceCommitted(i)

-----------------------------------------------------------------------------
(* What a node does at once.                                                 *)

CanLead(i) == role[i] = "candidate" /\ votesGranted[i] \cup OwnVote(i) \in Quorum(i)
Lead(i)    == CanLead(i) /\ BecomeLeader(i) /\ Free /\ UNCHANGED links

\* A new leader appends an entry of its term: only that commits what is there.
LacksOwn(i) == role[i] = "leader" /\ TermAt(log[i], LastIndex(log[i])) # currentTerm[i]
OwnEntry(i) == LacksOwn(i) /\ ClientRequest(i, "Command") /\ Free /\ UNCHANGED links

CanCommit(i) ==
  role[i] = "leader" /\ \E k \in commitIndex[i] + 1..LastIndex(log[i]) : MayCommit(i, k) /\ Holders(i, k) \in Quorum(i)
Commit(i) == CanCommit(i) /\ AdvanceCommitIndex(i) /\ Free /\ UNCHANGED links

CanLeave(i) == role[i] = "leader" /\ IsJoint(i) /\ MayLeave(i) /\ LeavesJoint(i)
Leave(i)    == CanLeave(i) /\ LeaveJoint(i) /\ Free /\ UNCHANGED links

AtOnce(i) == CanLead(i) \/ LacksOwn(i) \/ CanCommit(i) \/ CanLeave(i)

\* Nothing is on its way, and nothing is to be done at once.
Still == messages = {} /\ \A i \in Server : ~AtOnce(i)

-----------------------------------------------------------------------------
(* What a node does with a message.  What nobody has a use for is lost.      *)

Later(i, m) == IF m.term > currentTerm[i] THEN StepDown(i, m) ELSE Lose(m)

ReceiveRequestVote(i, m)     == m.type = "RequestVote" /\ HandleRequestVote(i, m) /\ Free /\ UNCHANGED links
ReceiveAppendEntries(i, m)   == m.type = "AppendEntries" /\ HandleAppendEntries(i, m) /\ Free /\ UNCHANGED links
ReceiveInstallSnapshot(i, m) == m.type = "InstallSnapshot" /\ HandleInstallSnapshot(i, m) /\ Free /\ UNCHANGED links

ReceiveRequestVoteResponse(i, m) ==
  /\ m.type = "RequestVoteResponse"
  /\ IF role[i] = "candidate" /\ VoteCounts(i, m) THEN HandleRequestVoteResponse(i, m) ELSE Later(i, m)
  /\ Free /\ UNCHANGED links

ReceiveAppendEntriesResponse(i, m) ==
  /\ m.type = "AppendEntriesResponse"
  /\ IF role[i] = "leader" /\ AckCounts(i, m) THEN HandleAppendEntriesResponse(i, m) ELSE Later(i, m)
  /\ Free /\ UNCHANGED links

-----------------------------------------------------------------------------
(* Time passes.                                                              *)

\* What leader i sends j with a heartbeat: all that may be missing there.
From(i, j) == Max(nextIndex[i][j] - 1, snapshotIndex[i])
Brings(i, j) ==
  IF Lacks(i, j) THEN InstallSnapshot(i, j)
  ELSE AppendEntriesRequest(i, j, From(i, j), LastIndex(log[i]) - From(i, j))

\* To all in one step what AppendEntries and SendSnapshot are to one.
Beat(i) ==
  /\ Still /\ role[i] = "leader" /\ ~HasToGo(i)
  /\ UNCHANGED <<hardVars, role, commitIndex, votesGranted, leaderVars>>
  /\ Output(i, {}, {Brings(i, j) : j \in Told(i)}, FALSE)
  /\ Free /\ UNCHANGED links

GiveWay(i) == Still /\ role[i] = "leader" /\ HasToGo(i) /\ Resign(i) /\ Free /\ UNCHANGED links

\* A leader of its term, or of a later one, reaches i.
Reached(i) ==
  \E j \in Server : role[j] = "leader" /\ currentTerm[j] >= currentTerm[i] /\ i \in Told(j) /\ <<j, i>> \in links

\* A quorum would vote for i's log, and hears from no leader.
WouldVote(j, i) ==
  /\ {<<i, j>>, <<j, i>>} \subseteq links /\ role[j] # "leader" /\ ~Reached(j)
  /\ LogUpToDate(j, RequestVote(i, j, currentTerm[i] + 1, FALSE))
WouldWin(i) == {j \in Server : j = i \/ WouldVote(j, i)} \in Quorum(i)

CampaignIfGranted(i) ==
  /\ Still /\ role[i] # "leader" /\ ~Reached(i) /\ MayCampaign(i) /\ WouldWin(i)
  /\ Timeout(i) /\ Free /\ UNCHANGED links

Tick(i) == Beat(i) \/ GiveWay(i) \/ CampaignIfGranted(i)

-----------------------------------------------------------------------------
(* The world, and the host.                                                  *)

Crash(i)  == MCRestart(i) /\ UNCHANGED links
GiveUp(i) == MCResign(i) /\ UNCHANGED links
Change(i) == Still /\ MCChangeConfiguration(i) /\ UNCHANGED links
Forgets(i) == Still /\ MCCompact(i) /\ UNCHANGED links
Heal      == Still /\ links # AllLinks /\ links' = AllLinks /\ UNCHANGED mcVars

-----------------------------------------------------------------------------

LivenessInit == MCInit /\ links \in FirstLinks

PromptNext ==
  \/ \E i \in Server : Lead(i)
  \/ \E i \in Server : OwnEntry(i)
  \/ \E i \in Server : Commit(i)
  \/ \E i \in Server : Leave(i)
  \/ \E m \in messages : ReceiveRequestVote(m.to, m)
  \/ \E m \in messages : ReceiveRequestVoteResponse(m.to, m)
  \/ \E m \in messages : ReceiveAppendEntries(m.to, m)
  \/ \E m \in messages : ReceiveAppendEntriesResponse(m.to, m)
  \/ \E m \in messages : ReceiveInstallSnapshot(m.to, m)

LivenessNext ==
  \/ PromptNext
  \/ \E i \in Server : Beat(i)
  \/ \E i \in Server : GiveWay(i)
  \/ \E i \in Server : CampaignIfGranted(i)
  \/ \E i \in Server : Crash(i)
  \/ \E i \in Server : GiveUp(i)
  \/ \E i \in Server : Change(i)
  \/ \E i \in Server : Forgets(i)
  \/ Heal

Fairness ==
  /\ WF_livenessVars(PromptNext) /\ \A i \in Server : SF_livenessVars(Tick(i))
  /\ SF_livenessVars(Heal)

LivenessSpec == LivenessInit /\ [][LivenessNext]_livenessVars /\ Fairness

-----------------------------------------------------------------------------
(* What must hold of a model of this module, beside all that must hold of    *)
(* every one.                                                                *)

\* In the end one of those who decide leads, and the old voters are left behind.
JointIsLeft == <>[](\E i \in Server : role[i] = "leader" /\ IsVoter(i) /\ ~IsJoint(i))

\* In the end all members have what their leader has, and know that it is committed.
AllAreLevel ==
  <>[](\E i \in Server : role[i] = "leader" /\
         \A j \in Members(i) : log[j] = log[i] /\ commitIndex[j] = LastIndex(log[i]))

-----------------------------------------------------------------------------
(* Wrong choices.                                                            *)

JointStuck(i)         == TermAt(log[i], StandsAt(i)) = currentTerm[i]  \* LeavesJoint
SnapshotUntold(i, j)  == FALSE                                    \* Lacks
OnlyVotersCampaign(i) == IsVoter(i)                               \* MayCampaign
RemovedLeaderStays(i) == FALSE                                    \* HasToGo
=============================================================================
