-------------------------------- MODULE Steps ---------------------------------
(* What an action may be made of: TLC's steps must be those of spec/ground.   *)
EXTENDS Naturals, Sequences

VARIABLES x, y, z
both == <<x, y>>
vars == <<both, z>>

Init == x = 0 /\ y \in {0, 1} /\ (z = <<>> \/ z = <<y>>)

\* Ways in the middle: what follows is asked for each, with the next values of that way.
Either == (x' = 1 \/ x' = 2) /\ y' = (x' + y) % 3 /\ UNCHANGED z

\* A LET that speaks of next values, before they are known.
Later ==
  LET sum == x' + y'
  IN x' \in {0, 1} /\ (y' = x' \/ y' = 0) /\ z' = IF sum > 1 THEN <<>> ELSE <<sum>>

\* A LET that is primed, and used unprimed as well.
Primed ==
  LET next == x + 1
  IN x < 3 /\ x' = next /\ z' = <<next>> /\ y' = IF next' > 2 THEN 0 ELSE y

Cases ==
  CASE x = 0 -> x' = 1 /\ UNCHANGED <<y, z>>
    [] x > 2 -> UNCHANGED both /\ z' = <<x>>
    [] OTHER -> UNCHANGED vars

Choice == IF x > y THEN x' = y /\ UNCHANGED <<y, z>>
                   ELSE \E k \in 0..1 : x' = k /\ y' = k /\ UNCHANGED z

\* The second time it is a comparison.
Twice == x' = 1 /\ x' \in {0, 1} /\ (x' = 0 \/ y' = 0) /\ UNCHANGED <<y, z>>

\* A variable as an argument, an action as one, and an operator that primes its argument.
Bump(v) == v' = (v + 1) % 4
Both(A, B) == A /\ B
Grown(old, new) == new > old
Passed == Both(Bump(x), Bump(y)) /\ Grown(x, x') /\ UNCHANGED z

After(e) == e'
Looked == x' = (x + 2) % 4 /\ y' = y /\ z' = <<After(x + y)>>

\* Never enabled, and no error.
Never == x > 99 /\ x' = <<>>[1]

Next ==
  \/ Either
  \/ Later
  \/ Primed
  \/ Cases
  \/ Choice
  \/ Twice
  \/ Passed
  \/ Looked
  \/ Never
=============================================================================
