package node

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Who the first members of a cluster are, where nobody was told (decision 0046). This is what a folder makes of what others say; bootstrap.go asks them.

// Founder is a folder that is to be one of the first members.
type Founder struct {
	ID          uint8  `json:"id"`
	Incarnation uint64 `json:"incarnation"`
	Peer        string `json:"peer"`
	HTTP        string `json:"http,omitempty"`
	Redis       string `json:"redis,omitempty"`
}

// founding is what one says who looks for the first members, or is asked for them.
type founding struct {
	Cluster string    `json:"cluster"`         // its name
	Expect  int       `json:"expect"`          // how many first members there are to be; 0: it has a log, and looks for nobody
	Self    Founder   `json:"self"`            // who says so
	View    []Founder `json:"view,omitempty"`  // whom it found in its last round, itself among them
	Bound   []Founder `json:"bound,omitempty"` // its log has these members: it is bound to them
	Begun   bool      `json:"begun,omitempty"` // and holds more than that
}

// foundingRequest is what is asked by those that look for first members.
type foundingRequest struct {
	Founding *founding `json:"founding"`
}

// ErrFounders is wrapped where a folder, or a list, can't be what a cluster is founded with.
var ErrFounders = errors.New("no first members of a cluster")

// FoundersError is why there is no cluster to be founded.
type FoundersError struct {
	Founders []Founder // the members of the one that there is, as far as they are told
	By       string    // who said so
	Begun    bool
}

// Error says who they are and what to do.
func (e *FoundersError) Error() string {
	state := "is bound to"
	if e.Begun {
		state = "is one of"
	}
	return fmt.Sprintf("there is a cluster of this name: %s %s the members %s, and this folder is none of them. Have it join (--join without --bootstrap-expect), "+
		"with --replace ID where it takes the place of a lost one; or, where that cluster has never begun, empty the folders of all its members and start again",
		e.By, state, named(e.Founders))
}

// foundersID is the id of the cluster that these found.
func foundersID(name string, list []Founder) [16]byte {
	text, err := json.Marshal(foundersIn(list))
	assert(err == nil, "founders can be encoded")
	sum := sha256.Sum256(append(append([]byte("semel founders 1\n"), name...), append([]byte{'\n'}, text...)...))
	return [16]byte(sum[:16])
}

// decide returns the list that a founder binds itself to; or why it does not yet; or an error where it never will.
func (f *founding) decide(answers []founding) (bind []Founder, wait string, err error) {
	view := f.view(answers)
	begun := false
	for _, a := range answers {
		if a.Cluster != f.Cluster || len(a.Bound) == 0 {
			continue
		}
		if !isFounder(a.Bound, f.Self) || a.Begun {
			if refusesSecond() {
				err, begun = &FoundersError{a.Bound, a.Self.Peer, a.Begun}, begun || a.Begun
			}
			continue
		}
		if checkFounders(a.Bound, f.Expect) != nil {
			continue
		}
		if bind == nil || slices.CompareFunc(a.Bound, bind, compareFounders) < 0 {
			bind = a.Bound
		}
	}
	switch {
	case begun:
		return nil, "", err
	case bind != nil:
		return bind, "", nil
	case err != nil:
		return nil, "", err
	}
	if wait = f.waits(view, answers); wait != "" {
		return nil, wait, nil
	}
	return view, "", nil
}

// view is who is found in a round.
func (f *founding) view(answers []founding) []Founder {
	all := []Founder{f.Self}
	for _, a := range answers {
		if a.Cluster == f.Cluster && a.Expect > 0 && !slices.Contains(all, a.Self) {
			all = append(all, a.Self)
		}
	}
	slices.SortFunc(all, compareFounders)
	return all
}

// waits says what is lacking before a founder may bind itself to whom it sees; "": nothing.
func (f *founding) waits(view []Founder, answers []founding) string {
	for k := range view {
		if k > 0 && view[k].ID == view[k-1].ID && isOneTooMany() {
			return fmt.Sprintf("two nodes have the id %d: at %s and at %s", view[k].ID, view[k-1].Peer, view[k].Peer)
		}
	}
	for _, a := range answers {
		if a.Cluster == f.Cluster && a.Expect > 0 && a.Expect != f.Expect {
			return fmt.Sprintf("the node at %s expects %d first members, and this one %d", a.Self.Peer, a.Expect, f.Expect)
		}
	}
	switch {
	case isTooFew(len(view), f.Expect):
		return fmt.Sprintf("found %d of %d: %s", len(view), f.Expect, named(view))
	case len(view) > f.Expect:
		return fmt.Sprintf("found %d, and %d are expected: %s; stop those that are not to be first members, they may join later", len(view), f.Expect, named(view))
	}
	for _, a := range answers {
		if a.Cluster == f.Cluster && a.Expect > 0 && !saysSame(a.View, view) {
			return fmt.Sprintf("the node at %s has found %s so far", a.Self.Peer, named(a.View))
		}
	}
	return ""
}

// isFounder reports whether a folder is in a list.
func isFounder(list []Founder, one Founder) bool {
	return slices.ContainsFunc(list, func(f Founder) bool { return f.ID == one.ID && f.Incarnation == one.Incarnation })
}

func compareFounders(a, b Founder) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Incarnation, b.Incarnation), cmp.Compare(a.Peer, b.Peer), cmp.Compare(a.HTTP, b.HTTP), cmp.Compare(a.Redis, b.Redis))
}

// named is a list in words.
func named(list []Founder) string {
	words := make([]string, len(list))
	for k, f := range list {
		words[k] = fmt.Sprint(f.ID)
		if f.Peer != "" {
			words[k] += " at " + f.Peer
		}
	}
	if len(words) == 0 {
		return "nobody"
	}
	return strings.Join(words, ", ")
}

// foundersOf are members as founders, and slotsOf the slots of founders, which are their ids.
func foundersOf(m *Members) (list []Founder) {
	for _, one := range m.All {
		list = append(list, Founder{ID: one.ID, Incarnation: one.Incarnation, Peer: one.Peer, HTTP: one.HTTP, Redis: one.Redis})
	}
	return list
}

func slotsOf(list []Founder) (slots protocol.NodeSet) {
	for _, f := range list {
		slots = slots.With(protocol.NodeID(f.ID))
	}
	return slots
}

// checkFounders returns an error for a list that is none of first members.
func checkFounders(list []Founder, expect int) error {
	if len(list) != expect {
		return fmt.Errorf("%w: %d founders, and %d are expected", ErrFounders, len(list), expect)
	}
	for k, f := range list {
		if f.ID == 0 || int(f.ID) > MostMembers || f.Incarnation == 0 || k > 0 && f.ID <= list[k-1].ID {
			return fmt.Errorf("%w: the founders %s", ErrFounders, named(list))
		}
	}
	return nil
}
