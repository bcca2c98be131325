---------------------------- MODULE RaftInvariant ----------------------------
(* Inv: what is true at first and stays so under every step of RaftGhosts,   *)
(* for any number of nodes, terms and entries.  A conjunct is an operator    *)
(* without parameters; one says one thing, so that a query needs few of them *)
(* (spec/prove/needs.txt).                                                   *)
EXTENDS RaftTypes

-----------------------------------------------------------------------------
(* Elections.                                                                *)

SameLog(l, h, k) == Len(l) = Len(h) /\ (1 <= k /\ k <= Len(l) => l[k] = h[k])

\* A node believes what it wrote last.
HardIsLast ==
  \A a \in Server, k \in Indexes :
    /\ Len(pending[a]) = 0 =>
         currentTerm[a] = disk[a].term /\ votedFor[a] = disk[a].vote /\ SameLog(log[a], disk[a].log, k)
    /\ Len(pending[a]) > 0 =>
         LET last == Write(a, Len(pending[a]))
         IN currentTerm[a] = last.term /\ votedFor[a] = last.vote /\ SameLog(log[a], last.log, k)

PendingTermsRise ==
  \A a \in Server : \A k, l \in 1..Len(pending[a]) : k <= l => Write(a, k).term <= Write(a, l).term

DiskTermBelow ==
  \A a \in Server :
    disk[a].term <= currentTerm[a] /\ \A k \in 1..Len(pending[a]) : disk[a].term <= Write(a, k).term

PendingVoteStays ==
  \A a \in Server : \A k, l \in 1..Len(pending[a]) :
    k <= l /\ Write(a, k).term = Write(a, l).term /\ Write(a, k).vote # Nil
      => Write(a, l).vote = Write(a, k).vote

DiskVoteStays ==
  \A a \in Server : \A k \in 1..Len(pending[a]) :
    disk[a].term = Write(a, k).term /\ disk[a].vote # Nil => Write(a, k).vote = disk[a].vote

VotedOnDisk ==
  \A a, c \in Server, t \in Terms :
    <<a, t, c>> \in voted => t <= disk[a].term /\ (t = disk[a].term => disk[a].vote = c)

OneVoteEver ==
  \A a, c, d \in Server, t \in Terms : <<a, t, c>> \in voted /\ <<a, t, d>> \in voted => c = d

DiskVoteCounts ==
  \A a \in Server : disk[a].vote # Nil => <<a, disk[a].term, disk[a].vote>> \in voted

\* Only these wait for a disk, each for its sender's.
WaitsAtHome ==
  \A a \in Server : \A k \in 1..Len(pending[a]) : \A m \in pending[a][k].out :
    m.from = a /\ m.type \in {"RequestVote", "RequestVoteResponse", "AppendEntriesResponse"}

IsGrant(m) == m.type = "RequestVoteResponse" /\ m.granted

WaitingGrant ==
  \A a \in Server : \A k \in 1..Len(pending[a]) : \A m \in pending[a][k].out :
    IsGrant(m) => Write(a, k).term = m.term /\ Write(a, k).vote = m.to

SentGrant ==
  \A m \in messages : IsGrant(m) => <<m.from, m.term, m.to>> \in voted

SentRequest ==
  \A m \in messages : m.type = "RequestVote" =>
    m.from # m.to /\ <<m.from, m.term, m.from>> \in voted

WaitingRequest ==
  \A a \in Server : \A k \in 1..Len(pending[a]) : \A m \in pending[a][k].out :
    m.type = "RequestVote" => m.from # m.to /\ Write(a, k).term = m.term /\ Write(a, k).vote = a

\* Nobody votes for one who has not voted for itself, durably.
VoteKnown ==
  \A a \in Server : votedFor[a] # Nil /\ votedFor[a] # a =>
    <<votedFor[a], currentTerm[a], votedFor[a]>> \in voted

PendingVoteKnown ==
  \A a \in Server : \A k \in 1..Len(pending[a]) :
    Write(a, k).vote # Nil /\ Write(a, k).vote # a =>
      <<Write(a, k).vote, Write(a, k).term, Write(a, k).vote>> \in voted

DurableVoteKnown ==
  \A a, c \in Server, t \in Terms : <<a, t, c>> \in voted => <<c, t, c>> \in voted

VotesBacked ==
  \A a, b \in Server : b \in votesGranted[a] =>
    role[a] = "candidate" /\ <<b, currentTerm[a], a>> \in voted

\* A node's own vote is not among those that others granted.
GrantsFromOthers ==
  /\ \A m \in messages : IsGrant(m) => m.from # m.to
  /\ \A a \in Server : \A k \in 1..Len(pending[a]) : \A m \in pending[a][k].out :
       IsGrant(m) => m.from # m.to
VotesFromOthers == \A a, b \in Server : b \in votesGranted[a] => b # a

CandidateVote == \A a \in Server : role[a] = "candidate" => votedFor[a] = a

\* So a vote of its own that a disk holds was written with the log that it has.
CandidateWroteOnce ==
  \A a \in Server : role[a] = "candidate" =>
    /\ \A k \in 1..(Len(pending[a]) - 1) : Write(a, k).term < currentTerm[a]
    /\ Len(pending[a]) > 0 => disk[a].term < currentTerm[a]

LeaderVoted ==
  \A a \in Server : role[a] = "leader" => disk[a].term = currentTerm[a] /\ disk[a].vote = a

CandidateNotElected ==
  \A a \in Server : role[a] = "candidate" /\ currentTerm[a] \in elected => leaderOf[currentTerm[a]] # a

ElectedByQuorum ==
  \A t \in Terms, a \in Server : t \in elected /\ a \in electors[t] => <<a, t, leaderOf[t]>> \in voted

ElectedKnowsItself ==
  \A t \in Terms : t \in elected =>
    leaderOf[t] # Nil /\ <<leaderOf[t], t, leaderOf[t]>> \in voted

LeaderIsElected ==
  \A a \in Server : role[a] = "leader" => currentTerm[a] \in elected /\ leaderOf[currentTerm[a]] = a

ProgressByRole ==
  \A a, b \in Server : role[a] # "leader" => matchIndex[a][b] = 0 /\ nextIndex[a][b] = 0

ReadsByRole ==
  \A a, b \in Server : role[a] # "leader" => readID[a] = 0 /\ readIndex[a] = 0 /\ readAcked[a][b] = 0

-----------------------------------------------------------------------------
(* Logs.  Stated of pairs: where a log has an entry of term u, it is the log *)
(* of u's leader up to there.                                                *)

\* Each entry stands in the log of its term's leader, too; l is from a node in term t.
Owned(l, t, k) ==
  1 <= k /\ k <= Len(l) =>
    LET u == l[k].term
    IN u <= t /\ u \in elected /\ k <= Len(leaderLog[u]) /\ leaderLog[u][k].term = u

\* k is a place of term u in l, and j one before it.
Matching(l, u, k, j) ==
  u \in elected /\ 1 <= j /\ j <= k /\ k <= Len(l) /\ k <= Len(leaderLog[u])
    /\ l[k].term = leaderLog[u][k].term
      => l[j] = leaderLog[u][j]

Extends(l, h, k) == Len(h) <= Len(l) /\ (1 <= k /\ k <= Len(h) => h[k] = l[k])

LeaderLogOwned == \A t \in Terms, k \in Indexes : t \in elected => Owned(leaderLog[t], t, k)
LeaderLogMatching ==
  \A t, u \in Terms, k, j \in Indexes : t \in elected => Matching(leaderLog[t], u, k, j)

HardLogOwned == \A a \in Server, k \in Indexes : Owned(log[a], currentTerm[a], k)
DiskLogOwned == \A a \in Server, k \in Indexes : Owned(disk[a].log, disk[a].term, k)
PendingLogOwned ==
  \A a \in Server, k \in Indexes : \A x \in 1..Len(pending[a]) : Owned(Write(a, x).log, Write(a, x).term, k)

HardLogMatching == \A a \in Server, u \in Terms, k, j \in Indexes : Matching(log[a], u, k, j)
DiskLogMatching == \A a \in Server, u \in Terms, k, j \in Indexes : Matching(disk[a].log, u, k, j)
PendingLogMatching ==
  \A a \in Server, u \in Terms, k, j \in Indexes : \A x \in 1..Len(pending[a]) :
    Matching(Write(a, x).log, u, k, j)

LeaderHasLeaderLog ==
  \A a \in Server, k \in Indexes : role[a] = "leader" => SameLog(log[a], leaderLog[currentTerm[a]], k)
LeaderDiskExtends ==
  \A a \in Server, k \in Indexes : role[a] = "leader" => Extends(log[a], disk[a].log, k)
LeaderPendingExtends ==
  \A a \in Server, k \in Indexes : \A x \in 1..Len(pending[a]) :
    role[a] = "leader" => Extends(log[a], Write(a, x).log, k)

\* An append is a piece of the log of its term's leader.
AppendBacked ==
  \A m \in messages : m.type = "AppendEntries" =>
    /\ m.term \in elected /\ leaderOf[m.term] = m.from /\ m.from # m.to
    /\ m.prev + Len(m.entries) <= Len(leaderLog[m.term])
    /\ m.prevTerm = IF m.prev = 0 THEN 0 ELSE leaderLog[m.term][m.prev].term
AppendEntriesBacked ==
  \A m \in messages, k \in Indexes :
    m.type = "AppendEntries" /\ 1 <= k /\ k <= Len(m.entries) => m.entries[k] = leaderLog[m.term][m.prev + k]

\* So is a snapshot.
SnapshotBacked ==
  \A m \in messages : m.type = "InstallSnapshot" =>
    /\ m.term \in elected /\ leaderOf[m.term] = m.from /\ m.from # m.to
    /\ 1 <= m.lastIndex /\ m.lastIndex <= Len(leaderLog[m.term]) /\ Len(m.covers) = m.lastIndex
    /\ m.lastTerm = leaderLog[m.term][m.lastIndex].term
SnapshotEntriesBacked ==
  \A m \in messages, k \in Indexes :
    m.type = "InstallSnapshot" /\ 1 <= k /\ k <= Len(m.covers) => m.covers[k] = leaderLog[m.term][k]

-----------------------------------------------------------------------------
(* Commitment.  What may yet be chosen stays with each who held it, and is   *)
(* in every later leader's log.                                              *)

AsksFor(m, a) == m.type = "RequestVote" /\ role[a] = "candidate" /\ currentTerm[a] = m.term
AsksWith(m, l) == m.lastIndex = Len(l) /\ m.lastTerm = LastTerm(l)

RequestVoteLog == \A m \in messages : AsksFor(m, m.from) => AsksWith(m, log[m.from])
WaitingRequestLog ==
  \A a \in Server : \A k \in 1..Len(pending[a]) : \A m \in pending[a][k].out :
    AsksFor(m, a) => AsksWith(m, log[a])

DiskHeld ==
  \A a \in Server, k \in Indexes :
    1 <= k /\ Has(disk[a].log, disk[a].term, k) => <<a, disk[a].term, k>> \in held

HeldIsOwned ==
  \A a \in Server, t \in Terms, k \in Indexes : <<a, t, k>> \in held => Own(t, k) /\ t <= disk[a].term

DurableHeldStays ==
  \A a \in Server, t \in Terms, k \in Indexes, Q \in Quorums :
    <<a, t, k>> \in held /\ Choosable(t, k, Q) => Has(disk[a].log, t, k) /\ Has(log[a], t, k)

DurableHeldStaysPending ==
  \A a \in Server, t \in Terms, k \in Indexes, Q \in Quorums : \A x \in 1..Len(pending[a]) :
    <<a, t, k>> \in held /\ Choosable(t, k, Q) => Has(Write(a, x).log, t, k)

\* h, of term t, has an entry of that term at k.
HoldsOwn(h, t, k) == 1 <= k /\ h.term = t /\ Has(h.log, t, k)

PendingHeldStays ==
  \A a \in Server, t \in Terms, k \in Indexes, Q \in Quorums : \A x \in 1..Len(pending[a]) :
    HoldsOwn(Write(a, x), t, k) /\ Choosable(t, k, Q) => Has(log[a], t, k)

PendingHeldStaysPending ==
  \A a \in Server, t \in Terms, k \in Indexes, Q \in Quorums : \A x, y \in 1..Len(pending[a]) :
    x <= y /\ HoldsOwn(Write(a, x), t, k) /\ Choosable(t, k, Q) => Has(Write(a, y).log, t, k)

\* Who votes for c gives it a log that has what the voter held.
DurableVoteSafe ==
  \A a, c \in Server, t \in Terms, k \in Indexes, Q \in Quorums :
    role[c] = "candidate" /\ <<a, currentTerm[c], c>> \in voted
      /\ <<a, t, k>> \in held /\ t < currentTerm[c] /\ Choosable(t, k, Q)
        => Has(log[c], t, k)

VotesFor(h, c) == role[c] = "candidate" /\ h.term = currentTerm[c] /\ h.vote = c

PendingVoteSafe ==
  \A a, c \in Server, t \in Terms, k \in Indexes, Q \in Quorums : \A x \in 1..Len(pending[a]) :
    VotesFor(Write(a, x), c) /\ <<a, t, k>> \in held /\ t < currentTerm[c] /\ Choosable(t, k, Q)
      => Has(log[c], t, k)

PendingVoteSafePending ==
  \A a, c \in Server, t \in Terms, k \in Indexes, Q \in Quorums : \A x, y \in 1..Len(pending[a]) :
    VotesFor(Write(a, x), c) /\ y <= x /\ HoldsOwn(Write(a, y), t, k)
      /\ t < currentTerm[c] /\ Choosable(t, k, Q)
        => Has(log[c], t, k)

LeadersComplete ==
  \A t, u \in Terms, k \in Indexes, Q \in Quorums :
    Own(t, k) /\ t < u /\ u \in elected /\ Choosable(t, k, Q) => Has(leaderLog[u], t, k)

IsAck(m) == m.type = "AppendEntriesResponse" /\ m.success

AckInLog(m) == m.term \in elected /\ m.match <= Len(leaderLog[m.term])

SentAck == \A m \in messages : IsAck(m) => AckInLog(m)
SentAckHeld ==
  \A m \in messages, k \in Indexes :
    IsAck(m) /\ Own(m.term, k) /\ k <= m.match => <<m.from, m.term, k>> \in held
WaitingAck ==
  \A a \in Server : \A x \in 1..Len(pending[a]) : \A m \in pending[a][x].out :
    IsAck(m) => AckInLog(m) /\ Write(a, x).term = m.term
WaitingAckHeld ==
  \A a \in Server, k \in Indexes : \A x \in 1..Len(pending[a]) : \A m \in pending[a][x].out :
    IsAck(m) /\ Own(m.term, k) /\ k <= m.match => Has(Write(a, x).log, m.term, k)

MatchBacked ==
  \A a, b \in Server, k \in Indexes : role[a] = "leader" =>
    /\ matchIndex[a][b] <= Len(leaderLog[currentTerm[a]])
    /\ Own(currentTerm[a], k) /\ k <= matchIndex[a][b] => <<b, currentTerm[a], k>> \in held

NextBounded ==
  \A a, b \in Server : role[a] = "leader" /\ a # b =>
    matchIndex[a][b] < nextIndex[a][b] /\ nextIndex[a][b] <= Len(log[a]) + 1

ChosenByQuorum ==
  \A t \in Terms, k \in Indexes, a \in Server : <<t, k>> \in chosen =>
    Own(t, k) /\ (a \in choosers[t][k] => <<a, t, k>> \in held)

\* l, of a node in term t, may be taken for committed up to x, since w was chosen.
Backs(w, l, t, x, k) ==
  /\ <<w.term, w.index>> \in chosen /\ w.term <= t /\ x <= w.index /\ x <= Len(l)
  /\ 1 <= k /\ k <= x => l[k] = leaderLog[w.term][k]

CommitBacked ==
  \A a \in Server, k \in Indexes : commitIndex[a] # 0 =>
    Backs(why[a][commitIndex[a]], log[a], currentTerm[a], commitIndex[a], k)
DiskHintBacked ==
  \A a \in Server, k \in Indexes : disk[a].commit # 0 =>
    Backs(why[a][disk[a].commit], disk[a].log, disk[a].term, disk[a].commit, k)
PendingHintBacked ==
  \A a \in Server, k \in Indexes : \A x \in 1..Len(pending[a]) : Write(a, x).commit # 0 =>
    Backs(why[a][Write(a, x).commit], Write(a, x).log, Write(a, x).term, Write(a, x).commit, k)
HintsBelowCommit ==
  \A a \in Server :
    disk[a].commit <= commitIndex[a] /\ \A x \in 1..Len(pending[a]) : Write(a, x).commit <= commitIndex[a]

\* What a snapshot stands for is known to be committed, also after a crash.
SnapshotsBelowCommit ==
  \A a \in Server :
    /\ snapshotIndex[a] <= commitIndex[a] /\ disk[a].snapshot <= disk[a].commit
    /\ \A x \in 1..Len(pending[a]) : Write(a, x).snapshot <= Write(a, x).commit

ToldBacked ==
  \A t \in Terms, x, k \in Indexes : <<t, x>> \in told =>
    t \in elected /\ 1 <= x /\ Backs(toldWhy[t][x], leaderLog[t], t, x, k)

AppendCommit ==
  \A m \in messages : m.type = "AppendEntries" =>
    m.commit = 0 \/ <<m.term, m.commit>> \in told

SnapshotCommit ==
  \A m \in messages : m.type = "InstallSnapshot" => <<m.term, m.lastIndex>> \in told

KnownCovers == \A a \in Server : commitIndex[a] <= Len(everKnown)

KnownBacked ==
  \A k \in 1..Len(everKnown) :
    LET e == everKnown[k]
    IN /\ <<e.by.term, e.by.index>> \in chosen /\ e.by.term <= e.at /\ k <= e.by.index
       /\ e.entry = leaderLog[e.by.term][k]

\* A leader knows what it chose.
LeaderKnowsChosen ==
  \A a \in Server, k \in Indexes :
    role[a] = "leader" /\ <<currentTerm[a], k>> \in chosen => k <= commitIndex[a]

-----------------------------------------------------------------------------
(* What never comes from a correct node, and reads.                          *)

RefusalsMatchNothing ==
  /\ \A m \in messages : m.type = "AppendEntriesResponse" /\ ~m.success => m.match = 0
  /\ \A a \in Server : \A k \in 1..Len(pending[a]) : \A m \in pending[a][k].out :
       m.type = "AppendEntriesResponse" /\ ~m.success => m.match = 0

SentByLeader ==
  \A m \in messages : m.type \in {"TimeoutNow", "ConfirmTerm"} =>
    m.term \in elected /\ leaderOf[m.term] = m.from /\ m.from # m.to

NoneIssued == \A t \in Terms : t \notin elected => issued[t] = 0
ReadIssued == \A a \in Server : role[a] = "leader" => readID[a] = issued[currentTerm[a]]
AskedIssued ==
  \A m \in messages : m.type \in {"ConfirmTerm", "ConfirmTermResponse"} => m.read <= issued[m.term]
AckedIssued == \A a, b \in Server : readAcked[a][b] <= readID[a]

OvertakenLater ==
  \A t, u \in Terms, n \in ReadIDs : <<t, n, u>> \in overtaken =>
    t < u /\ u \in elected /\ 1 <= n /\ n <= issued[t]

\* Who has voted for a later leader does not confirm a read that came after its election.
AnswerInTime ==
  \A m \in messages : \A n \in ReadIDs, u \in Terms :
    m.type = "ConfirmTermResponse" /\ <<m.term, n, u>> \in overtaken /\ n <= m.read =>
      m.from \notin electors[u]
AckInTime ==
  \A a, b \in Server : \A n \in ReadIDs, u \in Terms :
    role[a] = "leader" /\ <<currentTerm[a], n, u>> \in overtaken /\ n <= readAcked[a][b] =>
      b \notin electors[u]

\* A read may miss something only if a later leader knew of it.
ReadComplete ==
  \A a \in Server : role[a] = "leader" /\ readID[a] > 0 /\ readIndex[a] < mustSee[a] =>
    \E u \in Terms : <<currentTerm[a], readID[a], u>> \in overtaken

-----------------------------------------------------------------------------

Inv ==
  /\ Types
  /\ HardIsLast
  /\ PendingTermsRise
  /\ DiskTermBelow
  /\ PendingVoteStays
  /\ DiskVoteStays
  /\ VotedOnDisk
  /\ OneVoteEver
  /\ DiskVoteCounts
  /\ WaitsAtHome
  /\ WaitingGrant
  /\ SentGrant
  /\ SentRequest
  /\ WaitingRequest
  /\ VoteKnown
  /\ PendingVoteKnown
  /\ DurableVoteKnown
  /\ VotesBacked
  /\ GrantsFromOthers
  /\ VotesFromOthers
  /\ CandidateVote
  /\ CandidateWroteOnce
  /\ LeaderVoted
  /\ CandidateNotElected
  /\ ElectedByQuorum
  /\ ElectedKnowsItself
  /\ LeaderIsElected
  /\ ProgressByRole
  /\ ReadsByRole
  /\ LeaderLogOwned
  /\ LeaderLogMatching
  /\ HardLogOwned
  /\ DiskLogOwned
  /\ PendingLogOwned
  /\ HardLogMatching
  /\ DiskLogMatching
  /\ PendingLogMatching
  /\ LeaderHasLeaderLog
  /\ LeaderDiskExtends
  /\ LeaderPendingExtends
  /\ AppendBacked
  /\ AppendEntriesBacked
  /\ SnapshotBacked
  /\ SnapshotEntriesBacked
  /\ RequestVoteLog
  /\ WaitingRequestLog
  /\ DiskHeld
  /\ HeldIsOwned
  /\ DurableHeldStays
  /\ DurableHeldStaysPending
  /\ PendingHeldStays
  /\ PendingHeldStaysPending
  /\ DurableVoteSafe
  /\ PendingVoteSafe
  /\ PendingVoteSafePending
  /\ LeadersComplete
  /\ SentAck
  /\ SentAckHeld
  /\ WaitingAck
  /\ WaitingAckHeld
  /\ MatchBacked
  /\ NextBounded
  /\ ChosenByQuorum
  /\ CommitBacked
  /\ DiskHintBacked
  /\ PendingHintBacked
  /\ HintsBelowCommit
  /\ SnapshotsBelowCommit
  /\ ToldBacked
  /\ AppendCommit
  /\ SnapshotCommit
  /\ KnownCovers
  /\ KnownBacked
  /\ LeaderKnowsChosen
  /\ RefusalsMatchNothing
  /\ SentByLeader
  /\ NoneIssued
  /\ ReadIssued
  /\ AskedIssued
  /\ AckedIssued
  /\ OvertakenLater
  /\ AnswerInTime
  /\ AckInTime
  /\ ReadComplete
=============================================================================
