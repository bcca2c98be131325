package serve

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
)

// nodeID is a flag's value.
type nodeID uint8

func (n *nodeID) Set(text string) error {
	id, err := strconv.ParseUint(text, 10, 8)
	if err != nil || id == 0 || id > 63 {
		return errors.New("want a node's id, 1 to 63")
	}
	*n = nodeID(id)
	return nil
}

func (n *nodeID) String() string {
	if *n == 0 {
		return ""
	}
	return strconv.Itoa(int(*n))
}

func (n *nodeID) Type() string { return "id" }

// nodeAddresses is a flag's value: an address for each node.
type nodeAddresses map[uint8]string

func (a *nodeAddresses) Set(text string) error {
	all := nodeAddresses{}
	for item := range strings.SplitSeq(text, ",") {
		name, address, found := strings.Cut(strings.TrimSpace(item), "=")
		var id nodeID
		host, port, err := net.SplitHostPort(address)
		switch {
		case !found || id.Set(name) != nil:
			return fmt.Errorf("%q: want id=host:port with an id of 1 to 63, comma-separated", item)
		case err != nil || host == "" || port == "0" || checkAddress(address) != nil:
			return fmt.Errorf("%q: want host:port behind the =, one that the others can reach", item)
		case all[uint8(id)] != "":
			return fmt.Errorf("node %d stands there twice", id)
		}
		for other, taken := range all {
			if taken == address {
				return fmt.Errorf("nodes %d and %d have the same address %s", other, id, address)
			}
		}
		all[uint8(id)] = address
	}
	*a = all
	return nil
}

func (a *nodeAddresses) String() string {
	var items []string
	for _, id := range slices.Sorted(maps.Keys(*a)) {
		items = append(items, fmt.Sprintf("%d=%s", id, (*a)[id]))
	}
	return strings.Join(items, ",")
}

func (a *nodeAddresses) Type() string { return "id=host:port,..." }

func (a nodeAddresses) ids() string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(a)) {
		ids = append(ids, strconv.Itoa(int(id)))
	}
	return strings.Join(ids, ", ")
}
