--------------------------- MODULE RaftMembership ----------------------------
(* Who decides, and how that changes (section 6, joint consensus).           *)
(*                                                                           *)
(* A configuration is an entry of the log, and in force from when it is      *)
(* appended.  A change goes by two: one in which majorities of the old and   *)
(* of the new voters decide, each, and when that is committed, the new ones  *)
(* alone.  Whoever leads takes the second step.                              *)
(*                                                                           *)
(* An element of Server is a folder, not a name: a disk that was wiped comes *)
(* back as another element, and a replacement is a change from the one to    *)
(* the other.  So what a former disk acknowledged can't count.  Learners     *)
(* decide nothing; whom a leader sends to is policy, and so is when a        *)
(* learner has enough to be made a voter, and when who is no voter any more  *)
(* resigns and is told.                                                      *)
(* Twin: raft/protocol/membership.go.                                        *)
EXTENDS RaftRead

\* Leader i appends a configuration.
Configure(i, voters, learners) ==
  /\ log' = [log EXCEPT ![i] =
               Splice(@, AppendsAt(i), <<[term |-> currentTerm[i], value |-> "Configuration",
                                          voters |-> voters, learners |-> learners]>>)]
  /\ UNCHANGED <<currentTerm, votedFor, snapshotIndex, role, commitIndex, votesGranted, leaderVars>>
  /\ Output(i, {}, {}, FALSE)

\* Leader i begins to change who decides, and who learns.  Where only learners change that is
\* all: the same voters decide before and after.  It may say again what is in force: then
\* the host has something else to say of the same members.
ChangeConfiguration(i, voters, learners) ==
  /\ role[i] = "leader" /\ Len(InForce(i).voters) = 1 /\ MayChange(i)
  /\ voters # {} /\ voters \cap learners = {}
  /\ LET now == InForce(i).voters[1]
     IN Configure(i, IF voters = now THEN <<now>> ELSE <<now, voters>>, learners)

\* Leader i ends a change, whoever began it.
LeaveJoint(i) ==
  /\ role[i] = "leader" /\ Len(InForce(i).voters) = 2 /\ MayLeave(i)
  /\ Configure(i, <<InForce(i).voters[2]>>, InForce(i).learners)
=============================================================================
