------------------------------ MODULE RaftTypes -------------------------------
(* The first conjunct of the invariant (RaftInvariant): what each variable    *)
(* and each ghost is.  To a solver this says which numbers are not negative,  *)
(* and who is a node.                                                         *)
EXTENDS RaftGhosts

Entry == [term : Nat, value : Value]
State == [term : Nat, vote : Server \cup {Nil}, log : Seq(Entry), snapshot : Nat, commit : Nat]
Choice == [term : Nat, index : Nat]

Message ==
  [type : {"RequestVote"}, from : Server, to : Server, term : Nat,
   lastIndex : Nat, lastTerm : Nat, transfer : BOOLEAN]
  \cup [type : {"RequestVoteResponse"}, from : Server, to : Server, term : Nat, granted : BOOLEAN]
  \cup [type : {"AppendEntries"}, from : Server, to : Server, term : Nat,
        prev : Nat, prevTerm : Nat, entries : Seq(Entry), commit : Nat]
  \cup [type : {"AppendEntriesResponse"}, from : Server, to : Server, term : Nat,
        success : BOOLEAN, match : Nat, hint : Nat, hintTerm : Nat]
  \cup [type : {"InstallSnapshot"}, from : Server, to : Server, term : Nat,
        lastIndex : Nat, lastTerm : Nat, covers : Seq(Entry)]
  \cup [type : {"RequestPreVote"}, from : Server, to : Server, term : Nat,
        lastIndex : Nat, lastTerm : Nat]
  \cup [type : {"RequestPreVoteResponse"}, from : Server, to : Server, term : Nat, granted : BOOLEAN]
  \cup [type : {"TimeoutNow"}, from : Server, to : Server, term : Nat]
  \cup [type : {"ConfirmTerm"}, from : Server, to : Server, term : Nat, read : Nat]
  \cup [type : {"ConfirmTermResponse"}, from : Server, to : Server, term : Nat, read : Nat]

Types ==
  /\ currentTerm \in [Server -> Nat]
  /\ votedFor \in [Server -> Server \cup {Nil}]
  /\ log \in [Server -> Seq(Entry)]
  /\ snapshotIndex \in [Server -> Nat]
  /\ disk \in [Server -> State]
  /\ pending \in [Server -> Seq([state : State, out : SUBSET Message])]
  /\ role \in [Server -> {"follower", "candidate", "leader"}]
  /\ commitIndex \in [Server -> Nat]
  /\ votesGranted \in [Server -> SUBSET Server]
  /\ nextIndex \in [Server -> [Server -> Nat]]
  /\ matchIndex \in [Server -> [Server -> Nat]]
  /\ readID \in [Server -> Nat]
  /\ readIndex \in [Server -> Nat]
  /\ readAcked \in [Server -> [Server -> Nat]]
  /\ messages \in SUBSET Message
  /\ voted \in SUBSET (Server \X Nat \X Server)
  /\ held \in SUBSET (Server \X Nat \X Nat)
  /\ elected \in SUBSET Nat
  /\ leaderOf \in [Terms -> Server \cup {Nil}]
  /\ electors \in [Terms -> Quorums]
  /\ leaderLog \in [Terms -> Seq(Entry)]
  /\ chosen \in SUBSET (Nat \X Nat)
  /\ choosers \in [Terms -> [Indexes -> Quorums]]
  /\ why \in [Server -> [Indexes -> Choice]]
  /\ told \in SUBSET (Nat \X Nat)
  /\ toldWhy \in [Terms -> [Indexes -> Choice]]
  /\ everKnown \in Seq([entry : Entry, at : Nat, by : Choice])
  /\ issued \in [Terms -> Nat]
  /\ overtaken \in SUBSET (Nat \X Nat \X Nat)
  /\ mustSee \in [Server -> Nat]
=============================================================================
