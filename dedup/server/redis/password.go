package redis

import (
	"crypto/sha256"
	"crypto/subtle"
	"time"
)

// Who guesses a password waits longer for each answer, and has so many guesses on one connection. Guesses on
// many connections at once are bounded by the number of connections alone: the password has to be long and random.
const (
	firstPenalty    = 100 * time.Millisecond
	maxWrongGuesses = 8
)

// admits reports whether the password is the user's. One that is not is counted, and its answer waits.
func (c *conn) admits(user, password []byte) bool {
	if c.door.admits(user, password) {
		return true
	}
	c.door.wrongPass.Add(1)
	if c.raw.RemoteAddr() != nil {
		c.door.gate.Notices().Note("password", "a wrong password was given", "from", c.raw.RemoteAddr())
	}
	select {
	case <-time.After(firstPenalty << c.wrongPasses):
	case <-c.door.closing:
	}
	if c.wrongPasses++; c.wrongPasses == maxWrongGuesses {
		c.leaving = true
	}
	return false
}

// admits reports whether the password is the user's. Hashes are compared, so that the time taken tells nothing.
func (d *Door) admits(user, password []byte) bool {
	given, want := sha256.Sum256(password), sha256.Sum256([]byte(d.config.Password))
	return string(user) == "default" &&
		(d.config.Password == "" || subtle.ConstantTimeCompare(given[:], want[:]) == 1)
}
