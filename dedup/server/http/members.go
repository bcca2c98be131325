package http

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
)

// members is who the cluster is, as this node knows it.
func (d *Door) members(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, "application/json", d.service.Members())
}

// membersRequest has the leader begin a change of who the members are.
type membersRequest struct {
	Remove  *whole `json:"remove"`
	Promote *whole `json:"promote"`
}

// mostSlots is how many slots a cluster has.
const mostSlots = 63

func (r *membersRequest) prepare(*dedup.Secret) (call, error) {
	if (r.Remove == nil) == (r.Promote == nil) {
		return call{}, invalid("want one of \"remove\" and \"promote\", the slot of a member; GET /v1/cluster/members has them")
	}
	slot := *cmp.Or(r.Remove, r.Promote)
	if slot == 0 || slot > mostSlots {
		return call{}, invalid("slot %d: want 1 to %d; GET /v1/cluster/members has those that are taken", slot, mostSlots)
	}
	if r.Remove != nil {
		return call{members: &server.MemberChange{Remove: uint8(slot)}}, nil
	}
	return call{members: &server.MemberChange{Promote: uint8(slot)}}, nil
}

// changeMembers answers once a change has begun, or there was nothing to do.
func (d *Door) changeMembers(change server.MemberChange) ([]byte, error) {
	if err := d.service.ChangeMembers(change); err != nil {
		return nil, err
	}
	return []byte("{\"begun\":true}\n"), nil
}

// problemOfMembers is what is said where the members stay who they are; nil for other errors.
func problemOfMembers(err error) *problem {
	var stay *server.MembersError
	switch {
	case !errors.As(err, &stay):
		return nil
	case stay.Reason == server.NoSuchMember:
		return newProblem(http.StatusBadRequest, stay.Reason, "The cluster has no such member.", stay.Detail)
	}
	return newProblem(http.StatusConflict, "members-"+stay.Reason, "The members stay who they are.", stay.Detail)
}
