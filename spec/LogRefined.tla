------------------------------ MODULE LogRefined ------------------------------
(* Raft is one log: each of its steps is one of Log's, or changes nothing     *)
(* there.  The log is what was ever committed, for commitIndex is volatile:   *)
(* by what nodes know it would shrink when they crash.  A reader is a node,   *)
(* and knows its own log up to its commitIndex.                               *)
(*                                                                            *)
(* What was ever committed only grows, by how MCRaft remembers it; what this  *)
(* adds is that all that any node takes for committed, in whichever order it  *)
(* learns it and across crashes, is the beginning of that.                    *)
EXTENDS SeedsRaft

L == INSTANCE Log WITH
       Reader <- Server,
       committed <- [k \in 1..Len(ever) |-> ever[k].entry],
       told <- [i \in Server |-> Known(i)]

\* A script of nothing: the model begins where Raft does.
NoScript == <<>>

-----------------------------------------------------------------------------
(* What must hold of a model of this module, beside all that must hold of    *)
(* every one.                                                                *)

RefinesLog == L!Init /\ [][L!Next]_(L!vars)
=============================================================================
