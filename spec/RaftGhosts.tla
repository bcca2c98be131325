----------------------------- MODULE RaftGhosts ------------------------------
(* What once was: ghosts, variables that no node sees and no guard asks, and *)
(* the actions of Raft with what each makes of them.  What holds of them is  *)
(* RaftInvariant's.                                                          *)
(* WriteThrough is FALSE here: where it isn't, two steps are made at once.   *)
EXTENDS RaftProperties

\* TLC evaluates with what is enough of each: see MCProof.
Terms   == Nat
Indexes == Nat
ReadIDs == Nat

VARIABLES
  \* What disks have held.
  voted,      \* the votes: a's for c in term t
              \* SUBSET (Server \X Nat \X Server): <<a, t, c>>
  held,       \* what a had of term t at k, on a disk whose term was t
              \* SUBSET (Server \X Nat \X Nat): <<a, t, k>>

  \* What elections have decided.
  elected,    \* the terms that got a leader
              \* SUBSET Nat
  leaderOf,   \* who that was
              \* [Nat -> Server \cup {Nil}]
  electors,   \* by whose votes
              \* [Nat -> a quorum]
  leaderLog,  \* the log of the leader of a term, as it is or last was
              \* [Nat -> Seq([term, value])]

  \* What is committed, and why.
  chosen,     \* the leader of t counted enough holders of its entry k
              \* SUBSET (Nat \X Nat): <<t, k>>
  choosers,   \* these holders
              \* [Nat -> [Nat -> a quorum]]
  why,        \* what was chosen, so that a's commitIndex became k
              \* [Server -> [Nat -> [term, index : Nat]]]
  told,       \* the leader of t told somebody that k is committed
              \* SUBSET (Nat \X Nat): <<t, k>>
  toldWhy,    \* what was chosen, so that it is
              \* [Nat -> [Nat -> [term, index : Nat]]]
  everKnown,  \* what was ever known to be committed: by index the entry, the term of who
              \* knew it first, and what was chosen, so that it knew
              \* Seq([entry, at : Nat, by : [term, index]])

  \* What reads must see.
  issued,     \* the newest id that the leader of t gave to reads
              \* [Nat -> Nat]
  overtaken,  \* a leader of the later term u had been elected when the leader of t gave id n
              \* SUBSET (Nat \X Nat \X Nat): <<t, n, u>>
  mustSee     \* how much of everKnown there was when leader a gave its newest id
              \* [Server -> Nat]

electionGhosts == <<voted, elected, leaderOf, electors>>
commitGhosts   == <<chosen, choosers, why, told, toldWhy, everKnown>>
readGhosts     == <<issued, overtaken, mustSee>>
ghosts         == <<electionGhosts, held, leaderLog, commitGhosts, readGhosts>>

-----------------------------------------------------------------------------
(* Words.                                                                    *)

Quorums == {Q \in SUBSET Server : 2 * Cardinality(Q) > Cardinality(Server)}

\* In the proof members never change: these stand for Quorum, QuorumAt and Voters (spec/prove), and
\* TLC sees in the proof's models that they are the same (MCProof).
FixedQuorum(i) == Quorums
FixedVoters(i) == Server

\* The k-th write on its way to a's disk.
Write(a, k) == pending[a][k].state

LastTerm(l) == TermAt(l, LastIndex(l))

\* The leader of t added its entry k.
Own(t, k) ==
  t \in elected /\ 1 <= k /\ k <= Len(leaderLog[t]) /\ leaderLog[t][k].term = t

\* l has at k an entry of term t.
Has(l, t, k) == k <= Len(l) /\ l[k].term = t

\* Entry k of term t may yet be counted to be held by all of Q: each holds it, or is in no
\* later term.  It only falls.
Choosable(t, k, Q) == \A a \in Q : disk[a].term <= t \/ <<a, t, k>> \in held

-----------------------------------------------------------------------------
(* The steps: each is an action of Raft and what the ghosts make of it.      *)

ProofInit ==
  /\ Init
  /\ voted     = {}
  /\ held      = {}
  /\ elected   = {}
  /\ leaderOf  = [t \in Terms |-> Nil]
  /\ electors  = [t \in Terms |-> Server]
  /\ leaderLog = [t \in Terms |-> <<>>]
  /\ chosen    = {}
  /\ choosers  = [t \in Terms |-> [k \in Indexes |-> Server]]
  /\ why       = [a \in Server |-> [k \in Indexes |-> [term |-> 0, index |-> 0]]]
  /\ told      = {}
  /\ toldWhy   = [t \in Terms |-> [k \in Indexes |-> [term |-> 0, index |-> 0]]]
  /\ everKnown = <<>>
  /\ issued    = [t \in Terms |-> 0]
  /\ overtaken = {}
  /\ mustSee   = [a \in Server |-> 0]

\* What i's new commit index adds to what was ever known.
Learnt(i) ==
  IF commitIndex'[i] <= Len(everKnown) THEN everKnown
  ELSE everKnown \o [k \in 1..(commitIndex'[i] - Len(everKnown)) |->
                       [entry |-> log'[i][Len(everKnown) + k], at |-> currentTerm'[i],
                        by |-> why'[i][commitIndex'[i]]]]

PTimeout(i) == Timeout(i) /\ UNCHANGED ghosts

PBecomeLeader(i) ==
  /\ BecomeLeader(i)
  /\ elected'   = elected \cup {currentTerm[i]}
  /\ leaderOf'  = [leaderOf EXCEPT ![currentTerm[i]] = i]
  /\ electors'  = [electors EXCEPT ![currentTerm[i]] = votesGranted[i] \cup OwnVote(i)]
  /\ leaderLog' = [leaderLog EXCEPT ![currentTerm[i]] = log[i]]
  /\ UNCHANGED <<voted, held, commitGhosts, readGhosts>>

PClientRequest(i, v) ==
  /\ ClientRequest(i, v)
  /\ leaderLog' = [leaderLog EXCEPT ![currentTerm[i]] =
                     @ \o <<[term |-> currentTerm[i], value |-> v]>>]
  /\ UNCHANGED <<electionGhosts, held, commitGhosts, readGhosts>>

PAppendEntries(i, j, prev, n) ==
  /\ AppendEntries(i, j, prev, n)
  /\ told' = IF commitIndex[i] = 0 THEN told ELSE told \cup {<<currentTerm[i], commitIndex[i]>>}
  /\ toldWhy' = [toldWhy EXCEPT ![currentTerm[i]][commitIndex[i]] = why[i][commitIndex[i]]]
  /\ UNCHANGED <<electionGhosts, held, leaderLog, chosen, choosers, why, everKnown, readGhosts>>

PAdvanceCommitIndex(i) ==
  /\ AdvanceCommitIndex(i)
  /\ chosen'   = chosen \cup {<<currentTerm[i], commitIndex'[i]>>}
  /\ choosers' = [choosers EXCEPT ![currentTerm[i]][commitIndex'[i]] = Holders(i, commitIndex'[i])]
  /\ why'      = [why EXCEPT ![i][commitIndex'[i]] =
                    [term |-> currentTerm[i], index |-> commitIndex'[i]]]
  /\ everKnown' = Learnt(i)
  /\ UNCHANGED <<electionGhosts, held, leaderLog, told, toldWhy, readGhosts>>

PHandleRequestVote(i, m) == HandleRequestVote(i, m) /\ UNCHANGED ghosts
PHandleRequestVoteResponse(i, m) == HandleRequestVoteResponse(i, m) /\ UNCHANGED ghosts

PHandleAppendEntries(i, m) ==
  /\ HandleAppendEntries(i, m)
  /\ why' = IF commitIndex'[i] = commitIndex[i] THEN why
            ELSE [why EXCEPT ![i][commitIndex'[i]] = toldWhy[m.term][m.commit]]
  /\ everKnown' = Learnt(i)
  /\ UNCHANGED <<electionGhosts, held, leaderLog, chosen, choosers, told, toldWhy, readGhosts>>

PHandleAppendEntriesResponse(i, m) == HandleAppendEntriesResponse(i, m) /\ UNCHANGED ghosts
PCompact(i, k) == Compact(i, k) /\ UNCHANGED ghosts

PSendSnapshot(i, j) ==
  /\ SendSnapshot(i, j)
  /\ told' = told \cup {<<currentTerm[i], snapshotIndex[i]>>}
  /\ toldWhy' = [toldWhy EXCEPT ![currentTerm[i]][snapshotIndex[i]] = why[i][commitIndex[i]]]
  /\ UNCHANGED <<electionGhosts, held, leaderLog, chosen, choosers, why, everKnown, readGhosts>>

PHandleInstallSnapshot(i, m) ==
  /\ HandleInstallSnapshot(i, m)
  /\ why' = IF commitIndex'[i] = commitIndex[i] THEN why
            ELSE [why EXCEPT ![i][commitIndex'[i]] = toldWhy[m.term][m.lastIndex]]
  /\ everKnown' = Learnt(i)
  /\ UNCHANGED <<electionGhosts, held, leaderLog, chosen, choosers, told, toldWhy, readGhosts>>

PStepDown(i, m) == StepDown(i, m) /\ UNCHANGED ghosts
PResign(i) == Resign(i) /\ UNCHANGED ghosts
PPreVote(i) == PreVote(i) /\ UNCHANGED ghosts
PHandleRequestPreVote(i, m) == HandleRequestPreVote(i, m) /\ UNCHANGED ghosts
PTransferLeadership(i, j) == TransferLeadership(i, j) /\ UNCHANGED ghosts
PHandleTimeoutNow(i, m) == HandleTimeoutNow(i, m) /\ UNCHANGED ghosts
PReadRequest(i) ==
  /\ ReadRequest(i)
  /\ issued'    = [issued EXCEPT ![currentTerm[i]] = readID'[i]]
  /\ overtaken' = overtaken \cup
       {<<currentTerm[i], readID'[i], u>> : u \in {t \in elected : t > currentTerm[i]}}
  /\ mustSee'   = [mustSee EXCEPT ![i] = Len(everKnown)]
  /\ UNCHANGED <<electionGhosts, held, leaderLog, commitGhosts>>
PConfirmTerm(i, j) == ConfirmTerm(i, j) /\ UNCHANGED ghosts
PHandleConfirmTerm(i, m) == HandleConfirmTerm(i, m) /\ UNCHANGED ghosts
PHandleConfirmTermResponse(i, m) == HandleConfirmTermResponse(i, m) /\ UNCHANGED ghosts
PConfirmRead(i) == ConfirmRead(i) /\ UNCHANGED ghosts

\* The places of l where an entry of term t stands.
PlacesIn(l, t) == {k \in 1..Len(l) : l[k].term = t}

PPersist(i) ==
  /\ Persist(i)
  /\ voted' = voted \cup {<<i, disk'[i].term, c>> : c \in {disk'[i].vote} \ {Nil}}
  /\ held'  = held \cup {<<i, disk'[i].term, k>> : k \in PlacesIn(disk'[i].log, disk'[i].term)}
  /\ UNCHANGED <<elected, leaderOf, electors, leaderLog, commitGhosts, readGhosts>>

PRestart(i) == Restart(i) /\ UNCHANGED ghosts
PLose(m) == Lose(m) /\ UNCHANGED ghosts

ProofNext ==
  \/ \E i \in Server : PTimeout(i)
  \/ \E i \in Server : PBecomeLeader(i)
  \/ \E i \in Server, v \in Value : PClientRequest(i, v)
  \/ \E i, j \in Server : \E prev, n \in 0..LastIndex(log[i]) : PAppendEntries(i, j, prev, n)
  \/ \E i \in Server : PAdvanceCommitIndex(i)
  \/ \E m \in messages : PHandleRequestVote(m.to, m)
  \/ \E m \in messages : PHandleRequestVoteResponse(m.to, m)
  \/ \E m \in messages : PHandleAppendEntries(m.to, m)
  \/ \E m \in messages : PHandleAppendEntriesResponse(m.to, m)
  \/ \E i \in Server : \E k \in 1..LastIndex(log[i]) : PCompact(i, k)
  \/ \E i, j \in Server : PSendSnapshot(i, j)
  \/ \E m \in messages : PHandleInstallSnapshot(m.to, m)
  \/ \E m \in messages : PStepDown(m.to, m)
  \/ \E i \in Server : PResign(i)
  \/ \E i \in Server : PPreVote(i)
  \/ \E m \in messages : PHandleRequestPreVote(m.to, m)
  \/ \E i, j \in Server : PTransferLeadership(i, j)
  \/ \E m \in messages : PHandleTimeoutNow(m.to, m)
  \/ \E i \in Server : PReadRequest(i)
  \/ \E i, j \in Server : PConfirmTerm(i, j)
  \/ \E m \in messages : PHandleConfirmTerm(m.to, m)
  \/ \E m \in messages : PHandleConfirmTermResponse(m.to, m)
  \/ \E i \in Server : PConfirmRead(i)
  \/ \E i \in Server : PPersist(i)
  \/ \E i \in Server : PRestart(i)
  \/ \E m \in messages : PLose(m)
=============================================================================
