------------------------------- MODULE Ballot --------------------------------
(* A protocol of one vote: small, and it uses what the translator knows.     *)
EXTENDS Naturals, Sequences, FiniteSets
CONSTANTS Server, Value, Nil, Fast
VARIABLES vote, log, asked, messages

Quorums == {Q \in SUBSET Server : 2 * Cardinality(Q) > Cardinality(Server)}
Greatest(S) == CHOOSE k \in S : \A o \in S : o <= k
Ask(i, j)  == [type |-> "Ask", from |-> i, to |-> j, last |-> Len(log[i])]
Message == [type : {"Ask"}, from : Server, to : Server, last : Nat]
             \cup [type : {"Give"}, from : Server, to : Server]

Types ==
  /\ vote \in [Server -> Server \cup {Nil}]
  /\ log \in [Server -> Seq([value : Value])]
  /\ asked \in [Server -> Nat]
  /\ messages \in SUBSET Message

Init ==
  /\ vote = [i \in Server |-> Nil]
  /\ log = [i \in Server |-> <<>>]
  /\ asked = [i \in Server |-> Len(log[i])]
  /\ messages = {}

Campaign(i) ==
  LET all == {Ask(i, j) : j \in Server \ {i}}
  IN /\ vote[i] = Nil
     /\ vote' = [vote EXCEPT ![i] = i]
     /\ messages' = IF Fast THEN messages \cup all ELSE messages
     /\ asked' = [asked EXCEPT ![i] = @ + 1]
     /\ UNCHANGED log

Add(i, v) == log' = [log EXCEPT ![i] = @ \o <<[value |-> v]>>] /\ UNCHANGED <<vote, asked, messages>>

Grant(i, m) ==
  /\ m.type = "Ask" /\ m.to = i /\ vote[i] \in {Nil, m.from}
  /\ vote' = [vote EXCEPT ![i] = m.from]
  /\ UNCHANGED <<log, asked, messages>>
Refuse(i, m) == vote[i] # Nil /\ UNCHANGED <<vote, log, asked, messages>>
Handle(i, m) ==
  /\ m.type = "Ask"
  /\ Grant(i, m) \/ Refuse(i, m)

Next ==
  \/ \E i \in Server : Campaign(i)
  \/ \E i \in Server, v \in Value : Add(i, v)
  \/ \E m \in messages : Handle(m.to, m)

-----------------------------------------------------------------------------
(* What is said of it.                                                       *)
Secret(i) == vote[i] = Nil
OneWinner ==
  \A i, j \in Server :
    {a \in Server : vote[a] = i} \in Quorums /\ {a \in Server : vote[a] = j} \in Quorums => i = j
LogsBegin == \A i \in Server : \A k \in 1..Len(log[i]) : \E v \in Value : log[i][k] = [value |-> v]
Longest   == \A i \in Server : Greatest({k \in 0..Len(log[i]) : k <= asked[i]}) <= asked[i]
VotesStay == [][\A i \in Server : vote[i] # Nil => vote'[i] = vote[i]]_<<vote, log, asked, messages>>
HasSecret == \A i \in Server : Secret(i) => vote[i] = Nil

-----------------------------------------------------------------------------
(* What is not known, or not allowed.                                        *)
Counts     == Cardinality({i \in Server : vote[i] = Nil}) > 1
Half       == {Q \in SUBSET Server : 2 * Cardinality(Q) >= Cardinality(Server)}
HalfWins   == {i \in Server : vote[i] = Nil} \in Half
Domains    == DOMAIN vote = Server
Least      == CHOOSE k \in {1, 2} : \A o \in {1, 2} : k <= o
LeastIs1   == Least = 1
Lazy(i)    == IF vote[i] = Nil THEN vote' = [vote EXCEPT ![i] = i] ELSE UNCHANGED log
OneBranch  == \E i \in Server : Lazy(i)
Forgetful(i) == log[i] = <<>> /\ vote' = [vote EXCEPT ![i] = i]
ForgetsNext  == \E i \in Server : Forgetful(i)
Either(i)    == (vote' = [vote EXCEPT ![i] = i] \/ UNCHANGED vote) /\ UNCHANGED <<log, asked, messages>>
EitherNext   == \E i \in Server : Either(i)
Perhaps(i)   == (vote[i] = Nil => vote' = [vote EXCEPT ![i] = i]) /\ UNCHANGED <<log, asked, messages>>
PerhapsNext  == \E i \in Server : Perhaps(i)
Decided(i)   == IF asked' = asked THEN UNCHANGED <<vote, log, asked, messages>> ELSE FALSE
DecidedNext  == \E i \in Server : Decided(i)
Peeking(i)   == vote' = [vote EXCEPT ![i] = i] /\ (Secret(i))' /\ UNCHANGED <<log, asked, messages>>
PeekingNext  == \E i \in Server : Peeking(i)

-----------------------------------------------------------------------------
(* Next with a variable more, and what only looks like it.                   *)
VARIABLE ghost
GCampaign(i)  == Campaign(i) /\ ghost' = ghost \cup {i}
GAdd(i, v) == Add(i, v) /\ UNCHANGED ghost
GHandle(i, m) == Handle(i, m) /\ UNCHANGED ghost
Ghostly ==
  \/ \E i \in Server : GCampaign(i)
  \/ \E i \in Server, v \in Value : GAdd(i, v)
  \/ \E m \in messages : GHandle(m.to, m)
GInit == Init /\ ghost = {}

LeftOut == \E i \in Server : GCampaign(i)
More ==
  \/ \E i \in Server : GCampaign(i)
  \/ \E i \in Server, v \in Value : GAdd(i, v)
  \/ \E m \in messages : GHandle(m.to, m)
  \/ \E i \in Server : GCampaign(i)
OtherRange ==
  \/ \E i \in {Nil} : GCampaign(i)
  \/ \E i \in Server, v \in Value : GAdd(i, v)
  \/ \E m \in messages : GHandle(m.to, m)
OtherArgument ==
  \/ \E i \in Server : GCampaign(i)
  \/ \E i \in Server, v \in Value : GAdd(i, v)
  \/ \E m \in messages : GHandle(m.from, m)
Strict(i) == Campaign(i) /\ i \notin ghost /\ ghost' = ghost
WithGuard ==
  \/ \E i \in Server : Strict(i)
  \/ \E i \in Server, v \in Value : GAdd(i, v)
  \/ \E m \in messages : GHandle(m.to, m)
Twice(i) == Campaign(i) /\ ghost' = ghost /\ ghost' = ghost \cup {i}
SaidTwice ==
  \/ \E i \in Server : Twice(i)
  \/ \E i \in Server, v \in Value : GAdd(i, v)
  \/ \E m \in messages : GHandle(m.to, m)
Own(i) == Campaign(i) /\ asked' = asked
OwnVariable ==
  \/ \E i \in Server : Own(i)
  \/ \E i \in Server, v \in Value : GAdd(i, v)
  \/ \E m \in messages : GHandle(m.to, m)
StrictInit == Init /\ ghost = {} /\ Fast
=============================================================================
