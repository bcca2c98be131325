package clients_test

// Goal: every stock client gets the same answers from a cluster, whichever node it asks, and they
// are Redis's. Method: one table for all; each row is asked of the next node. That the table can
// fail is shown with a client that answers one row wrongly, for each row.

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// row is commands, separated by " | " where they are one pipeline, or one transaction between MULTI
// and EXEC, and their answers. A key starts with $ and is each library's own. What answers mean is told at matches.
type row struct {
	do    string
	want  string
	until bool // it may be answered otherwise for a while, and is asked again
}

var contract = []row{
	{do: "SET $order me NX EX 6000", want: `"OK"`},
	{do: "SET $order you NX EX 6000", want: `null`},
	{do: "SET $order you NX EX 6000", want: `null`},
	{do: "GET $order", want: `"me"`},
	{do: "TTL $order", want: `~6000`},
	{do: "PTTL $order", want: `~6000000`},

	// With GET, nil or one's own value means won.
	{do: "SET $event mine NX GET EX 6000", want: `null`},
	{do: "SET $event yours NX GET EX 6000", want: `"mine"`},
	{do: "SET $event mine NX GET EX 6000", want: `"mine"`},
	{do: "SET $event yours NX EX 6000", want: `null`},

	{do: "SETNX $plain me", want: `1`},
	{do: "SETNX $plain you", want: `0`},
	{do: "TTL $plain", want: `-1`},
	{do: "PTTL $plain", want: `-1`},
	{do: "TTL $none", want: `-2`},
	{do: "PTTL $none", want: `-2`},
	{do: "GET $none", want: `null`},
	{do: "MGET $order $none $event", want: `["me",null,"mine"]`},
	{do: "EXISTS $order $none $order", want: `2`},
	{do: "DEL $plain $none", want: `1`},
	{do: "GET $plain", want: `null`},
	{do: "SETNX $plain you", want: `1`},
	{do: "UNLINK $plain", want: `1`},

	// A claim lasts as long as it says, and no longer.
	{do: "SET $brief me NX PX 100", want: `"OK"`},
	{do: "SET $brief you NX EX 6000", want: `"OK"`, until: true},
	{do: "SET $dated me NX EXAT 4102444800", want: `"OK"`},
	{do: "SET $dated you NX EXAT 4102444800", want: `null`},

	// What overwrites is served too.
	{do: "SET $order later", want: `"OK"`},
	{do: "SET $order last GET", want: `"later"`},
	{do: "SET $order old XX EX 6000", want: `"OK"`},
	{do: "SET $none old XX EX 6000", want: `null`},
	{do: "SETEX $order 600 done", want: `"OK"`},
	{do: "TTL $order", want: `~600`},
	{do: "GET $order", want: `"done"`},

	{do: "SET $text <lines> NX", want: `"OK"`},
	{do: "GET $text", want: `"é\r\n\"x\""`},
	{do: "SET $empty <empty> NX", want: `"OK"`},
	{do: "GET $empty", want: `""`},

	{do: "SET $p a NX | SET $p b NX | SET $p c NX GET | GET $p | DEL $p", want: `"OK" null "a" "a" 1`},
	{do: "SETNX $q a | EVAL x 0 | GET $q", want: `1 error:unknown_command "a"`},

	// A transaction is done whole or not at all.
	{do: "MULTI | SET $t a NX | SET $t b NX | SET $t c NX GET | GET $t | EXEC", want: `"OK" null "a" "a"`},
	{do: "MULTI | SET $u a NX | EVAL x 0 | EXEC", want: strings.Repeat("error: ", 2)},
	{do: "EXISTS $u", want: `0`},

	{do: "PING", want: `"PONG"`},
	{do: "ECHO hello", want: `"hello"`},
	{do: "INFO server", want: `has:server_name:semel`},
	{do: "EVAL x 0", want: `error:unknown_command`},
	{do: "INCR $order", want: `error:unknown_command`},
	{do: "SELECT 1", want: `error:out_of_range`},
}

// commands are the row's, with keys that start with owner.
func (r row) commands(owner string) []words {
	var list []words
	for text := range strings.SplitSeq(r.do, " | ") {
		var command words
		for _, word := range strings.Fields(text) {
			command = append(command, spelt(word, owner))
		}
		list = append(list, command)
	}
	return list
}

func spelt(word, owner string) string {
	switch key, isKey := strings.CutPrefix(word, "$"); {
	case isKey:
		return owner + "/" + key
	case word == "<lines>":
		return "é\r\n\"x\""
	case word == "<empty>":
		return ""
	default:
		return word
	}
}

// matches reports whether answers are as a row wants them, separated by spaces: the JSON itself;
// ~n: at most 100 s less than n s or ms; error:text: an error with that text, _ for a space;
// has:text: with that text.
func matches(want string, answers []answer) bool {
	wants := strings.Fields(want)
	if len(wants) != len(answers) {
		return false
	}
	for i, w := range wants {
		if !matchesOne(w, answers[i]) {
			return false
		}
	}
	return true
}

func matchesOne(want string, got answer) bool {
	if text, ok := strings.CutPrefix(want, "error:"); ok {
		return got.failed() && strings.Contains(string(got), strings.ReplaceAll(text, "_", " "))
	}
	if text, ok := strings.CutPrefix(want, "has:"); ok {
		return !got.failed() && strings.Contains(string(got), text)
	}
	if text, ok := strings.CutPrefix(want, "~"); ok {
		n, err := strconv.ParseInt(string(got), 10, 64)
		return err == nil && n <= number(text) && n >= number(text)*9/10
	}
	return want == string(got)
}

// triesOfUntil bounds how often a row is asked again.
const triesOfUntil = 20_000

// check asks each row, by its number, and tells which were answered otherwise.
func check(rows []row, ask func(i int) []answer) []string {
	var differences []string
	for i, r := range rows {
		answers := ask(i)
		for tries := 1; r.until && tries < triesOfUntil && !matches(r.want, answers); tries++ {
			answers = ask(i)
		}
		if !matches(r.want, answers) {
			differences = append(differences, fmt.Sprintf("%s: want %s, got %s", r.do, r.want, answers))
		}
	}
	return differences
}

// everyNode asks each row of the contract at the next node.
func everyNode(t *testing.T, c cluster, l library) func(i int) []answer {
	t.Helper()
	var nodes []client
	for _, m := range c {
		at := l.open(t, m.address, byDefault)
		t.Cleanup(at.close)
		nodes = append(nodes, at)
	}
	return func(i int) []answer { return nodes[i%len(nodes)].run(contract[i].commands(t.Name())...) }
}

func TestEveryStockClientKeepsTheContractAtEveryNode(t *testing.T) {
	c := startCluster(t)
	for _, l := range libraries {
		t.Run(l.name, func(t *testing.T) {
			require.Empty(t, check(contract, everyNode(t, c, l)))
		})
	}
}

// What a right client was answered is played again: it is accepted, and with one row's answers
// turned round that row is found, and no other.
func TestAWrongAnswerToAnyRowIsFound(t *testing.T) {
	ask, recorded := everyNode(t, startCluster(t), called(t, "go-redis")), map[int][]answer{}
	require.Empty(t, check(contract, func(i int) []answer {
		recorded[i] = ask(i)
		return recorded[i]
	}))
	for wrong, r := range contract {
		found := check(contract, func(i int) []answer {
			if i == wrong {
				return turnedRound(recorded[i])
			}
			return recorded[i]
		})
		require.Len(t, found, 1, r.do)
		require.Contains(t, found[0], r.do)
	}
}

// turnedRound takes a winner for a loser, a loser for a winner, and all else for nothing.
func turnedRound(answers []answer) []answer {
	other := map[answer]answer{`"OK"`: "null", "null": `"OK"`, "1": "0", "0": "1"}
	var wrong []answer
	for _, a := range answers {
		if other[a] == "" {
			other[a] = "null"
		}
		wrong = append(wrong, other[a])
	}
	return wrong
}

func TestWhatMatches(t *testing.T) {
	for _, r := range []struct {
		want string
		got  []answer
		is   bool
	}{
		{`"OK"`, []answer{`"OK"`}, true},
		{`"OK"`, []answer{`null`}, false},
		{`"OK"`, []answer{`"OK"`, `"OK"`}, false},
		{`"OK"`, nil, false},
		{`null`, []answer{`error: EOF`}, false},
		{`1`, []answer{`"1"`}, false},
		{`~600`, []answer{`600`}, true},
		{`~600`, []answer{`540`}, true},
		{`~600`, []answer{`601`}, false},
		{`~600`, []answer{`539`}, false},
		{`~600`, []answer{`null`}, false},
		{`error:out_of_range`, []answer{`error: ERR DB index is out of range`}, true},
		{`error:out_of_range`, []answer{`"out of range"`}, false},
		{`error:out_of_range`, []answer{`error: EOF`}, false},
		{`has:b`, []answer{`"abc"`}, true},
		{`has:b`, []answer{`error: b`}, false},
		{`"a" null`, []answer{`"a"`, `null`}, true},
		{`"a" null`, []answer{`null`, `"a"`}, false},
	} {
		require.Equal(t, r.is, matches(r.want, r.got), "%s %s", r.want, r.got)
	}
}
