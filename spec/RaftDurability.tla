--------------------------- MODULE RaftDurability ----------------------------
(* What is written, what leaves now and what leaves with the write; the      *)
(* disk; a crash.                                                            *)
(*                                                                           *)
(* Modelled: one FIFO stream of atomic writes, made durable one by one.      *)
(* Left out: torn writes and rot, which raft/wal turns into either a lost    *)
(* tail (which Restart is) or a refusal to start.                            *)
(* Twin: raft/protocol/durability.go.                                        *)
EXTENDS RaftGuards

\* The end of every action of node i: consume `in`, put what changed of the
\* hard state on the way to the disk, send `out`.  Where `wait` holds, `out`
\* leaves only when all that was written so far is durable.
Output(i, in, out, wait) ==
  LET wrote == HardState(i)' # HardState(i)
      left  == IF KeepMessages THEN messages ELSE messages \ in
      write(state) == [state |-> state, out |-> {}]
      new   == Writes(i, HardState(i), HardState(i)')
      queue == IF wrote THEN pending[i] \o [k \in 1..Len(new) |-> write(new[k])]
                        ELSE pending[i]
  IN CASE WriteThrough ->
            /\ disk' = [disk EXCEPT ![i] = HardState(i)']
            /\ messages' = Send(left, out)
            /\ UNCHANGED pending
       [] ~WriteThrough /\ wait /\ queue # <<>> ->
            /\ pending' = [pending EXCEPT ![i] = [queue EXCEPT ![RidesOn(queue)].out = @ \cup out]]
            /\ messages' = left
            /\ UNCHANGED disk
       [] OTHER ->
            /\ pending' = [pending EXCEPT ![i] = queue]
            /\ messages' = Send(left, out)
            /\ UNCHANGED disk

\* What a candidate or leader knew is dropped.
Forget(i) ==
  /\ votesGranted' = [votesGranted EXCEPT ![i] = {}]
  /\ nextIndex'    = [nextIndex EXCEPT ![i] = [j \in Server |-> 0]]
  /\ matchIndex'   = [matchIndex EXCEPT ![i] = [j \in Server |-> 0]]

-----------------------------------------------------------------------------

\* The disk acknowledges i's first pending write.
Persist(i) ==
  /\ pending[i] # <<>>
  /\ disk'     = [disk EXCEPT ![i] = Saved(i)]
  /\ messages' = Send(messages, Released(i))
  /\ pending'  = [pending EXCEPT ![i] = Tail(@)]
  /\ UNCHANGED <<hardVars, role, commitIndex, votesGranted, leaderVars>>

\* i crashes and comes back with what its disk holds.
Restart(i) ==
  /\ currentTerm' = [currentTerm EXCEPT ![i] = Recovered(i).term]
  /\ votedFor'    = [votedFor EXCEPT ![i] = Recovered(i).vote]
  /\ log'         = [log EXCEPT ![i] = Recovered(i).log]
  /\ pending'     = [pending EXCEPT ![i] = <<>>]
  /\ role'        = [role EXCEPT ![i] = "follower"]
  /\ commitIndex' = [commitIndex EXCEPT ![i] = 0]
  /\ Forget(i)
  /\ UNCHANGED <<disk, messages>>
=============================================================================
