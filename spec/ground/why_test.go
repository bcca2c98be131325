// Goal: whoever is told that a step is none of an action learns which conjunct is false, where it stands and what the values were.
// Method: steps of the specification, each altered in one place.
package ground_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/spec/ground"
)

// accepting is a follower of term 1 that is sent an entry, and the state after it accepted that.
func accepting(t *testing.T) (s *ground.Spec, handle *ground.Action, before, after ground.State, args []ground.Value) {
	s = configured(t, specDir, "Raft", "testdata/raft.cfg")
	initial, err := s.Initial("Init")
	require.NoError(t, err)
	before = initial[0]
	args = []ground.Value{value(t, "2"), value(t, `[type |-> "AppendEntries", from |-> 1, to |-> 2, term |-> 1, prev |-> 0,
		prevTerm |-> 0, entries |-> <<[term |-> 1, value |-> "Command"]>>, commit |-> 0]`)}
	handle, err = s.Action("HandleAppendEntries")
	require.NoError(t, err)
	steps, err := handle.Steps(before, args...)
	require.NoError(t, err)
	require.Len(t, steps, 1)
	return s, handle, before, steps[0], args
}

func TestAStepIsOne(t *testing.T) {
	s, handle, before, after, args := accepting(t)
	why, err := handle.Why(before, after, args...)
	require.NoError(t, err)
	require.Nil(t, why)
	holds, err := handle.Holds(before, after, args...)
	require.NoError(t, err)
	require.True(t, holds)
	require.Equal(t, value(t, `<<<<>>, <<[state |-> [term |-> 1, vote |-> 0, log |-> <<[term |-> 1, value |-> "Command"]>>, commit |-> 0, snapshot |-> 0],
		out |-> {[type |-> "AppendEntriesResponse", from |-> 2, to |-> 1, term |-> 1, success |-> TRUE, match |-> 1,
		hint |-> 0, hintTerm |-> 0]}]>>, <<>>>>`).String(), after[s.Variable("pending")].String())
}

// told is what a failure says, without the line.
func told(why *ground.Failure) string {
	return regexp.MustCompile(`(\.tla):[1-9]\d*`).ReplaceAllString(why.Error(), "$1")
}

func TestTheFirstFalseConjunctIsTold(t *testing.T) {
	for name, c := range map[string]struct{ variable, value, says string }{
		"a term that was not adopted": {"currentTerm", "<<0, 0, 0>>",
			`RaftReplication.tla, in HandleAppendEntries, Accept, Follow: (currentTerm' = [currentTerm EXCEPT ![i] = m.term]) is false: at [2]: 0 on the left, 1 on the right`},
		"a log that did not change": {"log", "<<<<>>, <<>>, <<>>>>",
			`RaftReplication.tla, in HandleAppendEntries, Accept: (log' = [log EXCEPT ![i] = (IF (Conflict(i, m) \/ ((m.prev + Len(m.entries)) > LastIndex(@))) THEN Appended(i, m) ELSE @)]) is false: at [2]: <<>> on the left, <<[term |-> 1, value |-> "Command"]>> on the right`},
		"another node that changed": {"role", `<<"leader", "follower", "follower">>`,
			`RaftReplication.tla, in HandleAppendEntries, Accept, Follow: (role' = [role EXCEPT ![i] = "follower"]) is false: at [1]: "leader" on the left, "follower" on the right`},
		"a disk that did": {"disk", `<<[term |-> 1, vote |-> 0, log |-> <<>>, commit |-> 0, snapshot |-> 0], [term |-> 0, vote |-> 0, log |-> <<>>, commit |-> 0, snapshot |-> 0], [term |-> 0, vote |-> 0, log |-> <<>>, commit |-> 0, snapshot |-> 0]>>`,
			`RaftDurability.tla, in HandleAppendEntries, Accept, Output: UNCHANGED disk is false: at [1].term: 1 on the left, 0 on the right`},
	} {
		t.Run(name, func(t *testing.T) {
			s, handle, before, after, args := accepting(t)
			after[s.Variable(c.variable)] = value(t, c.value)
			why, err := handle.Why(before, after, args...)
			require.NoError(t, err)
			require.NotNil(t, why)
			require.Equal(t, c.says, told(why))
			holds, err := handle.Holds(before, after, args...)
			require.NoError(t, err)
			require.False(t, holds)
		})
	}
}

func TestAGuardThatDoesNotHoldIsTold(t *testing.T) {
	s, _, before, after, _ := accepting(t)
	lead, err := s.Action("BecomeLeader")
	require.NoError(t, err)
	why, err := lead.Why(before, after, value(t, "1"))
	require.NoError(t, err)
	require.Equal(t, `RaftElection.tla, in BecomeLeader: (role[i] = "candidate") is false: "follower" on the left, "candidate" on the right`, told(why))
}
