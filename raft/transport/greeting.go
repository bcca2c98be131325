package transport

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"sync"
	"syscall"
)

// mostGreeting bounds the accepted connections that have not proved who they are.
const mostGreeting = 256

// fewestGreeting is how many there may be however few descriptors the process has.
const fewestGreeting = 8

// placesFor returns how many connections that have not proved who they are a process may have that may open so many
// descriptors: an eighth, so that strangers leave clients, peers and the log what is theirs.
func placesFor(descriptors uint64) int {
	return int(max(fewestGreeting, min(mostGreeting, descriptors/8)))
}

// descriptors is how many descriptors this process may open.
func descriptors() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 8 * mostGreeting
	}
	return limit.Cur
}

// lobby holds the connections that have not proved who they are. One that comes always finds a place: where all are
// taken, the connection goes that has waited longest of those from the address that has most. So a flood pushes out
// itself, and a peer that needs a moment is let in beside it.
type lobby struct {
	places    int
	mu        sync.Mutex
	guests    []guest // in the order in which they came
	displaced uint64
}

type guest struct {
	connection net.Conn
	source     string
}

// enter takes a connection in; it closes the one that had to go, if one had to.
func (l *lobby) enter(c net.Conn, source string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.guests = append(l.guests, guest{c, source})
	if len(l.guests) <= l.places {
		return
	}
	k := displacedGuest(l.guests)
	_ = l.guests[k].connection.Close()
	l.guests = slices.Delete(l.guests, k, k+1)
	l.displaced++
}

// leave reports whether c was still in.
func (l *lobby) leave(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := slices.IndexFunc(l.guests, func(g guest) bool { return g.connection == c })
	if k < 0 {
		return false
	}
	l.guests = slices.Delete(l.guests, k, k+1)
	return true
}

// counts returns how many are in, and how many were displaced so far.
func (l *lobby) counts() (greeting int, displaced uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.guests), l.displaced
}

// oldestOfMost returns the oldest of those guests whose source has the most.
func oldestOfMost(guests []guest) int {
	of := map[string]int{}
	for _, g := range guests {
		of[g.source]++
	}
	most := slices.MaxFunc(guests, func(a, b guest) int { return cmp.Compare(of[a.source], of[b.source]) })
	return slices.IndexFunc(guests, func(g guest) bool { return g.source == most.source })
}

// source is what an address counts as: itself, and in IPv6 its network of 64 bits, which one machine may have whole.
func source(address net.Addr) string {
	tcp, ok := address.(*net.TCPAddr)
	if !ok {
		return address.String()
	}
	ip := tcp.AddrPort().Addr().Unmap()
	if ip.Is4() {
		return ip.String()
	}
	network, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return ip.String()
	}
	return netip.Prefix.String(network)
}
