-------------------------------- MODULE Values --------------------------------
(* What has a value, a construct each: TLC prints All, and spec/ground must   *)
(* give the same.                                                             *)
EXTENDS Integers, Sequences, FiniteSets, TLC

CONSTANTS Node, Number, Nobody, Op(_)

\* Every name that a .cfg may override or replace.
Override == 1
Given(a) == a
Taken(a) == a + 100
Square(a) == a * a

Logic == <<TRUE /\ FALSE, TRUE \/ FALSE, ~TRUE, FALSE => FALSE, TRUE <=> FALSE, TRUE # FALSE>>
List ==
  /\ 1 < 2
  /\ \/ 2 <= 1
     \/ 2 >= 2
  /\ 3 > 2
Numbers == <<1 + 2, 5 - 7, 3 * 4, 7 \div 2, 7 % 3, -3, -(2 - 5), (-7) % 3, (-7) \div 2>>
Sets == <<{3, 1, 2, 1}, {}, 2..4, 4..2, {1, 2} \cup {2, 3}, {1, 2} \cap {2, 3}, {1, 2} \ {2, 3},
          UNION {{1}, {2, 3}, {}}, SUBSET {1, 2}, {1, 2} \subseteq {1, 2, 3}, {4} \subseteq {1},
          1 \in {1}, 1 \notin {1}, Cardinality({5, 6, 5}), {1, 2} = {2, 1}, IsFiniteSet({1})>>
Members == <<3 \in Nat, -3 \in Nat, -3 \in Int, "a" \in STRING, TRUE \in BOOLEAN, <<1, 2>> \in Seq(Nat),
             <<1, -2>> \in Seq(Nat), [a |-> 1] \in [a : Nat], [a |-> -1] \in [a : Nat], {1} \in SUBSET Nat,
             <<1, 2>> \in [{1, 2} -> Nat], [n \in {5} |-> 1] \in [{5} -> {1, 2}], [n \in {5} |-> 3] \in [{5} -> {1, 2}],
             2 \in {n \in 1..3 : n > 1}, 1 \in {n \in Nat : n > 1}, {1, 2} \subseteq {n \in Nat : n < 3}, Nobody \in {1, Nobody},
             1 \in Nat \cup {Nobody}, Nobody \in Nat \cup {Nobody}, 5 \in 1..3, 2 \in 1..3, {1} \subseteq (Nat \ {1})>>
Quantified == <<\A n \in 1..3 : n > 0, \E n \in 1..3 : n > 3, \A n \in {} : FALSE, \E m, n \in 1..2 : m + n = 4,
                \E <<m, n>> \in {<<1, 2>>, <<2, 1>>} : m > n, \A m \in 1..2, n \in 3..4 : m < n>>
Chosen == <<CHOOSE n \in {3} : TRUE, CHOOSE n \in 1..9 : n * n = 16, CHOOSE n \in {"a", "b"} : n # "a">>
Maximum(S) == CHOOSE k \in S : \A other \in S : other <= k
Minimum(S) == CHOOSE k \in S : \A other \in S : other >= k
Extremes == <<Maximum({4, 9, 2}), Minimum({4, 9, 2}), Maximum(2..5)>>
Comprehended == <<{n \in 1..5 : n % 2 = 1}, {n * n : n \in -2..2}, {<<m, n>> : m \in 1..2, n \in 3..4},
                  {m + n : <<m, n>> \in {<<1, 2>>, <<2, 1>>}}>>
Functions == <<[n \in 1..3 |-> n * n], [n \in {"a", "b"} |-> 1], [n \in {5, 7} |-> n], [n \in {} |-> n],
               [n \in {"a"} |-> 1] = [a |-> 1], [n \in 1..2 |-> n] = <<1, 2>>, DOMAIN <<5, 6>>, DOMAIN [a |-> 1, b |-> 2],
               DOMAIN [n \in {5, 7} |-> n], [n \in {5, 7} |-> n + 1][7], [{1, 2} -> {3, 4}], [{"a"} -> {1, 2}],
               (5 :> 1) @@ (7 :> 2), [a |-> 1] @@ [a |-> 2, b |-> 3], <<1, 2>>[2], [a |-> 4]["a"]>>
Records == <<[b |-> 1, a |-> 2], [b |-> 1, a |-> 2].a, [a : {1, 2}, b : {3}], [a |-> 1] = [b |-> 1], [a |-> [b |-> 3]].a.b,
             {1, 2} \X {3}, {1} \X {2} \X {3}>>
Sequence == <<Len(<<1, 2, 3>>), Append(<<1>>, 2), <<1>> \o <<2, 3>>, Head(<<1, 2>>), Tail(<<1, 2>>), SubSeq(<<1, 2, 3>>, 2, 3),
               SubSeq(<<1, 2, 3>>, 3, 2), SubSeq(<<1, 2, 3>>, 0, -1), <<>> \o <<>>, <<1, 2>> = <<1>>, <<1, "a", TRUE, {}>>>>
Changed == <<[<<1, 2>> EXCEPT ![1] = 5], [<<1, 2>> EXCEPT ![1] = @ + 1, ![1] = @ * 10], [[a |-> 1] EXCEPT !.a = @ + 1],
             [<<[a |-> 1], [a |-> 2]>> EXCEPT ![2].a = @ + 1], [[a |-> <<1, 2>>] EXCEPT !.a[2] = 7],
             [<<1, 2>> EXCEPT ![1] = [<<8, 9>> EXCEPT ![2] = @ + 1][2] + @], [[n \in {5, 7} |-> n] EXCEPT ![7] = {}],
             [<<3, 4>> EXCEPT ![2] = Square(@)]>>
Branches == <<IF 1 < 2 THEN "yes" ELSE "no", CASE 1 > 2 -> "a" [] 2 > 1 -> "b" [] OTHER -> "c", CASE FALSE -> 1 [] OTHER -> 2>>

\* A LET sees the names around it, and each round of a quantifier anew.
Inner(a) == LET twice(b) == a + b + b
                once == twice(1)
            IN once * once
Higher(F(_), a) == F(F(a))
Through(F(_), a) == Higher(F, a) + Higher(LAMBDA b : b + 1, a)
Lets == <<Inner(3), Inner(4), {LET m == n * 2 IN m + m : n \in 1..3}, Higher(Square, 3), Through(Square, 2), Higher(Inner, 1),
          [n \in 1..3 |-> LET all == {m \in 1..3 : m > n} IN Cardinality(all)], Given(LET a == 2 IN a * a),
          {<<m, LET lot == {k \in 1..m : k > 1} IN {k + Cardinality(lot) : k \in lot}>> : m \in 1..3}>>

\* An argument that is not asked for need not have a value.
Or(a, b) == IF a THEN TRUE ELSE b
Lazy == <<Or(TRUE, <<>>[1] = 1), 1 = 1 \/ <<>>[1] = 1, 1 = 2 /\ <<>>[1] = 1, 1 = 2 => <<>>[1] = 1>>

Configured == <<Node, Number, Nobody, Nobody = 1, Override, Given(1), Op(4), {n \in Node : n > 1}>>

All == <<Logic, List, Numbers, Sets, Members, Quantified, Chosen, Extremes, Comprehended, Functions, Records, Sequence, Changed,
         Branches, Lets, Lazy, Configured>>

ASSUME PrintT(ToString(All))
=============================================================================
