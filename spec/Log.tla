-------------------------------- MODULE Log ---------------------------------
(* What Raft is for: one log, on which all agree and that only grows.        *)
(*                                                                           *)
(* No nodes, terms, votes or messages here.  There are readers, each of whom *)
(* is told of the log from its beginning on; one that crashes may have       *)
(* forgotten how far, and is told the same again.  That Raft does no more    *)
(* than this is what LogRefined says.  Left out: who asked for an entry, and *)
(* what answers its clients get.                                             *)
EXTENDS Naturals, Sequences

CONSTANT Reader

VARIABLES
  committed,  \* the log: Seq(entry)
  told        \* how much of it a reader knows
              \* [Reader -> Seq(entry)]

vars == <<committed, told>>

Init == committed = <<>> /\ told = [r \in Reader |-> <<>>]

\* More is committed, behind all that was, and r is the first to know.
Commit(r) ==
  /\ Len(committed) < Len(committed') /\ SubSeq(committed', 1, Len(committed)) = committed
  /\ told' = [told EXCEPT ![r] = committed']

\* r is told of more of what is committed.
Learn(r) ==
  /\ UNCHANGED committed
  /\ \E n \in Len(told[r]) + 1..Len(committed) : told' = [told EXCEPT ![r] = SubSeq(committed, 1, n)]

\* r has crashed, and knows less.
Forget(r) ==
  /\ UNCHANGED committed
  /\ \E n \in 0..Len(told[r]) : told' = [told EXCEPT ![r] = SubSeq(@, 1, n)]

Next == \E r \in Reader : Commit(r) \/ Learn(r) \/ Forget(r)

Spec == Init /\ [][Next]_vars
=============================================================================
