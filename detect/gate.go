package detect

// gate is the condition of a rule that is asked before all others: one of those
// that must hold, which asks for so many events of a table with one answer an
// event. To ask it is one comparison, and at most events it does not hold.
type gate struct {
	table, view int // table is noGate where a rule has no such condition
	stride      int // of the table
	views       int // of the table
	least       int64
}

const noGate = -1

// gateOf returns the gate of conditions that must hold together: the one that
// asks for most.
func (p *plan) gateOf(conditions []threshold) gate {
	g := gate{table: noGate}
	for j := range conditions {
		t := &conditions[j]
		if t.lazy || t.Measure != Count && t.Measure != Distinct || t.Lo <= g.least || p.tables[t.table].list != 0 {
			continue
		}
		g = gate{table: t.table, view: t.view, stride: p.tables[t.table].stride, views: len(p.tables[t.table].views), least: t.Lo}
	}
	return g
}

// gates finds the gates of all rules, once it is known which table answers what.
func (p *plan) gates() {
	for i := range p.rules {
		r := &p.rules[i]
		r.gate = p.gateOf(r.conditions[:len(r.All)])
	}
	for i := range p.winders {
		p.winders[i].gate = p.gateOf(p.winders[i].first)
	}
}

// shut says whether the gate's condition does not hold at event i. Of a table by
// states it is the last row of an event that says what holds there.
func (c *columns) shut(g *gate, i int) bool {
	if g.table == noGate {
		return false
	}
	t, row := &c.tables[g.table], (i+1)*g.stride-1
	return t.Out[row*g.views+g.view] < g.least || t.Key[row] == 0
}
