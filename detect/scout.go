package detect

// scout measures what is measured only where all else of a rule holds: it asks
// the tables many questions about one event. A worker has one.
type scout struct {
	*tally
	*sweeper
	*company
}

// newScouts makes a scout for each of a number of workers.
func newScouts(e *Engine, workers int) []scout {
	scouts := make([]scout, workers)
	for w := range scouts {
		s := newSearch(e)
		s.worker = w
		scouts[w] = scout{newTally(s), newSweeper(e), newCompany(e)}
	}
	return scouts
}

// scouted returns what a lazy condition measures at event i, and puts the
// references of the events behind it into refs, unless that is nil.
func (e *Engine) scouted(t *threshold, i int, refs *[]uint32) (int64, bool) {
	s := &e.scouts[e.columns.owner(i)]
	switch {
	case t.Measure == Lockstep:
		return s.company.measure(t, i, refs)
	case refs == nil && t.sweeps():
		return s.sweeper.measure(t, i)
	}
	return s.tally.measure(t, i, refs)
}

// owner returns the worker that judges event i.
func (c *columns) owner(i int) int {
	w := i * c.workers / len(c.events)
	for {
		from, to := share(len(c.events), w, c.workers)
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
