package detect

// measurer measures lazy conditions, which are measured only where all else of a rule
// holds, since they ask tables many questions about one event. Each part of the events
// has a measurer.
type measurer struct {
	*tally
	*sweeper
	*lockstepSearch
}

// newMeasurers makes a measurer for each of a number of parts.
func newMeasurers(e *Engine, parts int) []measurer {
	measurers := make([]measurer, parts)
	for w := range measurers {
		s := newClusterSearch(e)
		s.part = w
		measurers[w] = measurer{newTally(s), newSweeper(e), newLockstepSearch(e)}
	}
	return measurers
}

// lazyValue returns what a lazy condition measures at event i, and puts the
// references of the events behind it into refs, unless that is nil.
func (e *Engine) lazyValue(t *threshold, i int, refs *[]uint32) (int64, bool) {
	s := &e.measurers[e.columns.owner(i)]
	switch {
	case t.Measure == Lockstep:
		return s.lockstepSearch.measure(t, i, refs)
	case refs == nil && t.sweeps():
		return s.sweeper.measure(t, i)
	}
	return s.tally.measure(t, i, refs)
}

// owner returns the part in which event i is judged.
func (c *columns) owner(i int) int {
	w := i * c.parts / len(c.events)
	for {
		from, to := share(len(c.events), w, c.parts)
		switch {
		case i < from:
			w--
		case i >= to:
			w++
		default:
			return w
		}
	}
}
