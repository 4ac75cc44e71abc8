package detect

import (
	"slices"

	"github.com/orderguard/orderguard"
)

// Horizon says that a table lets go of the keys whose newest event lies in a second
// before that of a time. It is what a journal keeps of what was let go: how
// much memory is held differs from run to run, but horizons do the same in each.
type Horizon struct {
	Table  string            `json:"table"` // as Memory names it
	Before orderguard.Millis `json:"before"`
}

// Dropped is what was let go of a table.
type Dropped struct {
	Horizon
	Keys, Events int
	Bytes        int64 // that were given back
}

// ShedReport is what Shed let go: for the log and the metrics.
type ShedReport struct {
	Dropped []Dropped // a table each, in the order of their names
	// Held is how many bytes are held now; more than was asked for if that cannot be
	// reached by letting go of keys.
	Held int64
}

// Horizons returns what a journal must keep so that Drop does the same again.
func (r *ShedReport) Horizons() []Horizon {
	list := make([]Horizon, len(r.Dropped))
	for i := range r.Dropped {
		list[i] = r.Dropped[i].Horizon
	}
	return list
}

// shedSteps is in how many steps the horizon of a table moves from its keep to
// now.
const shedSteps = 16

// Held returns how many bytes the engine holds: the sum of Memory.
func (e *Engine) Held() (bytes int64) {
	for _, s := range e.Memory() {
		bytes += s.Bytes
	}
	return bytes
}

// Shed lets go of keys until the engine holds no more than target bytes, and
// says which. What no window can see any more goes first; then the keys that have
// been idle for longest in the table that is largest at that time, step by
// step. The ids of events, the numbers of values, the records of orders and accounts, the ledger and what
// is flagged stay: to let go of these would count events twice or mix up
// orders. It belongs between two calls of Process.
//
// What is chosen depends on the memory that is held, so it is not the same in
// another run. A caller that replays its input keeps the report's Horizons and
// calls Drop with them instead.
func (e *Engine) Shed(target int64) ShedReport {
	list := e.sheddable()
	steps := make([]int, len(list))
	for i := range list {
		list[i].drop(e.horizon(&list[i], 0))
	}
	held := e.Held()
	for held > target {
		largest, most := -1, int64(0)
		for i := range list {
			if _, bytes := list[i].size(); steps[i] < shedSteps && bytes > most {
				largest, most = i, bytes
			}
		}
		if largest < 0 {
			break
		}
		steps[largest]++
		held -= list[largest].drop(e.horizon(&list[largest], steps[largest]))
	}
	return e.report(list)
}

// Drop lets go of what lies before horizons; those of tables that are no more
// do nothing.
func (e *Engine) Drop(horizons []Horizon) ShedReport {
	list := e.sheddable()
	for _, h := range horizons {
		for i := range list {
			if list[i].name == h.Table {
				list[i].drop(h.Before)
			}
		}
	}
	return e.report(list)
}

// horizon returns the time before which a table lets go at a step.
func (e *Engine) horizon(s *sheddable, step int) orderguard.Millis {
	return e.reached - orderguard.Millis(s.keep-s.keep/shedSteps*int64(step))
}

// sheddable is what can let go of keys: the tables of one name, or what was
// learned of keys.
type sheddable struct {
	name string
	keep int64
	size func() (keys int, bytes int64)
	let  func(before int64) (keys, events int)
	done Dropped
}

// drop lets go of what lies before a time and returns how many bytes that gave
// back.
func (s *sheddable) drop(before orderguard.Millis) int64 {
	_, was := s.size()
	keys, events := s.let(int64(before))
	_, is := s.size()
	s.done.Before = max(s.done.Before, before)
	s.done.Keys, s.done.Events, s.done.Bytes = s.done.Keys+keys, s.done.Events+events, s.done.Bytes+was-is
	return was - is
}

// sheddable lists what can let go of keys, in the order of names.
func (e *Engine) sheddable() (list []sheddable) {
	byName := map[string][]*table{}
	for i := range e.plan.tables {
		t := &e.plan.tables[i]
		byName[t.name] = append(byName[t.name], t)
	}
	for name, tables := range byName {
		s := sheddable{name: name}
		for _, t := range tables {
			s.keep = max(s.keep, t.Keep())
		}
		s.size = func() (keys int, bytes int64) {
			for _, t := range tables {
				k, b := t.Size()
				keys, bytes = keys+k, bytes+b
			}
			return keys, bytes
		}
		s.let = func(before int64) (keys, events int) {
			for _, t := range tables {
				k, n := t.Drop(before)
				keys, events = keys+k, events+n
			}
			return keys, events
		}
		list = append(list, s)
	}
	for _, s := range e.plan.surprises {
		if s.normal != nil {
			list = append(list, sheddable{
				name: s.name(e.plan), keep: s.normal.Keep(), size: s.normal.Size,
				let: func(before int64) (int, int) { return s.normal.Drop(before), 0 },
			})
		}
	}
	slices.SortFunc(list, func(a, b sheddable) int {
		if a.name < b.name {
			return -1
		}
		return 1
	})
	for i := range list {
		list[i].done.Table = list[i].name
	}
	return list
}

// report says what was let go.
func (e *Engine) report(list []sheddable) ShedReport {
	r := ShedReport{Held: e.Held()}
	for i := range list {
		if list[i].done.Before > 0 {
			r.Dropped = append(r.Dropped, list[i].done)
		}
	}
	return r
}
