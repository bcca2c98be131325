------------------------------ MODULE Constructs ------------------------------
EXTENDS Naturals, Sequences
CONSTANTS Server, Op(_)
VARIABLES x, y

Booleans == ((TRUE /\ FALSE) \/ ~TRUE) => x = y
List ==
  /\ x # y
  /\ \/ x \in {1, 2}
     \/ x \notin Server
  /\ (y <=> Op(x))
Sets == ((Server \cup {1}) \cap (Server \ {"a"})) \subseteq UNION (SUBSET Server)
Bounded == \A a, b \in Server : \E c \in 1..3, <<d, e>> \in Server \X Server : a + b - c * d > e
Chosen == CHOOSE k \in Server : \A other \in Server : other <= k
Comprehended == <<{a \in Server : a < 2}, {a + 1 : a \in Server}, [a \in Server |-> a], [Server -> Nat]>>
Records == [term |-> 1, vote |-> 2].term \in [term : Nat, vote : Server]
Changed == [x EXCEPT ![1] = @ + 1, ![2].vote[3] = 4]
Chosen2(a) == IF a THEN CASE x = 1 -> 2 [] x = 2 -> 3 [] OTHER -> 4 ELSE CASE x = 1 -> 5
Inner(a) == LET twice(b) == a + b + b
                once == twice(1)
            IN once * 2
Sum[n \in Nat] == IF n = 0 THEN 0 ELSE n + Sum[n - 1]
Higher(F(_), a) == F(F(a))
Uses == Higher(Inner, Len(Tail(<<1, 2>>))) + DOMAIN x
Step == x' = y /\ UNCHANGED <<x, y>>
Always == [][x' > x]_<<x, y>>
=============================================================================
