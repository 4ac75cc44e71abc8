package window

// Longest returns the length, in ms, of the longest window of the views.
func Longest(views []View) int64 {
	longest := int64(0)
	for _, v := range views {
		longest = max(longest, v.Within)
	}
	return longest
}

// Retune gives the table other views in the place of those it has; what it
// remembers stays, so that they answer as if they had been there from the
// beginning. That holds only if it has remembered enough: with the new slack it
// must not have to remember for longer than before. It must not run beside Run.
func (t *Table) Retune(views []View, slack int64) {
	keep := Longest(views) + slack
	if keep > t.keep {
		panic("BUG: window: a table that is to have remembered more than it does")
	}
	t.views, t.least, t.keep = views, leastOf(views), keep
	for i := range t.shards {
		for _, l := range t.shards[i].logs {
			if l != nil {
				l.retune(views)
			}
		}
	}
	if t.late != nil {
		t.late.table.Retune(views, slack)
	}
}

// retune gives the log the sliders of other views, which find their places at
// their first question. Who asks is numbered anew, so everyone is told anew.
func (l *eventLog) retune(views []View) {
	if l.sliders = l.first[:]; len(views) > 1 {
		l.sliders = make([]slider, len(views))
	}
	for v := range views {
		l.sliders[v] = newSlider(&views[v], l.head)
	}
	l.askers = nil
}

// Remember makes the numbers live as long as tables need that remember events
// for keep ms. It never makes them live shorter.
func (n *Numbers) Remember(keep int64) { n.keep = max(n.keep, 2*keep) }
