package trace_test

// Goal: what a Recorder writes is what Load reads, and anything else is refused; marks say what was found on a disk.
// Method: a run in virtual time, recorded twice, once as values; bytes that are cut and altered; histories of marks by hand.

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/proptest/trace"
	"github.com/eventstreamcore/semel/proptest/virtualcluster"
	"github.com/eventstreamcore/semel/proptest/workload"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

var (
	three   = protocol.Nodes(1, 2, 3)
	ofThree = trace.Members{Servers: three}
)

// planOf draws a plan for three replicas.
func planOf(t require.TestingT, profile string, seed int) *workload.Plan {
	p, err := workload.Named(profile)
	require.NoError(t, err)
	p.Servers, p.Changes = []int{3}, nil
	plan := rapid.Custom(func(t *rapid.T) workload.Plan { return workload.Draw(t, p) }).Example(seed)
	return &plan
}

// recorded is a run of three replicas in virtual time; also, where not nil, is given each record, too. Nothing else is looked at.
func recorded(t require.TestingT, profile string, seed int, also raft.Recorder) []byte {
	var file bytes.Buffer
	r := trace.NewRecorder(&file, profile, three)
	record := r.Record
	if also != nil {
		record = func(a raft.Action, n *protocol.Node) {
			r.Record(a, n)
			also(a, n)
		}
	}
	virtualcluster.Execute(planOf(t, profile, seed), virtualcluster.Options{Record: record, Unwatched: true})
	require.NoError(t, r.Close())
	return file.Bytes()
}

func load(t require.TestingT, file []byte) *trace.Run {
	run, err := trace.Load(file)
	require.NoError(t, err)
	return run
}

func TestARunIsReadAsItWasWritten(t *testing.T) {
	var live []raft.Action
	var terms []protocol.Term
	file := recorded(t, "power", 1, func(a raft.Action, n *protocol.Node) {
		if a.Message != nil {
			m := *a.Message
			a.Message = &m
		}
		a.Sent = append([]protocol.Message(nil), a.Sent...)
		live, terms = append(live, a), append(terms, n.CurrentTerm())
	})
	run := load(t, file)
	require.Equal(t, "power", run.Name)
	require.Equal(t, three, run.Servers)
	require.Len(t, run.Records, len(live))
	whole := 0
	for k, r := range run.Records {
		require.Equal(t, live[k], r.Action, "record %d", k+1)
		require.Equal(t, terms[k], r.After.CurrentTerm)
		if r.Whole != nil {
			require.Equal(t, r.After.CurrentTerm, r.Whole.Hard.Term)
			require.Equal(t, uint64(r.After.LastIndex), r.Whole.Hard.Log.Entries.Len())
			require.Len(t, r.Whole.Pending, r.After.Pending)
			whole++
		}
	}
	require.Greater(t, whole, len(live)/100)
}

func TestAFileThatIsCutOrAlteredIsRefused(t *testing.T) {
	file := recorded(t, "contended", 1, nil)
	for n := 0; n < len(file); n += 17 {
		_, err := trace.Load(file[:n])
		require.Error(t, err, "cut behind byte %d of %d", n, len(file))
	}
	for n := 0; n < len(file); n += 17 {
		altered := bytes.Clone(file)
		altered[n] ^= 1 << (n % 8)
		_, err := trace.Load(altered)
		require.Error(t, err, "byte %d of %d", n, len(file))
	}
	var empty bytes.Buffer
	r := trace.NewRecorder(&empty, "", three)
	require.NoError(t, r.Close())
	nothing, err := trace.Load(empty.Bytes())
	require.NoError(t, err)
	require.Empty(t, nothing.Records)
	_, err = trace.Load(append(bytes.Clone(file), 0))
	require.ErrorIs(t, err, trace.ErrFormat)
	run, err := trace.Load(file[:len(file)-1])
	require.ErrorIs(t, err, trace.ErrUnfinished)
	require.NotEmpty(t, run.Records, "what there is can be looked at")
}

func FuzzLoad(f *testing.F) {
	var file bytes.Buffer
	r, n, out := trace.NewRecorder(&file, "small", three), protocol.New(1, three, protocol.HardState{}), &protocol.Output{}
	r.Record(raft.Action{Name: "Restart"}, n)
	n.Timeout(out)
	r.Record(raft.Action{Name: "Timeout", Sent: out.Messages}, n)
	n.Persist(out)
	r.Record(raft.Action{Name: "Persist", Sent: out.Messages}, n)
	vote := &protocol.Message{Type: protocol.RequestVoteResponse, From: 2, To: 1, Term: 1, Granted: true}
	n.HandleRequestVoteResponse(vote, out)
	r.Record(raft.Action{Name: "HandleRequestVoteResponse", Message: vote}, n)
	require.NoError(f, r.Close())
	f.Add(file.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		if run, _ := trace.Load(b); run != nil { // also of one that is wrong further on
			_, _ = run.Steps()
			for k := range run.Records {
				_ = run.Records[k].String()
			}
		}
	})
}

func TestWhatIsRecordedAfterTheEndIsAnError(t *testing.T) {
	var file bytes.Buffer
	r := trace.NewRecorder(&file, "", three)
	n := protocol.New(1, three, protocol.HardState{})
	r.Record(raft.Action{Name: "Restart"}, n)
	require.NoError(t, r.Close())
	require.NoError(t, r.Close())
	r.Record(raft.Action{Name: "Timeout"}, n)
	require.ErrorContains(t, r.Err(), "closed")
	require.Equal(t, 1, r.Count())
}

func TestAnActionThatHasNoNameIsAnError(t *testing.T) {
	r := trace.NewRecorder(&bytes.Buffer{}, "", three)
	r.Record(raft.Action{Name: "Elect"}, protocol.New(1, three, protocol.HardState{}))
	require.ErrorContains(t, r.Close(), "Elect")
}

func TestMarksSayWhatWasFound(t *testing.T) {
	// Node 1 has written marks 1 to 5, and 1 and 2 were acknowledged.
	history := func(found raft.Mark) *trace.Run {
		run := &trace.Run{Servers: three}
		add := func(name string, mark raft.Mark, pending int) {
			run.Records = append(run.Records, trace.Record{Number: len(run.Records) + 1, Node: 1,
				Action: raft.Action{Name: name, Mark: mark}, After: trace.After{Pending: pending}})
		}
		add("Restart", 0, 0)
		for _, pending := range []int{1, 2, 3} {
			add("ClientRequest", 0, pending)
		}
		add("Persist", 0, 2)
		add("Persist", 0, 1)
		add("ClientRequest", 0, 2)
		add("AppendEntries", 0, 2)
		add("ClientRequest", 0, 3)
		add("Restart", found, 0)
		return run
	}
	for found := raft.Mark(2); found <= 5; found++ {
		steps, err := history(found).Steps()
		require.NoError(t, err)
		require.Len(t, steps, 10+int(found)-2)
		for k, s := range steps {
			require.Equal(t, k >= 9 && k < len(steps)-1, s.Found)
		}
		require.Equal(t, "Restart", steps[len(steps)-1].Action())
	}
	for _, found := range []raft.Mark{1, 6} {
		steps, err := history(found).Steps()
		var marks *trace.MarkError
		require.ErrorAs(t, err, &marks)
		require.Equal(t, []raft.Mark{2, 5}, []raft.Mark{marks.Acknowledged, marks.Written})
		require.Len(t, steps, 9)
	}
}
