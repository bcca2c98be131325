-------------------------------- MODULE Wrong ---------------------------------
(* What has no value, or is not evaluated here: each an error, none FALSE.    *)
EXTENDS Integers, Sequences, FiniteSets

VARIABLES x, y

\* No value.
Outside == <<1, 2>>[3] = 1
NoField == [a |-> 1].b = 1
Mixed == 1 = "a"
MixedSets == {1} = 1
MixedMember == 1 \in {"a"}
NotBoolean == 1 /\ TRUE
NotInteger == 1 + "a" = 2
NoArm == CASE 1 > 2 -> TRUE
NothingChosen == (CHOOSE n \in {} : TRUE) = 1
NoExtreme == LET greatest(S) == CHOOSE n \in S : \A o \in S : o <= n IN greatest({}) = 1
EmptyHead == Head(<<>>) = 1
TooLong == SubSeq(<<1>>, 1, 2) = <<>>
NotASet == 1 \in 2
NoPlace == [<<1>> EXCEPT ![2] = 3] = <<1>>
ByZero == 1 \div 0 = 1

\* No action.
Unknown == y' = x' /\ x' = 1
Unsaid == x' = 1

\* Not evaluated.
Forever == []TRUE
Factorial[n \in Nat] == IF n = 0 THEN 1 ELSE n * Factorial[n - 1]
Recursive == Factorial[3] = 6
Listed == Nat = {1}
Doubly == (x')' = 1
Pairs == [m \in {1}, n \in {2} |-> m + n] = <<>>
=============================================================================
