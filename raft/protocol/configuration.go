package protocol

import "slices"

// Configuration says whose majorities decide, and who is only sent what is appended. Its members are folders, not names: a
// host gives each (id, incarnation) a number of its own, so that a disk that was wiped is another member. The zero one is that of
// all servers, and is in force in a log in which none stands.
type Configuration struct {
	Voters   NodeSet // while they are replaced: the old ones
	Next     NodeSet // while Voters are replaced: the new ones, whose majority decides too; else empty
	Learners NodeSet // decide nothing
}

// IsJoint reports whether two sets of voters decide, each.
func (c Configuration) IsJoint() bool { return c.Next != 0 }

// AllVoters returns whose votes count.
func (c Configuration) AllVoters() NodeSet { return c.Voters.Union(c.Next) }

// Last returns the newest voters: those that decide alone once a change is over.
func (c Configuration) Last() NodeSet {
	if c.IsJoint() {
		return c.Next
	}
	return c.Voters
}

func (c Configuration) equals(o Configuration) bool { return c == o }

// Decides reports whether the nodes of a set decide: they are a majority of each set of voters.
func (c Configuration) Decides(set NodeSet) bool {
	return isMajority(set, c.Voters) && (!c.IsJoint() || isMajority(set, c.Next))
}

func isMajority(set, of NodeSet) bool { return 2*set.Intersect(of).Len() > of.Len() }

// follows reports whether c may stand behind was: the old voters join with new ones, or these are left alone.
func (c Configuration) follows(was Configuration) bool {
	if was.IsJoint() {
		return c.Voters == was.Next && !c.IsJoint()
	}
	return c.Voters == was.Voters
}

// WellFormed reports whether a correct leader may have made c.
func (c Configuration) WellFormed() bool {
	everybody := c.AllVoters().Union(c.Learners)
	return c.Voters != 0 && c.Voters != c.Next && !everybody.Has(Nil) && c.Last().Intersect(c.Learners) == 0
}

// placed is a configuration and where it stands.
type placed struct {
	at Index
	Configuration
}

// configurationIndex returns where the last configuration of the log up to k stands; 0 where it has none.
func (l *Log) configurationIndex(k Index) Index {
	for _, c := range slices.Backward(l.configurations) {
		if c.at <= k {
			return c.at
		}
	}
	return 0
}

// configurationAt returns the configuration in force at k, base <= k.
func (l *Log) configurationAt(k Index) Configuration {
	for _, c := range slices.Backward(l.configurations) {
		if c.at <= k {
			return c.Configuration
		}
	}
	return l.baseConfiguration
}

// Configures reports whether l says who decides: has an entry that does, or a base of one.
func (l *Log) Configures() bool {
	return len(l.configurations) > 0 || l.baseConfiguration != (Configuration{})
}

// Under returns the log with another configuration in force at its base.
func (l Log) Under(c Configuration) Log {
	l.baseConfiguration = c
	return l
}

// BaseConfiguration returns what is in force at the base.
func (l *Log) BaseConfiguration() Configuration { return l.baseConfiguration }

// of writes the zero configuration out.
func (c Configuration) of(server NodeSet) Configuration {
	if c == (Configuration{}) {
		c.Voters = server
	}
	return c
}
