package cluster

import "sync"

// standstill is a call of a folder at which a process stands still, until it ends: for whoever wants it to end just there.
type standstill struct {
	at    func(what, name string) bool // called with one call after the other
	there chan struct{}                // closed when it stands

	mu     sync.Mutex
	stands bool
}

// renames is the call by which a file gets a name.
const renames = "rename"

// StandAt has the process that runs, or the one that begins next, stand still at the first call of a folder of which at says so, before that does
// anything. What is returned is closed when it stands. It ends by Kill, LosePower or Wipe.
func (d *Disk) StandAt(at func(what, name string) bool) (there <-chan struct{}) {
	s := &standstill{at: at, there: make(chan struct{})}
	d.held.Store(s)
	return s.there
}

// GoOn has nobody stand still any more who does not yet.
func (d *Disk) GoOn() { d.held.Store(nil) }

// pass returns when the call of a life may go on, or the life has ended.
func (d *Disk) pass(life int, what, name string) {
	if s := d.held.Load(); s == nil || !s.reaches(what, name) {
		return
	}
	for {
		d.mu.Lock()
		ended, changed := d.life != life, d.changed
		d.mu.Unlock()
		if ended {
			return
		}
		<-changed
	}
}

// reaches reports whether a call is the one, or comes behind it.
func (s *standstill) reaches(what, name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stands && s.at(what, name) {
		s.stands = true
		close(s.there)
	}
	return s.stands
}
