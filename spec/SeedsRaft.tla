------------------------------ MODULE SeedsRaft ------------------------------
(* Models that start deep: a script of actions leads from Init to the seed,  *)
(* then everything within the bounds may happen.  So a seed is not a state   *)
(* that somebody wrote down: TLC walks to it, by the specification's own     *)
(* actions, in every run.  A script that can't be walked to its end shows:   *)
(* then none of the bounded actions ever fires, and coverage is red.         *)
EXTENDS MutantsRaft

CONSTANT Script
VARIABLE at                \* how much of the script is done
seedVars == <<mcVars, at>>

\* One line of a script.  With WriteThrough no Persist is needed.
Do(s) ==
  CASE s[1] = "Timeout"            -> Timeout(s[2])
    [] s[1] = "BecomeLeader"       -> BecomeLeader(s[2])
    [] s[1] = "ClientRequest"      -> ClientRequest(s[2], "Command")
    [] s[1] = "AppendEntries"      -> AppendEntries(s[2], s[3], s[4], s[5])
    [] s[1] = "AdvanceCommitIndex" -> AdvanceCommitIndex(s[2])
    [] s[1] = "Persist"            -> Persist(s[2])
    [] s[1] = "Restart"            -> Restart(s[2])
    [] s[1] = "Vote"      -> \E m \in messages : m.from = s[2] /\ HandleRequestVote(s[3], m)
    [] s[1] = "Voted"     -> \E m \in messages : m.from = s[2] /\ HandleRequestVoteResponse(s[3], m)
    [] s[1] = "Append"    -> \E m \in messages : m.from = s[2] /\ HandleAppendEntries(s[3], m)
    [] s[1] = "Appended"  -> \E m \in messages : m.from = s[2] /\ HandleAppendEntriesResponse(s[3], m)

Scripted ==
  /\ at < Len(Script) /\ at' = at + 1 /\ UNCHANGED crashes
  /\ \E s \in {Script[at + 1]} : Do(s)  \* a value: at is primed inside

\* The bounded actions wait for the end of the script (replaces Counted).
CountedAfterScript(c) ==
  at = Len(Script) /\ UNCHANGED at /\ crashes' = c /\ Within'

SeedInit == MCInit /\ at = 0
SeedSpec == SeedInit /\ [][Scripted \/ MCNext]_seedVars

-----------------------------------------------------------------------------
(* Scripts.                                                                  *)

\* Candidate c wins its next term with the vote of v, disks being instant.
Elect(c, v) ==
  <<<<"Timeout", c>>, <<"Vote", c, v>>, <<"Voted", v, c>>, <<"BecomeLeader", c>>>>

\* Node 1 leads term 1 and everybody knows; disks take their time.
Elected ==
  <<<<"Timeout", 1>>, <<"Persist", 1>>, <<"Vote", 1, 2>>, <<"Persist", 2>>,
    <<"Voted", 2, 1>>, <<"BecomeLeader", 1>>, <<"Vote", 1, 3>>, <<"Persist", 3>>,
    <<"AppendEntries", 1, 2, 0, 0>>, <<"Append", 1, 2>>,
    <<"AppendEntries", 1, 3, 0, 0>>, <<"Append", 1, 3>>>>

\* Figure 8 (b): 1 led term 1, wrote entry 1 on itself only and crashed; 3 leads
\* term 2 by the vote of 2, and wrote entry 1 on itself only; 1 is back.
Figure8 ==
  Elect(1, 2) \o <<<<"ClientRequest", 1>>, <<"Restart", 1>>, <<"Timeout", 3>>>>
  \o Elect(3, 2) \o <<<<"ClientRequest", 3>>, <<"Timeout", 1>>>>
Figure8Campaigns == {<<1, 3>>, <<3, 4>>}

\* 3 keeps two entries of term 1 that nobody else has; 1 leads term 2 with one
\* entry of its own.
Leftover ==
  Elect(3, 2) \o <<<<"ClientRequest", 3>>, <<"ClientRequest", 3>>, <<"Timeout", 1>>>>
  \o Elect(1, 2) \o <<<<"ClientRequest", 1>>>>

\* Five nodes: 1 leads term 1 by the votes of 2 and 4; 3 has that of 5 and
\* still asks for it; 4 asks for term 2.  Node 2's vote decides.
Undecided ==
  <<<<"Timeout", 1>>, <<"Persist", 1>>, <<"Timeout", 3>>, <<"Persist", 3>>,
    <<"Vote", 1, 2>>, <<"Persist", 2>>, <<"Voted", 2, 1>>,
    <<"Vote", 1, 4>>, <<"Persist", 4>>, <<"Voted", 4, 1>>, <<"BecomeLeader", 1>>,
    <<"Vote", 3, 5>>, <<"Persist", 5>>, <<"Voted", 5, 3>>,
    <<"Timeout", 4>>, <<"Persist", 4>>>>
=============================================================================
