--------------------------- MODULE ToyProperties ----------------------------
(* One property for each way in which TLC words a violation. *)
EXTENDS Toy

Ordered == low <= high
Small == high < 2
BadAtStart == low = 1
Unreadable == low < <<1>>

LowMonotonic == [][low' >= low]_vars
HighMonotonic == [][high' >= high]_vars
Alias == HighMonotonic
Both ==
  /\ LowMonotonic
  /\ [][high' >= high]_vars
StartsHigh == high = 1 /\ [][TRUE]_vars
Misquantified == \A k \in {1, 2} : [][high' >= high]_vars

Climbing == INSTANCE Climber WITH height <- high
Refines == Climbing!Spec

Reaches == <>(low = Max)
Leads == (high = 1) ~> (low = 3)
=============================================================================
