package window

// lane is where a table keeps the events that are older than it remembers:
// those of a feed that is sent again, or behind by hours. They are judged by
// each other, since what once stood around them is gone.
type lane struct {
	table *Table
	// clock is the time that the lane has reached, and low the same at the
	// beginning of the batch at hand: what a question of the batch may ask for
	// is not let go before its end.
	clock, low int64
	now        [1]int64
}

func (t *Table) newLane() *lane {
	return &lane{table: &Table{views: t.views, least: t.least, keep: t.keep, words: t.words}}
}

// BeginLate is called before the first RunLate of each batch.
func (t *Table) BeginLate() {
	if t.late != nil {
		t.late.low = t.late.clock
	}
}

// RunLate does with event i of the columns what Run does, among the table's
// late events, and takes it out of the batch. It returns the clock of these, to
// be asked with. The event is one that is older than Keep says; it must not run
// beside Run.
func (t *Table) RunLate(c *Columns, i int) (clock int64) {
	if t.late == nil {
		t.late = t.newLane()
		t.late.low = c.Time[i]
	}
	l := t.late
	l.clock = max(l.clock, c.Time[i])
	l.now[0] = l.clock
	one := Columns{
		Do: c.Do[i : i+1], Key: c.Key[i : i+1], Time: c.Time[i : i+1], Clock: l.now[:], Ref: c.Ref[i : i+1], Low: l.low,
		Out: c.Out[i*len(t.views) : (i+1)*len(t.views)],
	}
	if c.Val != nil {
		one.Val = c.Val[i : i+1]
	}
	l.table.Run(&one, 0, 1)
	c.Do[i] = 0
	return l.clock
}
