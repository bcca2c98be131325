package linearizability_test

// Goal: porcupine's word comes with a story from which it can be seen. Method: a long right history with one wrong answer in the
// middle, and much behind it.

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/linearizability"
)

func TestPorcupineTellsOfTheFirstAnswerThatNothingExplains(t *testing.T) {
	var h strings.Builder
	h.WriteString(`{"type":"header","format":1,"clients":["ann","bob"]}` + "\n")
	operation := func(id int, rest string) {
		fmt.Fprintf(&h, `{"type":"operation","id":%d,"call":%d,"return":%d,"key":"k",%s}`+"\n", id, 10*id, 10*id+5, rest)
	}
	operation(0, `"client":0,"kind":"claim","owner":"a","answer":{"outcome":"won","token":1}`)
	for id := 1; id < 40; id++ {
		outcome := "duplicate"
		if id == 20 {
			outcome = "in_progress" // of what is done
		}
		operation(id, fmt.Sprintf(`"client":1,"kind":"claim","owner":"b%d","answer":{"outcome":%q}`, id, outcome))
	}
	found := porcupines(judgeText(t, h.String()))
	require.Len(t, found, 1)
	require.Equal(t, []int{0, 20}, found[0].Operations)
	require.Contains(t, found[0].Sentence, "no order explains that bob's claim of k at 0.000 s (operation 20) was told IN_PROGRESS")
	require.Len(t, found[0].Story, 2)
}

func porcupines(v *linearizability.Verdict) (found []linearizability.Violation) {
	for _, violation := range v.Violations {
		if violation.Check == linearizability.CheckPorcupine {
			found = append(found, violation)
		}
	}
	return found
}

// An operator's resize, stale reads and what was not applied are no calls of a key for porcupine; a claim of a refused
// checkpoint did nothing, and one of a repeated checkpoint changed nothing.
func TestWhatPorcupineIsGiven(t *testing.T) {
	const header = `{"type":"header","format":1}` + "\n"
	line := func(id int, rest string) string {
		return fmt.Sprintf(`{"type":"operation","id":%d,"client":0,"call":%d,"return":%d,%s}`+"\n", id, 10*(id/2), 10*(id/2)+5, rest)
	}
	batch := func(id int, checkpoint, claim string) string {
		return line(id, `"batch":`+fmt.Sprint(id+1)+`,"key":"s/0","kind":"checkpoint","owner":"a","offset":3,"answer":`+checkpoint) +
			line(id+1, `"batch":`+fmt.Sprint(id+1)+`,"in_checkpoint":true,"key":"k","kind":"claim","owner":"a","answer":`+claim)
	}
	for _, c := range []struct {
		name, history string
		calls         int
		want          linearizability.Result
	}{
		{"a resize", line(0, `"key":"capacity","kind":"resize","answer":{"outcome":"ok"}`), 0, accepted},
		{"a stale read", line(0, `"key":"k","stale":true,"kind":"query","answer":{"outcome":"done","token":7}`), 0, accepted},
		{"not applied", line(0, `"key":"k","kind":"claim","owner":"a","error":"not_applied"`), 0, accepted},
		{"a read that nobody answered", line(0, `"key":"k","kind":"query","error":"unknown"`), 0, accepted},
		{"unknown", line(0, `"key":"k","kind":"claim","owner":"a","error":"unknown"`), 1, accepted},
		{"a checkpoint", batch(0, `{"outcome":"ok","token":1,"offset":3}`, `{"outcome":"won","token":2}`), 2, accepted},
		{"a refused checkpoint", batch(0, `{"outcome":"full"}`, `{"outcome":"full"}`), 1, accepted},
		{"a repeated checkpoint", batch(0, `{"outcome":"ok","token":1,"offset":3}`, `{"outcome":"won","token":2}`) +
			batch(2, `{"outcome":"ok","token":1,"offset":3,"replayed":true}`, `{"outcome":"won","token":2,"replayed":true}`), 4, accepted},
		{"a repeated checkpoint that wins anew", batch(0, `{"outcome":"ok","token":1,"offset":3}`, `{"outcome":"full"}`) +
			batch(2, `{"outcome":"ok","token":1,"offset":3,"replayed":true}`, `{"outcome":"won","token":2}`), 4, rejected},
	} {
		v := judgeText(t, header+c.history)
		require.Equal(t, c.want, v.Porcupine.Result, "%s: %s", c.name, account(v))
		require.Equal(t, c.calls, v.Porcupine.Operations, c.name)
	}
}
