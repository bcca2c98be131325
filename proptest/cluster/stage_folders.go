package cluster

import (
	"fmt"

	"github.com/eventstreamcore/semel/proptest/workload"
)

// Join is of workload.Cluster.
func (s *stage) Join(id int, learns bool, dies workload.Stage) workload.Effect {
	return s.operate(func(o *operator) workload.Effect {
		p := o.at(id)
		if dies == "" {
			p.wanted, p.learns = true, learns
		}
		if p.died && dies == "" { // it goes on
			s.resume(p)
		}
		if p.join != nil || p.Slot() != 0 || p.lost != 0 {
			return nil
		}
		p.wanted, p.learns, p.down = true, learns, false
		o.begin(p, dies)
		j := p.join
		return o.told(func() string {
			switch {
			case dies != "" && j.died:
				return fmt.Sprintf("the join of node %d died %s", id, dies)
			case dies == "" && j.slot != 0:
				return fmt.Sprintf("node %d joined as slot %d", id, j.slot)
			}
			return ""
		})
	})
}

// operate has the operator do something, where there is one.
func (s *stage) operate(do func(o *operator) workload.Effect) workload.Effect {
	o := s.operator
	if o == nil {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return do(o)
}

// told is an effect that the operator knows of.
func (o *operator) told(what workload.Effect) workload.Effect {
	return func() string {
		o.mu.Lock()
		defer o.mu.Unlock()
		return what()
	}
}

// Leave is of workload.Cluster.
func (s *stage) Leave(id int) workload.Effect {
	return s.operate(func(o *operator) workload.Effect {
		p := o.at(id)
		p.wanted = false
		if p.Slot() == 0 {
			return nil
		}
		return o.gone(p.Slot(), fmt.Sprintf("of node %d%s is no member any more", id, describe(p.Node)))
	})
}

// gone tells of a slot, if it is none any more.
func (o *operator) gone(slot uint8, what string) workload.Effect {
	return o.told(func() string {
		if !o.isGone(slot) {
			return ""
		}
		return fmt.Sprintf("slot %d %s", slot, what)
	})
}

// Replace is of workload.Cluster.
func (s *stage) Replace(id int) workload.Effect {
	return s.operate(func(o *operator) workload.Effect {
		p, by := o.at(id), o.empty()
		if p.Slot() == 0 || by == nil || p.by != nil {
			return nil
		}
		p.wanted, p.by = false, by
		by.wanted, by.learns, by.down = true, false, false
		o.begin(by, "")
		by.join.replaces = p.Slot()
		return o.gone(p.Slot(), fmt.Sprintf("of node %d%s was replaced by node %d", id, describe(p.Node), by.ID))
	})
}

// Wipe is of workload.Cluster. The folder is lost as soon as the others can do without it; if that is not before the fault is over, it is not.
func (s *stage) Wipe(id int) workload.Effect {
	return s.operate(func(o *operator) workload.Effect {
		p, told := o.at(id), ""
		p.loses = func(slot uint8) {
			told = fmt.Sprintf("node %d%s lost its folder, that of slot %d", id, describe(p.Node), slot)
		}
		o.lose(p)
		return o.told(func() string { return told })
	})
}

// ends notes that the process of a place ends, and reports whether it is one that joins, which has ended then, but for its disk.
func (s *stage) ends(id int) (joins bool) {
	o := s.operator
	if o == nil {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	p := o.at(id)
	p.down = true
	return o.endJoin(p)
}

// resume starts what is at a place, a replica or a folder that joins.
func (s *stage) resume(p *place) {
	p.loses = nil
	if p.down, p.died = false, false; !p.isRemoved() {
		s.note(p.Start())
	}
}
