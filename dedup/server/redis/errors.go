package redis

import (
	"errors"

	"github.com/eventstreamcore/semel/dedup/server"
)

// Redis's words.
const (
	errSyntax     = "ERR syntax error"
	errNotInteger = "ERR value is not an integer or out of range"
	errDatabase   = "ERR DB index is out of range"
	errNoAuth     = "NOAUTH Authentication required."
	errWrongPass  = "WRONGPASS invalid username-password pair or user is disabled."
	errFull       = "OOM command not allowed when used memory > 'maxmemory'."
	errNoRoom     = "MISCONF there is no room on the disk of the leader, or on those of a majority, for new work: not applied; free some, or ask again later"
	errOmitted    = "ERR the values take more than 16 MiB: ask again, for fewer keys at once"
	errPutOmitted = "OMITTED the value was set; the old one found no room among the 16 MiB that are answered at once"
	errLoading    = "LOADING Redis is loading the dataset in memory"
)

// describe turns an error of Do into a reply. Only what was surely not applied
// gets a word that client libraries repeat by themselves.
func (d *Door) describe(err error) string {
	switch {
	case mayHaveBeenApplied(err):
		d.uncertain.Add(1)
		return "UNCERTAIN the command may have been applied or not; to learn whether you won repeat it as SET NX GET with the same value"
	case errors.Is(err, server.ErrLoading):
		return errLoading
	case errors.Is(err, server.ErrOverloaded), errors.Is(err, server.ErrUnanswered):
		return "TRYAGAIN " + err.Error()
	case errors.Is(err, server.ErrNoRoom):
		return errNoRoom
	default:
		return "MASTERDOWN " + err.Error()
	}
}
