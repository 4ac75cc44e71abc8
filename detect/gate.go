package detect

import (
	"cmp"
	"slices"

	"github.com/orderguard/orderguard"
)

// gate is the condition of a rule that is tested before all others: of those in All
// that count in a column, the one that most seldom holds, as far as can be told; or, if there is none, each of those in
// Any. It costs one comparison, and at most events it fails, so that the rule need not be judged.
type gate struct {
	table, view int // table is noGate where a rule has no such condition
	stride      int // of the table
	views       int // of the table
	least       int64
}

const noGate = -1

// gateOf returns the gate of conditions that must hold together: the one that
// asks for most, of those that ask for more than one under a key of few events if there are any.
func (p *plan) gateOf(conditions []threshold) gate {
	g, narrow := gate{table: noGate}, false
	for j := range conditions {
		t := &conditions[j]
		if !p.canGate(t) {
			continue
		}
		few := t.Lo > 1 && slices.ContainsFunc(t.By, Field.seldom)
		if few == narrow && t.Lo > g.least || few && !narrow {
			g, narrow = p.gateBy(t), few
		}
	}
	return g
}

// gatesOfAny returns a gate for each of some conditions, one of which must hold; none unless each can be one.
func (p *plan) gatesOfAny(conditions []threshold) []gate {
	var gates []gate
	for j := range conditions {
		if !p.canGate(&conditions[j]) {
			return nil
		}
		gates = append(gates, p.gateBy(&conditions[j]))
	}
	return gates
}

// canGate says whether a condition is a plain count of which there is at least one.
func (p *plan) canGate(t *threshold) bool {
	return !t.lazy && (t.Measure == Count || t.Measure == Distinct) && t.Lo >= 1 && p.tables[t.table].list == 0
}

func (p *plan) gateBy(t *threshold) gate {
	return gate{table: t.table, view: t.view, stride: p.tables[t.table].stride, views: len(p.tables[t.table].views), least: t.Lo}
}

// seldom says whether few events have the same value of a field, as those of one person do. A shop, a
// category or a wording may have many.
func (f Field) seldom() bool {
	switch f {
	case FieldShop, FieldCategory, FieldSKU, FieldNote, FieldWording, FieldEvidence:
		return false
	}
	return true
}

// candidate is a rule that may judge events, or a starter that may set its timer. They
// are numbered in the order in which they judge: the rules, and then the starters.
type candidate struct {
	number, on int
	least      int64 // of its gate
}

// kindGates says which rules may judge the events of a kind. At most events no gate
// holds. The gates are grouped by table and view, since many ask the same view, and
// nearly all one of a few tables.
type kindGates struct {
	open       []candidate // have no gate
	gates      []tableGates
	candidates int
}

// tableGates are the gates that ask a table.
type tableGates struct {
	table  int
	stride int // of the table
	views  int // of the table
	gates  []viewGate
}

// viewGate are the gates that ask a view, with the candidates behind them, the one whose gate
// asks for least first.
type viewGate struct {
	view       int
	candidates []candidate
}

// gates finds the gates of all rules, once it is known which table answers what, and makes
// what is gated. A rule that looks again is in none: it judges the copies that it has set.
func (p *plan) gates() {
	for i := range p.rules {
		r := &p.rules[i]
		r.gate = p.gateOf(r.conditions[:len(r.All)])
		if r.After > 0 {
			continue
		}
		gates := []gate{r.gate}
		if some := p.gatesOfAny(r.conditions[len(r.All):r.own()]); r.gate.table == noGate && len(some) > 0 {
			gates = some
		}
		for _, g := range gates {
			p.enter(candidate{i, r.on, g.least}, g)
		}
	}
	for i := range p.starters {
		w := &p.starters[i]
		w.gate = p.gateOf(w.first)
		p.enter(candidate{len(p.rules) + i, w.on, w.gate.least}, w.gate)
	}
	for kind := range p.gated {
		for _, t := range p.gated[kind].gates {
			for _, g := range t.gates {
				slices.SortStableFunc(g.candidates, func(a, b candidate) int { return cmp.Compare(a.least, b.least) })
			}
		}
	}
}

// enter adds a candidate behind its gate, for each kind that it may judge.
func (p *plan) enter(n candidate, g gate) {
	for kind := range p.gated {
		if p.selectors[n.on].Kinds.Has(orderguard.Kind(kind)) {
			p.gated[kind].enter(n, g)
		}
	}
}

// enter adds a candidate behind its gate.
func (k *kindGates) enter(n candidate, g gate) {
	k.candidates++ // or more for one that has several gates
	if g.table == noGate {
		k.open = append(k.open, n)
		return
	}
	t := slices.IndexFunc(k.gates, func(t tableGates) bool { return t.table == g.table })
	if t < 0 {
		t = len(k.gates)
		k.gates = append(k.gates, tableGates{table: g.table, stride: g.stride, views: g.views})
	}
	gates := &k.gates[t].gates
	v := slices.IndexFunc(*gates, func(v viewGate) bool { return v.view == g.view })
	if v < 0 {
		v = len(*gates)
		*gates = append(*gates, viewGate{view: g.view})
	}
	(*gates)[v].candidates = append((*gates)[v].candidates, n)
}

// candidatesAt adds to chosen, a bit for each number of a candidate, those that are to judge event i.
func (c *columns) candidatesAt(k *kindGates, i int, chosen []uint64) {
	for _, n := range k.open {
		c.addCandidate(n, i, chosen)
	}
	for t := range k.gates {
		tg := &k.gates[t]
		rows, row := &c.tables[tg.table], (i+1)*tg.stride-1
		if rows.Key[row] == 0 {
			continue // it lacks a field of the key
		}
		answers := rows.Out[row*tg.views : (row+1)*tg.views]
		for g := range tg.gates {
			v := answers[tg.gates[g].view]
			for _, n := range tg.gates[g].candidates {
				if v < n.least {
					break
				}
				c.addCandidate(n, i, chosen)
			}
		}
	}
}

// addCandidate adds a candidate to chosen if it is to judge event i.
func (c *columns) addCandidate(n candidate, i int, chosen []uint64) {
	if c.picks(i, n.on) {
		chosen[n.number/64] |= 1 << (n.number % 64)
	}
}

// shut says whether the gate's condition fails at event i. In a table by states the
// answer is in the last row of the event.
func (c *columns) shut(g *gate, i int) bool {
	if g.table == noGate {
		return false
	}
	t, row := &c.tables[g.table], (i+1)*g.stride-1
	return t.Out[row*g.views+g.view] < g.least || t.Key[row] == 0
}
