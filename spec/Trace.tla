-------------------------------- MODULE Trace --------------------------------
(* Recorded runs of the shipping code, one step of the specification after   *)
(* the other: each record names an action of Next with its parameters, and   *)
(* what its node was like after it.  Nothing is chosen: a run has one next   *)
(* step, or none, and then its record is no step of the specification.       *)
(*                                                                           *)
(* The network keeps all that was sent (KeepMessages): a run is held to what *)
(* somebody sent, not to what a network lost.  proptest/trace writes the     *)
(* constant Runs, and reads from what is printed how far each run came.      *)
EXTENDS Raft, TLC

CONSTANT Runs   \* what was recorded
                \* Seq(Seq(Step)), see Taken, After and Whole for what a step has

VARIABLES run,  \* which of Runs
          at    \* how many of its steps were taken

\* n entries of one term and value, so that a long log is short in a record.
Run(term, value, n) == [k \in 1..n |-> [term |-> term, value |-> value]]

\* What a node knows of a log up to whose entry at base a snapshot stands.
Kept(l, base) ==
  IF base = 0 THEN l
  ELSE [base |-> base, term |-> TermAt(l, base), configuration |-> ConfigurationAt(l, base),
        entries |-> Slice(l, base, LastIndex(l))]
KeptImage(h) == [h EXCEPT !.log = Kept(h.log, h.snapshot)]
KeptPending(q) == [k \in 1..Len(q) |-> [q[k] EXCEPT !.state = KeptImage(q[k].state)]]
KeptMessage(m) ==
  IF m.type # "InstallSnapshot" THEN m
  ELSE [f \in (DOMAIN m \ {"covers"}) \cup {"configuration"} |->
          IF f = "configuration" THEN ConfigurationAt(m.covers, m.lastIndex) ELSE m[f]]

TraceInit == Init /\ run \in DOMAIN Runs /\ at = 0

\* The action that step s names, taken by node s.n.
Taken(s) ==
  CASE s.op = "Timeout"                     -> Timeout(s.n)
    [] s.op = "BecomeLeader"                -> BecomeLeader(s.n)
    [] s.op = "ClientRequest"               -> ClientRequest(s.n, s.v)
    [] s.op = "AppendEntries"               -> AppendEntries(s.n, s.j, s.prev, s.count)
    [] s.op = "AdvanceCommitIndex"          -> AdvanceCommitIndex(s.n)
    [] s.op = "HandleRequestVote"           -> s.m \in messages /\ HandleRequestVote(s.n, s.m)
    [] s.op = "HandleRequestVoteResponse"   -> s.m \in messages /\ HandleRequestVoteResponse(s.n, s.m)
    [] s.op = "HandleAppendEntries"         -> s.m \in messages /\ HandleAppendEntries(s.n, s.m)
    [] s.op = "HandleAppendEntriesResponse" -> s.m \in messages /\ HandleAppendEntriesResponse(s.n, s.m)
    [] s.op = "StepDown"                    -> s.m \in messages /\ StepDown(s.n, s.m)
    [] s.op = "Resign"                      -> Resign(s.n)
    [] s.op = "PreVote"                     -> PreVote(s.n)
    [] s.op = "HandleRequestPreVote"        -> s.m \in messages /\ HandleRequestPreVote(s.n, s.m)
    [] s.op = "TransferLeadership"          -> TransferLeadership(s.n, s.j)
    [] s.op = "HandleTimeoutNow"            -> s.m \in messages /\ HandleTimeoutNow(s.n, s.m)
    [] s.op = "ReadRequest"                 -> ReadRequest(s.n)
    [] s.op = "ConfirmTerm"                 -> ConfirmTerm(s.n, s.j)
    [] s.op = "HandleConfirmTerm"           -> s.m \in messages /\ HandleConfirmTerm(s.n, s.m)
    [] s.op = "HandleConfirmTermResponse"   -> s.m \in messages /\ HandleConfirmTermResponse(s.n, s.m)
    [] s.op = "ConfirmRead"                 -> ConfirmRead(s.n)
    [] s.op = "Compact"                     -> Compact(s.n, s.k)
    [] s.op = "SendSnapshot"                -> SendSnapshot(s.n, s.j)
    [] s.op = "HandleInstallSnapshot"       ->
         \E m \in {x \in messages : KeptMessage(x) = s.m} : HandleInstallSnapshot(s.n, m)
    [] s.op = "ChangeConfiguration"         -> ChangeConfiguration(s.n, s.voters, s.learners)
    [] s.op = "LeaveJoint"                  -> LeaveJoint(s.n)
    [] s.op = "Persist"                     -> Persist(s.n)
    [] s.op = "Restart"                     -> Restart(s.n)

\* Node i is as was recorded, in what is cheap to record.
After(i, a) ==
  /\ currentTerm'[i] = a.currentTerm /\ votedFor'[i] = a.votedFor /\ role'[i] = a.role
  /\ LastIndex(log'[i]) = a.lastIndex /\ TermAt(log'[i], LastIndex(log'[i])) = a.lastTerm
  /\ commitIndex'[i] = a.commitIndex /\ LastIndex(disk'[i].log) = a.durableIndex
  /\ Len(pending'[i]) = a.pending /\ votesGranted'[i] = a.votesGranted
  /\ readID'[i] = a.readID /\ readIndex'[i] = a.readIndex /\ snapshotIndex'[i] = a.snapshotIndex
  /\ \A p \in a.peer :  \* one, or none
       /\ nextIndex'[i][p.id] = p.next /\ matchIndex'[i][p.id] = p.match
       /\ readAcked'[i][p.id] = p.acked

\* Node i is as was recorded, in all.
Whole(i, w) ==
  /\ currentTerm'[i] = w.currentTerm /\ votedFor'[i] = w.votedFor /\ snapshotIndex'[i] = w.snapshotIndex
  /\ Kept(log[i], snapshotIndex[i])' = w.log
  /\ KeptImage(disk[i])' = w.disk /\ KeptPending(pending[i])' = w.pending /\ role'[i] = w.role
  /\ commitIndex'[i] = w.commitIndex /\ votesGranted'[i] = w.votesGranted
  /\ nextIndex'[i] = w.nextIndex /\ matchIndex'[i] = w.matchIndex
  /\ readID'[i] = w.readID /\ readIndex'[i] = w.readIndex /\ readAcked'[i] = w.readAcked

TraceNext ==
  /\ at < Len(Runs[run])
  /\ at' = at + 1 /\ run' = run
  /\ \E s \in {Runs[run][at + 1]} :  \* a value: an action would prime `at` within an operator
       /\ Taken(s)
       /\ \A a \in s.after : After(s.n, a)
       /\ \A sent \in s.sent : {KeptMessage(m) : m \in messages'} = {KeptMessage(m) : m \in messages} \cup sent
       /\ \A w \in s.whole : Whole(s.n, w)

TraceSpec == TraceInit /\ [][TraceNext]_<<vars, run, at>>

\* Tells that a run came this far.
Told == PrintT(<<"came", run, at>>)
=============================================================================
