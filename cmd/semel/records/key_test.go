package records

// Goal: which part of a record is its key, that no two keys meet that are not the same, and what has none. Method: tables
// for each way to name a key, and a property for keys of several parts.

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	cluster "github.com/eventstreamcore/semel/dedup/client"
)

// keyIn returns the key of a record, or why it has none behind a "-".
func keyIn(t require.TestingT, n Naming, record string) string {
	f, err := n.Format()
	require.NoError(t, err, "%+v", n)
	key, none := f.Find(TextOf([]byte(record)))
	if none != nil {
		return "-" + none.Why
	}
	return string(key)
}

// of is the key of parts, written down by hand: s1a is the text a.
func of(parts string) string { return joined + parts }

func TestKeysOfFieldsAndExpressions(t *testing.T) {
	for _, row := range []struct{ key, delimiter, record, want string }{
		{"", "", "", "-it is empty"},
		{"", "", "\r\n", "-it is empty"},
		{"", "", " \t\r\n", "-it is empty"},
		{"", "", " a b\r\n", " a b"}, // the end of a line is no part of it
		{"", "", "\xef\xbb\xbfa", "a"},
		{"", "", "a\r\r\n", "a\r"},
		{"", "", "\xfe", "\xfe"},
		{"1", "", "a b c", "a"},
		{"3", "", "\ta  b \t c \r\n", "c"},
		{"2", "", "a b\r\n", "b"},
		{"1", "", "\xef\xbb\xbfa b", "a"},
		{"3", "", "a b", "-it has no field 3"},
		{"3", "", "a b ", "-it has no field 3"},
		{"1", "", "", "-it has no field 1"},
		{"2", "", "a\u00a0b c", "c"}, // blanks are bytes
		{"1,3", "", "a b c", of("s\x01as\x01c")},
		{"3,1", "", "a b c", of("s\x01cs\x01a")},
		{"1,4", "", "a b c", "-it has no field 4"},
		{"1", ",", "a,b", "a"},
		{"2", ",", "a,b\r\n", "b"},
		{"2", ",", "a,,c", `-column 2 is empty`},
		{"2", ",", "a,  ,c", `-column 2 is empty`},
		{"2", "|", "a| |c", `-field 2 is empty`},
		{"2", ",", `a,"",c`, `-column 2 is empty`},
		{"3", ",", "a,b", "-it has no column 3"},
		{"2", ",", `"x, y","7",c`, "7"},
		{"2", ";", `"x; y";"7";c`, "7"},
		{"1", ",", `a,"open`, "-" + openLine.Why},
		{"1", ",", `a,b"c`, "-" + strayQuote.Why},
		{"2", "::", "a::b:c", "b:c"},
		{"2", "::", "a::::c", "-field 2 is empty"},
		{"2", `\t`, "a b\tc d\te", "c d"},
		{"2", `\t`, "a\t\"c", `"c`}, // between tabs a quote is a byte like any other
		{"1,2", "|", "a|b|c", of("s\x01as\x01b")},
		{`/id=(\w+)/`, "", "x id=42 id=43", "42"},
		{`/id=(\w+)/`, "", "x", "-" + noMatch.Why},
		{`/\d+/`, "", "a 17 b", "17"},
		{`/\w*/`, "", " a", "-" + emptyMatch.Why},
		{`/id=(\w+)?;/`, "", "id=;", "-" + noMatch.Why},
		{`/id=(\w*)/`, "", "id=", "-" + emptyMatch.Why},
		{`/id=( *)/`, "", "id= ", "-" + emptyMatch.Why},
		{`/a/b/`, "", "xa/bx", "a/b"},
		{`/(?i)ID=(.)/`, "", "id=\xfe", "\xfe"},
		{`/id=(\w+)$/`, "", "id=a\r\n", "a"},
		{`/(\w+),(\w+)/`, "", "a,b", of("s\x01as\x01b")},
		{`/user=(\d+)|order=(\d+)/`, "", "user=7", of("s\x017-")},
		{`/user=(\d+)|order=(\d+)/`, "", "order=7", of("-s\x017")},
		{`/(a?)(\w+)/`, "", "b", "-" + emptyMatch.Why},
	} {
		require.Equal(t, row.want, keyIn(t, Naming{Key: row.key, Delimiter: row.delimiter}, row.record), "%+v", row)
	}
}

func TestAnExpressionThatGuessesAtJSONDoesNotPick(t *testing.T) {
	guess := Naming{Key: `/"id":\s*"([^"]+)"/`}
	require.Equal(t, "a", keyIn(t, guess, `{"id":"a"}`))
	require.Equal(t, "a", keyIn(t, guess, `{"id":"a","x":{"id":"a"}}`))
	require.Equal(t, "-"+twoMembers.Why, keyIn(t, guess, `{"x":{"id":"b"},"id":"a"}`))
	require.Equal(t, "-"+twoMembers.Why, keyIn(t, guess, ` {"x":{"id":"b"},"y":{"id":"b"},"id":"a"}`))
	require.Equal(t, "b", keyIn(t, guess, `x="id":"b" "id":"a"`), "no JSON")
	require.Equal(t, "-"+twoMembers.Why, keyIn(t, Naming{Key: `/"id":"\w+"/`}, `{"x":{"id":"b"},"id":"a"}`), "without a group")
}

func TestKeysOfJSON(t *testing.T) {
	for _, row := range []struct{ path, record, want string }{
		{"id", `{"id":"evt_1"}`, "evt_1"},
		{"id", "\xef\xbb\xbf { \"a\" : [ 1 , {} ] , \"id\"\t:  \"evt_1\" } \r\n", "evt_1"},
		{"id", `{"data":{"id":"in"},"id":"out"}`, "out"},
		{"data.id", `{"data":{"id":"in"},"id":"out"}`, "in"},
		{".data.id", `{"data":{"id":"in"}}`, "in"},
		{"/data/id", `{"data":{"id":"in"},"data.id":"dotted"}`, "in"},
		{"/data.id", `{"data":{"id":"in"},"data.id":"dotted"}`, "dotted"},
		{"/a~1b/c~0d", `{"a/b":{"c~d":"x"}}`, "x"},
		{"items.1.id", `{"items":[{"id":"a"},{"id":"b"}]}`, "b"},
		{"1", `["a","b"]`, "b"},
		{"1", `{"1":"b"}`, "b"},
		{"01", `["a","b"]`, "-it has no field 01"},
		{"id", `{"id":"\u0061\u00e9\n\""}`, "aé\n\""},
		{"id", `{"i\u0064":"a"}`, "a"},
		{"é", `{"\u00e9":"a"}`, "a"},
		{"a<b", `{"a\u003cb":"1"}`, "1"},
		{"id", `{"id":1}`, of("n\x011")},
		{"id", `{"id":"1"}`, "1"},
		{"id", `{"id":1.0}`, of("n\x031.0")}, // as it was written
		{"id", `{"id":12345678901234567890}`, of("n\x1412345678901234567890")},
		{"id", `{"id":12345678901234567891}`, of("n\x1412345678901234567891")},
		{"id", `{"id":-0}`, of("n\x02-0")},
		{"id", `{"id":true}`, of("t")},
		{"id", `{"id":"true"}`, "true"},
		{"id", `{"id":false}`, of("f")},
		{"a,b", `{"b":"2","a":1}`, of("n\x011s\x012")},
		{"b,a", `{"b":"2","a":1}`, of("s\x012n\x011")},
		{`"x,y",a`, `{"x,y":"2","a":"1"}`, of("s\x012s\x011")},
		{"a.b,a.c", `{"a":{"b":"1","c":"2"}}`, of("s\x011s\x012")},
		{"id", `{"id":"` + "e\u0301" + `"}`, "e\u0301"}, // not normalised
		// no key
		{"id", ``, "-it is empty"},
		{"id", `{"ID":"a"}`, "-it has no field id"},
		{"id", `{}`, "-it has no field id"},
		{"data.id", `{"data":"x","id":"y"}`, "-it has no field data.id"},
		{"data.id", `{"data":["x"]}`, "-it has no field data.id"},
		{"id", `["id","x"]`, "-it has no field id"},
		{"id", `"id"`, "-it has no field id"},
		{"id", `{"id":null}`, "-id is null"},
		{"id", `{"id":""}`, "-id is empty"},
		{"id", `{"id":" \u00a0\t"}`, "-id is empty"},
		{"id", `{"id":{"x":1}}`, "-id is an object: name a field in it"},
		{"id", `{"id":[1]}`, "-id is an array: name an element, as in id.0"},
		{"a,b", `{"a":"1"}`, "-it has no field b"},
		{"a,b", `{"a":"1","b":null}`, "-b is null"},
		{"id", `{"id":"a","id":"b"}`, "-" + nameTwice.Why},
		{"id", `{"id":"a","i\u0064":"a"}`, "-" + nameTwice.Why},
		{"id", `{"id":"a","x":{"y":1,"y":2}}`, "-" + nameTwice.Why},
		{"id", `{"id":"a"} {"id":"b"}`, "-" + notOneValue.Why},
		{"id", `{"id":"a"}x`, "-" + notOneValue.Why},
		{"id", `{"id":"a"`, "-" + notJSON.Why},
		{"id", `id=a`, "-" + notJSON.Why},
		{"id", `{"id":'a'}`, "-" + notJSON.Why},
		{"id", `{"id":01}`, "-" + notJSON.Why},
		{"id", `{"id":NaN}`, "-" + notJSON.Why},
		{"id", `{"id":"\ud800"}`, "-" + notJSON.Why},
		{"id", "{\"id\":\"\xff\"}", "-" + notJSON.Why},
		{"id", "{\"id\":\"a\tb\"}", "-" + notJSON.Why},
		{"id", `{"id":"a",}`, "-" + notJSON.Why},
		{"id", strings.Repeat(`{"a":`, 20000), "-" + notJSON.Why},
	} {
		require.Equal(t, row.want, keyIn(t, Naming{JSON: row.path}, row.record), "%.200v", row)
	}
}

func TestKeysOfCSV(t *testing.T) {
	for _, row := range []struct{ columns, delimiter, record, want string }{
		{"1", "", "a,b\r\n", "a"},
		{"2", "", "a,b\r\n", "b"},
		{"2", "", "a,\"b\"\r\n", "b"},
		{"1", "", "\xef\xbb\xbf\"a\",b", "a"},
		{"1", "", `"a, ""b""",c`, `a, "b"`},
		{"1", "", "\"a\r\nb\r\",c", "a\nb\r"},
		{"2", ";", `"x;y";b`, "b"},
		{"2", `\t`, "\"x\ty\"\tb", "b"},
		{"2,1", "", "a,b", of("s\x01bs\x01a")},
		{"1", "", " a ,b", " a "}, // blanks belong to the field
		{"1", "", "", "-column 1 is empty"},
		{"1", "", `"",b`, "-column 1 is empty"},
		{"1", "", `"  ",b`, "-column 1 is empty"},
		{"3", "", "a,b", "-it has no column 3"},
		{"1,2", "", "a,", "-column 2 is empty"},
		{"1", "", `a"b,c`, "-" + strayQuote.Why},
		{"1", "", `a, "b"`, "-" + strayQuote.Why},
		{"1", "", `"a"b,c`, "-" + afterQuote.Why},
		{"1", "", `"a" ,c`, "-" + afterQuote.Why},
		{"1", "", `"a,c`, "-" + openQuote.Why},
		{"1", "", `a,"c`, "-" + openQuote.Why},
	} {
		require.Equal(t, row.want, keyIn(t, Naming{CSV: row.columns, Delimiter: row.delimiter}, row.record), "%+v", row)
	}
}

func TestColumnsHaveTheNamesOfTheHeader(t *testing.T) {
	key := func(columns, header, record string) (string, error) {
		f, err := (&Naming{CSV: columns, Header: true}).Format()
		require.NoError(t, err)
		find, err := f.Headed(TextOf([]byte(header)))
		if err != nil {
			return "", err
		}
		key, _ := find(TextOf([]byte(record)))
		return string(key), nil
	}
	for _, row := range []struct{ columns, header, want string }{
		{"id", "\xef\xbb\xbfid,b,c\r\n", "1"}, {"c", "id,b,c\n", "3"}, {"2", "id,b,c\n", "2"}, {`"b, c"`, `id,"b, c",d`, "2"},
		{"b,id", "id,b,c", of("s\x012s\x011")}, {"a b", "a,a b,c", "2"},
	} {
		got, err := key(row.columns, row.header, "1,2,3")
		require.NoError(t, err)
		require.Equal(t, row.want, got, "%+v", row)
	}
	for _, row := range []struct{ columns, header, says string }{
		{"ID", "id,b\n", `no such column, the header has "id", "b"`}, {"id", "id,id\n", "two columns have this name"},
		{"3", "id,b\n", "the header has 2 columns"}, {"id", "id,\"b\n", "no CSV"},
	} {
		_, err := key(row.columns, row.header, "1,2,3")
		require.ErrorContains(t, err, row.says)
	}
}

// A comma without quotes moves the columns behind it: the key would be another field's text, one for many events.
func TestARecordWithMoreFieldsThanTheHeaderHasNoKey(t *testing.T) {
	f, err := (&Naming{CSV: "mail", Header: true}).Format()
	require.NoError(t, err)
	find, err := f.Headed([]byte("id,name,mail"))
	require.NoError(t, err)
	for _, record := range []string{"1,Doe, John,j@x.org", "1,Doe,j@x.org,"} {
		_, none := find([]byte(record))
		require.Same(t, tooMany, none, record)
	}
	_, none := find([]byte(`1,"Doe, John",j@x.org`))
	require.Nil(t, none)
}

func TestKeysThatAreRefused(t *testing.T) {
	for says, n := range map[string]Naming{
		"a field's number from 1":    {Key: "0"},
		"want a field's number":      {Key: "-1"},
		"for a field of JSON say":    {Key: "id"},
		"several as 1,3":             {Key: "1,"},
		"/a regular expression/":     {Key: "//"},
		"missing closing":            {Key: "/(/"},
		"say which fields":           {Delimiter: ","},
		"not with an expression":     {Key: "/a/", Delimiter: ","},
		"is known from the header":   {CSV: "id"},
		"an empty word":              {CSV: "1,,2"},
		"one ASCII character":        {CSV: "1", Delimiter: "::"},
		"that is no quote":           {CSV: "1", Delimiter: `"`},
		"a name is empty":            {JSON: "a..b"},
		`--json "a,": an empty word`: {JSON: "a,"},
		"want UTF-8":                 {JSON: "\xff"},
		"it goes with":               {JSON: "a", Delimiter: ","},
		"give one":                   {Key: "1", JSON: "a"},
	} {
		_, err := n.Format()
		require.ErrorContains(t, err, says, "%+v", n)
	}
}

func TestLongKeysAreHashedAndNothingIsTakenForAHash(t *testing.T) {
	longest := bytes.Repeat([]byte("k"), cluster.MaxKeyBytes)
	require.Equal(t, longest, keyOfText(longest))
	short := slices.Clone(keyOfText(append(longest, 'k')))
	require.Len(t, short, len(hashed)+32)
	require.NotEqual(t, short, keyOfText(append(longest, 'l')))
	require.NotEqual(t, string(short), string(keyOfText(short)), "a line that looks like a hash")
	require.Equal(t, "sha256:", string(keyOfText([]byte("sha256:"))))
	for _, text := range []string{of("s\x01a"), joinedLong + "x", "\xff", hashed} {
		require.True(t, strings.HasPrefix(string(keyOfText([]byte(text))), hashed), "%q", text)
	}
	long := part{kindText, longest}
	one, other := string((&joiner{}).key(long, long)), string((&joiner{}).key(long, part{kindText, longest[1:]}))
	require.Len(t, one, len(joinedLong)+32)
	require.NotEqual(t, one, other)
}

var partOf = rapid.Custom(func(t *rapid.T) part {
	p := part{kind: rapid.SampledFrom([]kind{kindText, kindText, kindNumber, kindTrue, kindFalse, kindAbsent}).Draw(t, "kind")}
	if p.kind == kindText || p.kind == kindNumber {
		p.text = []byte(strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"s", "n", "-", "t", "\x01", "\x02", "\x00", "a", "\xff"}), 1, 4).Draw(t, "text"), ""))
	}
	return p
})

func same(a, b []part) bool {
	return slices.EqualFunc(a, b, func(a, b part) bool { return a.kind == b.kind && bytes.Equal(a.text, b.text) })
}

// meet reports whether two lists of parts have one key though they differ, or two though they do not.
func meet(key func(...part) string, a, b []part) bool { return same(a, b) != (key(a...) == key(b...)) }

// neighbours draws two lists: any, or two of which one has in one part what the other has in two.
var neighbours = rapid.Custom(func(t *rapid.T) [2][]part {
	parts := rapid.SliceOfN(partOf, 1, 4)
	a := parts.Draw(t, "a")
	if len(a) < 2 || rapid.Bool().Draw(t, "any") {
		return [2][]part{a, parts.Draw(t, "b")}
	}
	at := rapid.IntRange(0, len(a)-2).Draw(t, "at")
	between := rapid.SampledFrom([]string{"", "\x00", ","}).Draw(t, "between") + rapid.SampledFrom([]string{"", "s", "n"}).Draw(t, "kind between")
	one := part{a[at].kind, slices.Concat(a[at].text, []byte(between), a[at+1].text)}
	return [2][]part{a, slices.Concat(a[:at], []part{one}, a[at+2:])}
})

func TestNoTwoCompositesMeet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pair := neighbours.Draw(t, "pair")
		for i, list := range pair { // kinds without a text have none
			for k := range list {
				if list[k].kind != kindText && list[k].kind != kindNumber {
					pair[i][k].text = nil
				}
			}
		}
		require.False(t, meet(func(p ...part) string { return string((&joiner{}).key(p...)) }, pair[0], pair[1]))
	})
}

// The mistakes that are easy to make in joining are ones that the property would see.
func TestJoinsThatMeetWouldBeSeen(t *testing.T) {
	for name, wrong := range map[string]func(...part) string{
		"with a delimiter": func(parts ...part) (key string) {
			for _, p := range parts {
				key += string(p.kind) + string(p.text) + "\x00"
			}
			return key
		},
		"without kinds": func(parts ...part) (key string) {
			for _, p := range parts {
				key += string(rune(len(p.text))) + string(p.text)
			}
			return key
		},
		"without lengths": func(parts ...part) (key string) {
			for _, p := range parts {
				key += string(p.kind) + string(p.text)
			}
			return key
		},
	} {
		seen := false
		for seed := 0; seed < 5000 && !seen; seed++ {
			pair := neighbours.Example(seed)
			seen = meet(wrong, pair[0], pair[1])
		}
		require.True(t, seen, name)
	}
}
