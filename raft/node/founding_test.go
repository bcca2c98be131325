package node

// Goal: whatever founders see of one another, no folder is in two clusters that begin, no two lists share an id, nobody founds with fewer than are expected, with two
// of one id, by what it alone has seen, or where there is a cluster; and where all see all, one begins. Method: drawn rounds of founders of which some are wiped,
// start late, restart at another address or have another's id, over links that hold for a round; what each says is what founding.go makes of it.

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/transport"
)

// founder is a machine with a folder.
type founder struct {
	said        founding
	everSaid    [][]Founder
	incarnation uint64
}

// quest is some founders, and the clusters that have begun.
type quest struct {
	expect  int
	all     []*founder
	drawn   uint64
	refused int
}

func (s *quest) add(id uint8) *founder {
	s.drawn++
	f := &founder{incarnation: s.drawn}
	f.said = founding{Cluster: "test", Expect: s.expect, Self: Founder{ID: id, Incarnation: s.drawn, Peer: fmt.Sprint("at-", s.drawn)}}
	s.all = append(s.all, f)
	return f
}

// round has one founder ask those that it reaches, and returns an error where it does what it may not.
func (s *quest) round(f *founder, reached []*founder) error {
	if f.said.Bound != nil {
		return nil
	}
	begun := false
	var answers []founding
	for _, other := range reached {
		answers = append(answers, other.said)
		begun = begun || other.said.Begun
	}
	list, wait, err := f.said.decide(answers)
	if err != nil {
		s.refused++
		return nil //nolint:nilerr // that it founds nothing is right
	}
	if list == nil {
		if wait == "" {
			return fmt.Errorf("it waits and does not say for what")
		}
		f.said.View = f.said.view(answers)
		f.everSaid = append(f.everSaid, f.said.View)
		return nil
	}
	if begun {
		return fmt.Errorf("a second cluster is founded by %s", named(list))
	}
	if err := checkFounders(list, s.expect); err != nil {
		return err
	}
	for _, other := range s.all { // who is bound by its own view has heard all others say it
		byWord := slices.ContainsFunc(answers, func(a founding) bool { return slices.Equal(a.Bound, list) })
		in := isFounder(list, other.said.Self)
		if in && other != f && !byWord && !slices.ContainsFunc(other.everSaid, func(v []Founder) bool { return slices.Equal(v, list) }) {
			return fmt.Errorf("it binds itself to %s, and %d never said that", named(list), other.said.Self.ID)
		}
	}
	f.said.Bound, f.said.View, f.said.Expect = list, nil, 0
	return nil
}

// begin has those lists begin a cluster to which all of their founders are bound, and returns an error where two of them have a founder or an id in common.
func (s *quest) begin() error {
	var lists [][]Founder
	for _, f := range s.all {
		list := f.said.Bound
		complete := list != nil
		for _, one := range list {
			complete = complete && slices.ContainsFunc(s.all, func(o *founder) bool {
				return isFounder([]Founder{one}, o.said.Self) && slices.Equal(o.said.Bound, list)
			})
		}
		f.said.Begun = f.said.Begun || complete
		if list != nil && !slices.ContainsFunc(lists, func(l []Founder) bool { return slices.Equal(l, list) }) {
			lists = append(lists, list)
		}
	}
	for k := range lists {
		for _, other := range lists[:k] {
			if foundersID("test", lists[k]) == foundersID("test", other) {
				return fmt.Errorf("%s and %s have one id", named(lists[k]), named(other))
			}
		}
	}
	return nil
}

// foundingRuns are how many searches are drawn.
const foundingRuns = 2000

// foundsByChance runs a search that is drawn from a seed.
func foundsByChance(seed uint64) error {
	draw := rand.New(rand.NewPCG(seed, 46))
	s := &quest{expect: 2 + draw.IntN(3)}
	links := 0.3 + 0.7*draw.Float64()
	for k := range s.expect {
		s.add(uint8(k + 1))
	}
	for range 100 {
		f := s.all[draw.IntN(len(s.all))]
		switch draw.IntN(20) {
		case 0: // comes late, or has another's id
			if len(s.all) < 2*s.expect {
				s.add(uint8(1 + draw.IntN(s.expect+1)))
			}
		case 1: // is wiped
			s.all = slices.DeleteFunc(s.all, func(o *founder) bool { return o == f })
			s.add(f.said.Self.ID)
		case 2: // starts again, elsewhere
			if f.said.Bound == nil {
				f.said.View, f.said.Self.Peer = nil, f.said.Self.Peer+"'"
			}
		default:
			reached := slices.DeleteFunc(slices.Clone(s.all), func(other *founder) bool { return other != f && draw.Float64() > links })
			if err := s.round(f, reached); err != nil {
				return fmt.Errorf("seed %d: %w", seed, err)
			}
		}
		if err := s.begin(); err != nil {
			return fmt.Errorf("seed %d: %w", seed, err)
		}
	}
	return nil
}

func TestNoFolderIsInTwoClusters(t *testing.T) {
	for seed := range uint64(foundingRuns) {
		require.NoError(t, foundsByChance(seed))
	}
}

// Where all see all, and are as many as are expected, all are bound to one list soon.
func TestFoundersThatSeeOneAnotherFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &quest{expect: rapid.IntRange(2, 7).Draw(t, "expect")}
		for k := range s.expect {
			s.add(uint8(2 * (k + 1)))
		}
		order := rapid.Permutation(s.all).Draw(t, "order")
		for range 3 {
			for _, f := range order {
				require.NoError(t, s.round(f, s.all))
			}
		}
		require.NoError(t, s.begin())
		for _, f := range s.all {
			require.True(t, f.said.Begun)
			require.Equal(t, s.all[0].said.Bound, f.said.Bound)
		}
		late := s.add(1)
		require.NoError(t, s.round(late, s.all))
		require.Equal(t, 1, s.refused, "who comes late founds nothing")
	})
}

// foundsBy returns an error where one of these cases is not as it should be.
func foundsBy() error {
	at := func(id uint8, incarnation uint64) Founder {
		return Founder{ID: id, Incarnation: incarnation, Peer: fmt.Sprint("p", incarnation)}
	}
	one, two, three, four, twin := at(1, 1), at(2, 2), at(3, 3), at(4, 4), at(2, 9)
	says := func(self Founder, view ...Founder) founding {
		return founding{Cluster: "c", Expect: 3, Self: self, View: view}
	}
	bound := func(begun bool, self Founder, list ...Founder) founding {
		return founding{Cluster: "c", Self: self, Bound: list, Begun: begun}
	}
	other := says(three, one, two, three)
	other.Expect = 5
	trio := []Founder{one, two, three}
	for _, c := range []struct {
		name    string
		answers []founding
		bind    []Founder
		wait    string
		never   bool
	}{
		{"nobody", nil, nil, "found 1 of 3: 1 at p1", false},
		{"two of three", []founding{says(two, one, two)}, nil, "found 2 of 3", false},
		{"all say the same", []founding{says(two, trio...), says(three, trio...)}, trio, "", false},
		{"one has not found all", []founding{says(two, trio...), says(three, two, three)}, nil, "the node at p3 has found 2 at p2, 3 at p3 so far", false},
		{"one too many", []founding{says(two, trio...), says(three, trio...), says(four, four)}, nil, "found 4, and 3 are expected", false},
		{"two of one id", []founding{says(two, one, two, twin), says(twin, one, two, twin)}, nil, "two nodes have the id 2: at p2 and at p9", false},
		{"another number", []founding{says(two, trio...), other}, nil, "the node at p3 expects 5 first members, and this one 3", false},
		{"one is bound, with this one", []founding{bound(false, two, trio...)}, trio, "", false},
		{"one is bound, without this one", []founding{bound(false, two, two, three, four), says(three, trio...)}, nil, "", true},
		{"a cluster has begun", []founding{bound(true, two, two, three, four), says(three, trio...), says(two, trio...)}, nil, "", true},
		{"a cluster has begun in which this one was", []founding{bound(true, two, trio...)}, nil, "", true},
		{"a static cluster", []founding{bound(false, two, Founder{ID: 1}, Founder{ID: 2}, Founder{ID: 3})}, nil, "", true},
		{"another cluster's members", []founding{{Cluster: "d", Self: two, Bound: trio, Begun: true}}, nil, "found 1 of 3", false},
	} {
		own := says(one)
		bind, wait, err := own.decide(c.answers)
		if !slices.Equal(bind, c.bind) || (err != nil) != c.never || c.wait == "" != (wait == "") || len(wait) < len(c.wait) || wait[:len(c.wait)] != c.wait {
			return fmt.Errorf("%s: binds itself to %s, waits since %q, %w", c.name, named(bind), wait, err)
		}
	}
	if foundersID("c", trio) == foundersID("c", []Founder{one, twin, three}) || foundersID("c", trio) == foundersID("d", trio) {
		return fmt.Errorf("two clusters have one id")
	}
	return nil
}

func TestWhoFoundsAndWhoDoesNot(t *testing.T) { require.NoError(t, foundsBy()) }

// welcomesFounders returns an error where a node lets another folder than the one that it was founded with into that one's slot, or not that one.
func welcomesFounders() error {
	n := &Node{members: members{
		list: firstMembers("c", protocol.Nodes(1, 2)), dialled: map[protocol.NodeID]int64{}, founders: []Founder{{ID: 1, Incarnation: 7}, {ID: 2, Incarnation: 8}},
	}}
	for incarnation, want := range map[uint64]transport.Refusal{8: 0, 9: transport.OtherIncarnation} {
		if refusal, _ := n.verifyMember(2, transport.Folder{Incarnation: incarnation}); refusal != want {
			return fmt.Errorf("to folder %d it says %v, want %v", incarnation, refusal, want)
		}
	}
	return nil
}

func TestASlotIsOfTheFolderThatWasFound(t *testing.T) { require.NoError(t, welcomesFounders()) }

// findsMoved returns an error where a node is looked for elsewhere than it should be.
func findsMoved() error {
	for said, want := range map[string]string{"": "told:1", "new:1": "new:1", "0.0.0.0:1": "told:1", "[::]:1": "told:1", ":1": "told:1", "10.0.0.1:1": "10.0.0.1:1"} {
		n := &Node{options: Options{Peers: map[protocol.NodeID]string{2: "told:1"}}, members: members{list: firstMembers("c", protocol.Nodes(1, 2)), said: map[protocol.NodeID]Addresses{}}}
		n.options.Raft.ID = 1
		if said != "" {
			n.members.said[2], n.members.moved = Addresses{Peer: said}, protocol.Nodes(2)
		}
		if got := n.addresses()[2]; got != want {
			return fmt.Errorf("it says %q, and is looked for at %q, want %q", said, got, want)
		}
		n.members.moved = 0
		if got := n.addresses()[2]; got != "told:1" {
			return fmt.Errorf("it has not moved, says %q, and is looked for at %q", said, got)
		}
	}
	return nil
}

func TestWhoHasMovedIsFoundWhereItSays(t *testing.T) { require.NoError(t, findsMoved()) }
