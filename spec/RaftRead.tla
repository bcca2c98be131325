------------------------------ MODULE RaftRead -------------------------------
(* Reads that put nothing in the log (thesis, section 6.4).  A read must see *)
(* what anybody knew to be committed when it came.  The leader gives it an   *)
(* id, and notes what is committed; when a quorum has said, with that id,    *)
(* that it knows no later term, no later leader can have been elected before *)
(* the read came: so nothing is committed that this leader had not.          *)
(*                                                                           *)
(* Left out: the state machine, which answers when it has applied readIndex. *)
(* Policy takes all reads that wait together, and asks for each id until it  *)
(* is confirmed.                                                             *)
(* Twin: raft/protocol/read.go.                                              *)
EXTENDS RaftSnapshot

\* Leader i gives the reads that wait its next id.
ReadRequest(i) ==
  /\ role[i] = "leader" /\ MayRead(i)
  /\ readID'    = [readID EXCEPT ![i] = @ + 1]
  /\ readIndex' = [readIndex EXCEPT ![i] = commitIndex[i]]
  /\ UNCHANGED <<hardVars, role, commitIndex, votesGranted, nextIndex, matchIndex, readAcked>>
  /\ Output(i, {}, {}, FALSE)

\* Leader i asks j whether it knows of a later term.
ConfirmTerm(i, j) ==
  /\ role[i] = "leader" /\ i # j
  /\ UNCHANGED <<hardVars, role, commitIndex, votesGranted, leaderVars>>
  /\ Output(i, {}, {ConfirmTermRequest(i, j)}, FALSE)

\* Nothing is adopted, so nothing is written and the answer waits for no disk.  A vote for
\* a later term that has left was durable before: a crash does not undo the answer.
HandleConfirmTerm(i, m) ==
  /\ m.type = "ConfirmTerm" /\ m.to = i
  /\ UNCHANGED <<hardVars, role, commitIndex, votesGranted, leaderVars>>
  /\ Output(i, {m}, {ConfirmTermAnswer(i, m, TermConfirmed(i, m))}, FALSE)

HandleConfirmTermResponse(i, m) ==
  /\ m.type = "ConfirmTermResponse" /\ m.to = i
  /\ role[i] = "leader" /\ AckCounts(i, m)
  /\ readAcked' = [readAcked EXCEPT ![i][m.from] = ReadCounts(i, m)]
  /\ UNCHANGED <<hardVars, role, commitIndex, votesGranted, nextIndex, matchIndex, readID, readIndex>>
  /\ Output(i, {m}, {}, FALSE)

\* Who has said, after i's newest reads came, that i's term is the latest it knows.
Confirmers(i) == {j \in Server : j = i \/ readAcked[i][j] >= readID[i]}

\* The newest reads of leader i may be answered by whoever has applied readIndex.
ConfirmRead(i) ==
  /\ role[i] = "leader" /\ readID[i] > 0
  /\ Confirmers(i) \in Quorum(i)
  /\ UNCHANGED <<hardVars, role, commitIndex, votesGranted, leaderVars>>
  /\ Output(i, {}, {}, FALSE)
=============================================================================
