------------------------------ MODULE Climber -------------------------------
(* What Toy would refine if nothing ever fell. *)
EXTENDS Naturals
VARIABLE height
Init == height = 0
Climb == height' > height
Next == Climb
Spec == Init /\ [][Next]_height
=============================================================================
