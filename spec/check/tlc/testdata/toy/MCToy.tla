------------------------------- MODULE MCToy --------------------------------
(* Toy with bounds, in the shapes that a bounded model has. *)
EXTENDS ToyProperties, TLC
CONSTANT MaxFalls
VARIABLE falls
mcVars == <<vars, falls>>

Free == UNCHANGED falls
MCInit == Init /\ falls = 0
MCFall == falls < MaxFalls /\ Fall /\ falls' = falls + 1
MCRaise(n) == Raise(n) /\ Free
MCNext ==
  \/ \E n \in 1..(Max - high) : n < 3 /\ MCRaise(n)  \* a set that depends on the state
  \/ \E n \in {low} : Follow /\ Free                 \* an action among other operators
  \/ /\ Follow \/ Never                              \* not Fall: two that TLC counts as one
     /\ Free
  \/ MCFall
MCSpec == MCInit /\ [][MCNext]_mcVars

PrintTuple == PrintT(<<low, high>>)
PrintString == PrintT(ToString(<<low, high>>))
=============================================================================
