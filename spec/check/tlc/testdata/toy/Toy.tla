-------------------------------- MODULE Toy --------------------------------
(* A small system to record TLC's output from: low follows high. *)
EXTENDS Naturals
CONSTANT Max
VARIABLES low, high
vars == <<low, high>>

Init == low = 0 /\ high = 0
Raise(n) == high + n <= Max /\ high' = high + n /\ UNCHANGED low
Follow == low < high /\ low' = low + 1 /\ UNCHANGED high
Fall == high > low /\ high' = low /\ UNCHANGED low
Never == low > high /\ low' = 0 /\ UNCHANGED high  \* its guard can't hold
Next == (\E n \in 1..2 : Raise(n)) \/ Follow \/ Fall \/ Never

Spec == Init /\ [][Next]_vars
FairSpec == Spec /\ WF_vars(Follow)
=============================================================================
