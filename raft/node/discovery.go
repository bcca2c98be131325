package node

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"
)

// A discovery is a list of addresses by which others are looked for: each is host:port, and a host may be a name, which stands for all addresses that it has at
// that moment.
type discovery struct {
	list   []string
	lookUp func(ctx context.Context, host string) ([]string, error) // net.Resolver.LookupHost
}

const (
	lookupTime   = 2 * time.Second // for all names together
	mostOfName   = 64              // addresses; of a name that has more some are drawn
	emptyPause   = time.Second     // before names are looked up again that gave nothing
	mostFollowed = 50              // answers that name whom to ask next, in a row
)

func newDiscovery(list []string, lookUp func(context.Context, string) ([]string, error)) *discovery {
	if lookUp == nil {
		lookUp = net.DefaultResolver.LookupHost
	}
	return &discovery{list, lookUp}
}

// look returns what the list stands for now, each address once, in its order; and what was not found, one error for each.
func (d *discovery) look(ctx context.Context) (found []string, lacking []error) {
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	of, failed := make([][]string, len(d.list)), make([]error, len(d.list))
	var all sync.WaitGroup
	for k, address := range d.list {
		all.Go(func() { of[k], failed[k] = d.lookOne(ctx, address) })
	}
	all.Wait()
	for k := range d.list {
		if failed[k] != nil {
			lacking = append(lacking, failed[k])
		}
		for _, address := range of[k] {
			if !slices.Contains(found, address) {
				found = append(found, address)
			}
		}
	}
	return found, lacking
}

func (d *discovery) lookOne(ctx context.Context, address string) ([]string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if net.ParseIP(host) != nil {
		return []string{address}, nil
	}
	hosts, err := d.lookUp(ctx, host)
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("look up %s: no answer within %v", host, lookupTime)
	case err != nil:
		return nil, fmt.Errorf("look up %s: %w", host, err)
	case len(hosts) == 0:
		return nil, fmt.Errorf("look up %s: %w", host, errNoAddress)
	}
	if len(hosts) > mostOfName {
		rand.Shuffle(len(hosts), func(i, k int) { hosts[i], hosts[k] = hosts[k], hosts[i] })
		hosts = hosts[:mostOfName]
	}
	of := make([]string, len(hosts))
	for k := range hosts {
		of[k] = net.JoinHostPort(hosts[k], port)
	}
	return of, nil
}

var errNoAddress = errors.New("the name has no address")
