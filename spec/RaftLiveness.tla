---------------------------- MODULE RaftLiveness -----------------------------
(* Elections come to an end: whatever a minority does and whatever terms and *)
(* logs the nodes stand with, a majority that is connected is led, and       *)
(* nobody is elected any more.                                               *)
(*                                                                           *)
(* When to campaign, what to drop and when to resign is policy, which the    *)
(* specification leaves open: it may take Timeout at any time, and then no   *)
(* election need ever end.  So this module adds policy to it, by the names   *)
(* of package raft: pre-vote, stickiness, check-quorum.  It takes no action  *)
(* but those of the specification; what policy drops is a lost message.      *)
(*                                                                           *)
(* What is assumed, and no more can be shown than follows from it:           *)
(*  - Messages are fast against timeouts.  What was sent on a link that is   *)
(*    up arrives, is handled and answered before any time runs out (Still),  *)
(*    and so no two campaigns cross: that timeouts are drawn makes split     *)
(*    votes end, which is chance and beyond TLC.                             *)
(*  - Heartbeats are fast, too: nobody's time runs out whom a leader of its  *)
(*    own term, or a later one, reaches (Reached).                           *)
(*  - Disks are instant.                                                     *)
(*  - Fairness: what is on its way arrives, and what is due at once is done  *)
(*    (WF of PromptNext).  Each node's time passes again and again (SF of    *)
(*    Tick; weak fairness would not do, for time waits while messages are on *)
(*    their way).  How often one node ticks between two ticks of another is  *)
(*    open: a timeout may be as short, or as long, as it likes.              *)
(*  - The links between 1 and 2 stay up.  Those of 3, in either direction,   *)
(*    are as the model says, and change as it says.                          *)
(* Terms are bounded, and no campaign is left out for that: BoundNotReached. *)
(* Not here: entries that leaders append, disks that take their time and all *)
(* that policy does about them (back-off, a stalled disk), transfer, the     *)
(* news of a death, a leader that asks the silent, the death of a process.   *)
EXTENDS MutantsRaft

VARIABLES
  links,     \* which links are up
             \* SUBSET (Server \X Server)
  hears,     \* the leader of its term that i heard from within the shortest timeout, or Nil
             \* [Server -> Server \cup {Nil}]
  granted,   \* pre-votes for the term after i's, its own included; {} where it has not asked
             \* [Server -> SUBSET Server]
  answered,  \* who has acknowledged leader i's last heartbeats; all, with itself, before the first
             \* [Server -> SUBSET Server]
  gaveWay,   \* whose pre-votes i granted and waited for, in this term and without a leader
             \* [Server -> SUBSET Server]
  due        \* i's time has nearly run out: nothing has begun it anew since the last tick
             \* [Server -> BOOLEAN]

policyVars   == <<hears, granted, answered, gaveWay, due>>
livenessVars == <<mcVars, links, policyVars>>

-----------------------------------------------------------------------------
(* Where a model starts, and what becomes of its links (a cfg can't write    *)
(* functions).                                                               *)

Links(A, B) == {<<i, j>> \in A \X B : i # j}
AllLinks    == Links(Server, Server)

\* 1 and 2 stay connected.  The links of 3 are up or down, each for itself.
Minorities == {AllLinks \ down : down \in SUBSET (Links({3}, Server) \cup Links(Server, {3}))}
Cut        == AllLinks \ (Links({3}, Server) \cup Links(Server, {3}))
Deaf       == AllLinks \ Links(Server, {3})
OneLink    == AllLinks \ (Links({1}, {3}) \cup Links({3}, {1}))

FirstLinks  == {AllLinks}
FewLinks    == {Cut, OneLink}
ThirdDown   == {Cut}
ThirdDeaf   == {Deaf}
OneLinkDown == {OneLink}

NoChange(before, after) == FALSE
Once(before, after)     == before = AllLinks /\ after \in Minorities
Healed(before, after)   == before = Cut /\ after = AllLinks
Flapping(before, after) == before # after /\ {before, after} \subseteq {OneLink, Cut}

LinksMayChange(before, after) == NoChange(before, after)

\* What disks hold when all nodes start.  Terms and logs are as far apart as matters: who is
\* behind in one may be ahead in the other.
Start(terms, logs) == [term : [Server -> terms], log : [Server -> logs]]
Oldest == [term |-> 1, value |-> CHOOSE v \in Value : TRUE]
Short == <<>>
Long  == <<Oldest>>

Fresh == Start({0}, {Short})
Apart == {s \in Start({2, 4}, {Short, Long}) : s.term[1] <= s.term[2]}

\* 3 has the later term and the shorter log.
LaterAndShorter == {[term |-> <<2, 2, 4>>, log |-> <<Long, Long, Short>>]}

Starts == Fresh

-----------------------------------------------------------------------------
(* What becomes of policy's variables.                                       *)

Sets(i, leader, pre, acks, time, way) ==
  /\ hears'    = [hears EXCEPT ![i] = leader]
  /\ granted'  = [granted EXCEPT ![i] = pre]
  /\ answered' = [answered EXCEPT ![i] = acks]
  /\ due'      = [due EXCEPT ![i] = time]
  /\ gaveWay'  = [gaveWay EXCEPT ![i] = way]
  /\ UNCHANGED links

Policy(i, leader, pre, acks, time) == Sets(i, leader, pre, acks, time, gaveWay[i])

Stays == UNCHANGED <<policyVars, links>>

\* i enters another term, or waits for what becomes of its vote.
Anew(i) == Sets(i, Nil, {}, {}, FALSE, {})

Dropped(m) == Lose(m) /\ Stays

\* A response of a later term, of whatever kind.
Later(i, m) == IF m.term > currentTerm[i] THEN StepDown(i, m) /\ Anew(i) ELSE Dropped(m)

HearsLeader(i) == hears[i] # Nil
Answered(i)    == answered[i] \cup {i} \in Quorum(i)

-----------------------------------------------------------------------------
(* Policy's choices, those of raft/guards.go: a must-fail model replaces one. *)

\* A campaign is worth its disturbance where a quorum would vote for it.
PreVotesWin(i) == granted[i] \in Quorum(i)

\* A leader whom a quorum answers, or somebody who hears from one.
LeaderIsAlive(i) == IF role[i] = "leader" THEN Answered(i) ELSE HearsLeader(i)

\* A leader is of use.
MayLead(i) == Answered(i)

\* A refusal teaches who asked for a pre-vote the later term.
LearnsTerm(i, m) == Later(i, m)

\* Who leads an earlier term is told of the later one.
AnswersLeader(i, m) == HandleAppendEntries(i, m) /\ Stays

\* Who grants a pre-vote waits for what becomes of it, but for each only once: it may be deaf.
Yields(i, m) == m.from \notin gaveWay[i]

\* Whoever hears from a leader votes for nobody else.  Who is behind in term is answered.
Sticks(i, m) == m.term > currentTerm[i] /\ LeaderIsAlive(i)

-----------------------------------------------------------------------------
(* What a node does at once.                                                 *)

CanCampaign(i) ==
  /\ role[i] # "leader" /\ granted[i] # {} /\ PreVotesWin(i) /\ currentTerm[i] < MaxTerm
CampaignIfGranted(i) == CanCampaign(i) /\ Timeout(i) /\ Anew(i) /\ Free

CanLead(i) == role[i] = "candidate" /\ votesGranted[i] \cup OwnVote(i) \in Quorum(i)
Lead(i)    == CanLead(i) /\ BecomeLeader(i) /\ Sets(i, Nil, {}, Server, FALSE, {}) /\ Free

\* To all in one step what AppendEntries is to one: fewer orders of the same.
Beats(i) ==
  /\ UNCHANGED <<hardVars, role, commitIndex, votesGranted, leaderVars>>
  /\ Output(i, {}, {AppendEntriesRequest(i, j, nextIndex[i][j] - 1, LastIndex(log[i]) + 1 - nextIndex[i][j])
                      : j \in Server \ {i}}, FALSE)
  /\ Policy(i, Nil, {}, {}, FALSE)
  /\ Free

\* A leader sends its first heartbeats as soon as it leads.
JustLeads(i) == role[i] = "leader" /\ i \in answered[i]
FirstBeat(i) == JustLeads(i) /\ Beats(i)

AtOnce(i) == CanCampaign(i) \/ CanLead(i) \/ JustLeads(i)

\* Nothing is on its way, and nothing is to be done at once.
Still == messages = {} /\ \A i \in Server : ~AtOnce(i)

-----------------------------------------------------------------------------
(* What a node does with a message.                                          *)

ReceiveRequestVote(i, m) ==
  /\ m.type = "RequestVote"
  /\ IF Sticks(i, m) THEN Dropped(m)
     ELSE /\ HandleRequestVote(i, m)
          /\ IF currentTerm'[i] # currentTerm[i] \/ votedFor'[i] = m.from THEN Anew(i) ELSE Stays
  /\ Free

ReceiveRequestVoteResponse(i, m) ==
  /\ m.type = "RequestVoteResponse"
  /\ IF role[i] = "candidate" /\ VoteCounts(i, m) THEN HandleRequestVoteResponse(i, m) /\ Stays
     ELSE Later(i, m)
  /\ Free

ReceiveAppendEntries(i, m) ==
  /\ m.type = "AppendEntries"
  /\ IF m.term >= currentTerm[i] THEN HandleAppendEntries(i, m) /\ Sets(i, m.from, {}, {}, FALSE, {})
     ELSE AnswersLeader(i, m)
  /\ Free

ReceiveAppendEntriesResponse(i, m) ==
  /\ m.type = "AppendEntriesResponse"
  /\ IF role[i] = "leader" /\ AckCounts(i, m)
     THEN /\ HandleAppendEntriesResponse(i, m)
          /\ Policy(i, Nil, {}, answered[i] \cup {m.from}, FALSE)
     ELSE Later(i, m)
  /\ Free

\* Two ask, neither's log is better, and i has the lower id.
GoesFirst(i, m) ==
  /\ granted[i] # {} /\ i < m.from
  /\ m.lastIndex = LastIndex(log[i]) /\ m.lastTerm = TermAt(log[i], LastIndex(log[i]))

GiveWay(i, m) ==
  IF GoesFirst(i, m) \/ ~Yields(i, m) THEN Stays
  ELSE Sets(i, hears[i], {}, answered[i], FALSE, gaveWay[i] \cup {m.from})

ReceiveRequestPreVote(i, m) ==
  /\ m.type = "RequestPreVote"
  /\ IF Sticks(i, m) THEN Dropped(m)
     ELSE /\ HandleRequestPreVote(i, m)
          /\ IF PreVoteGranted(i, m) THEN GiveWay(i, m) ELSE Stays
  /\ Free

\* The mechanism has no handler for a pre-vote that is granted: policy counts it.
ReceivePreVoteResponse(i, m) ==
  /\ m.type = "RequestPreVoteResponse"
  /\ IF ~m.granted THEN LearnsTerm(i, m)
     ELSE IF granted[i] # {} /\ m.term = currentTerm[i] + 1
     THEN Lose(m) /\ Policy(i, hears[i], granted[i] \cup {m.from}, answered[i], due[i])
     ELSE Dropped(m)
  /\ Free

-----------------------------------------------------------------------------
(* Terms that rise without end, for must-fail models: when nobody is in a low *)
(* one, all are counted down, and only then time passes.  What nodes do       *)
(* depends on how terms compare, and no log has one that is not below them.   *)

TermsAreLow == TRUE
CountDown   == FALSE

\* The highest term in a log at first.
Floor == 1
SomeTermIsLow == \E i \in Server : currentTerm[i] <= Floor + 1
CountTermsDown ==
  /\ Still /\ ~SomeTermIsLow
  /\ currentTerm' = [i \in Server |-> currentTerm[i] - 1]
  /\ disk' = [i \in Server |-> [disk[i] EXCEPT !.term = @ - 1]]
  /\ UNCHANGED <<votedFor, logVars, pending, role, commitIndex, votesGranted, leaderVars, messages,
                 spent, owed, ever, links, policyVars>>

-----------------------------------------------------------------------------
(* Time passes.                                                              *)

Idle == Still /\ TermsAreLow

\* A leader of its term, or of a later one, reaches i before its time runs out.
Reached(i) ==
  \E j \in Server : role[j] = "leader" /\ currentTerm[j] >= currentTerm[i] /\ <<j, i>> \in links

Beat(i)            == Idle /\ role[i] = "leader" /\ MayLead(i) /\ Beats(i)
ResignIfUseless(i) == Idle /\ role[i] = "leader" /\ ~MayLead(i) /\ Resign(i) /\ Anew(i) /\ Free

Silent(i) == Idle /\ role[i] # "leader" /\ ~Reached(i)

\* It has heard from nobody within the shortest timeout.
NearlyDue(i) ==
  /\ Silent(i) /\ ~due[i]
  /\ Policy(i, Nil, granted[i], {}, TRUE)
  /\ UNCHANGED mcVars

\* Its time has run out; where it gets no answers it asks again soon.
AskForPreVotes(i) ==
  /\ Silent(i) /\ due[i] /\ currentTerm[i] < MaxTerm
  /\ PreVote(i) /\ Policy(i, Nil, {i}, {}, TRUE) /\ Free

Tick(i) == Beat(i) \/ ResignIfUseless(i) \/ NearlyDue(i) \/ AskForPreVotes(i)

-----------------------------------------------------------------------------
(* The world.                                                                *)

\* What is sent on a link that is down is lost, as what policy drops is.
SendUp(net, out) == net \cup {m \in out : <<m.from, m.to>> \in links}

ChangeLinks ==
  /\ Idle
  /\ \E after \in Minorities : LinksMayChange(links, after) /\ links' = after
  /\ UNCHANGED <<mcVars, policyVars>>

-----------------------------------------------------------------------------

LivenessInit ==
  \E start \in Starts, up \in FirstLinks :
    /\ currentTerm  = start.term
    /\ votedFor     = [i \in Server |-> Nil]
    /\ log          = start.log
    /\ snapshotIndex = [i \in Server |-> 0]
    /\ commitIndex  = [i \in Server |-> 0]
    /\ disk         = [i \in Server |-> HardState(i)]
    /\ pending      = [i \in Server |-> <<>>]
    /\ role         = [i \in Server |-> "follower"]
    /\ votesGranted = [i \in Server |-> {}]
    /\ nextIndex    = [i \in Server |-> [j \in Server |-> 0]]
    /\ matchIndex   = [i \in Server |-> [j \in Server |-> 0]]
    /\ readID       = [i \in Server |-> 0]
    /\ readIndex    = [i \in Server |-> 0]
    /\ readAcked    = [i \in Server |-> [j \in Server |-> 0]]
    /\ messages     = {}
    /\ spent = [what \in DOMAIN Budget |-> 0]
    /\ owed = [i \in Server |-> 0] /\ ever = <<>>
    /\ links = up
    /\ hears = [i \in Server |-> Nil] /\ granted = [i \in Server |-> {}]
    /\ answered = [i \in Server |-> {}] /\ due = [i \in Server |-> FALSE]
    /\ gaveWay = [i \in Server |-> {}]

PromptNext ==
  \/ \E i \in Server : CampaignIfGranted(i)
  \/ \E i \in Server : Lead(i)
  \/ \E i \in Server : FirstBeat(i)
  \/ \E m \in messages : ReceiveRequestVote(m.to, m)
  \/ \E m \in messages : ReceiveRequestVoteResponse(m.to, m)
  \/ \E m \in messages : ReceiveAppendEntries(m.to, m)
  \/ \E m \in messages : ReceiveAppendEntriesResponse(m.to, m)
  \/ \E m \in messages : ReceiveRequestPreVote(m.to, m)
  \/ \E m \in messages : ReceivePreVoteResponse(m.to, m)
  \/ CountDown

LivenessNext ==
  \/ PromptNext
  \/ \E i \in Server : Beat(i)
  \/ \E i \in Server : ResignIfUseless(i)
  \/ \E i \in Server : NearlyDue(i)
  \/ \E i \in Server : AskForPreVotes(i)
  \/ ChangeLinks

Fairness == WF_livenessVars(PromptNext) /\ \A i \in Server : SF_livenessVars(Tick(i))

LivenessSpec == LivenessInit /\ [][LivenessNext]_livenessVars /\ Fairness

-----------------------------------------------------------------------------

Connected(i) == {j \in Server \ {i} : {<<i, j>>, <<j, i>>} \subseteq links}

\* Who hears from i, is heard by it, and so has what i has.
Following(i) ==
  {j \in Connected(i) : role[j] = "follower" /\ currentTerm[j] = currentTerm[i] /\ hears[j] = i}

LeadsMajority(i) ==
  /\ role[i] = "leader" /\ Following(i) = Connected(i)
  /\ Connected(i) \cup {i} \in Quorum(i)

Led == \E i \in Server : LeadsMajority(i)

-----------------------------------------------------------------------------
(* What must hold of a model of this module, beside all that must hold of    *)
(* every one.                                                                *)

\* No campaign is left out for the bound's sake: elections end before terms reach it.
BoundNotReached == \A i \in Server : currentTerm[i] < MaxTerm

\* Again and again somebody leads a majority and all whom it is connected with, and at some
\* time the last leader was elected.
Settles ==
  /\ []<>Led
  /\ <>[][\A i \in Server : role[i] # "leader" => role'[i] # "leader"]_livenessVars

-----------------------------------------------------------------------------
(* Wrong choices, each a trap that a real system fell into.                  *)

NoPreVote(i)                   == TRUE                            \* PreVotesWin
NoStickiness(i)                == FALSE                           \* LeaderIsAlive
NoCheckQuorum(i)               == TRUE                            \* MayLead
TermNotLearnt(i, m)            == Dropped(m)                      \* LearnsTerm
StaleLeaderUnanswered(i, m)    == Dropped(m)                      \* AnswersLeader
GivesWayForEver(i, m)          == TRUE                            \* Yields
=============================================================================
