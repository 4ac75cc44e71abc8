package detect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/orderguard/orderguard/window"
)

// shape says what the plan keeps: for a state to be read, its tables must be
// just these. How rules become tables may differ from one version of the
// program to another.
func (p *plan) shape() string {
	var b strings.Builder
	for i := range p.tables {
		t := &p.tables[i]
		fmt.Fprintf(&b, "table %s list %s state %s by %s values %d %s views %v keep %d rows %d marks %d\n",
			p.selectors[t.take].Key(), t.list, t.state, fieldList(p.byOf(t)), t.values, t.value, t.views, t.Keep(), t.stride, t.askers)
	}
	for i := range p.counted {
		fmt.Fprintf(&b, "numbers %s\n", p.fields[p.counted[i].field])
	}
	if o := p.orders; o != nil {
		fmt.Fprintf(&b, "orders %d fields %s numbers %s tables %v linked %t\n",
			p.orderKeep(), fieldList(p.named(o.fields)), fieldList(o.numbers), o.tables, p.linked)
		if slices.Contains(o.numbers, waited) {
			b.WriteString("waits\n")
		}
	}
	if a := p.accounts; a != nil {
		fmt.Fprintf(&b, "accounts fields %s\n", fieldList(p.named(a.fields)))
	}
	for _, pop := range p.populations {
		fmt.Fprintf(&b, "population %s of %s\n", p.selectors[pop.hits].Key(), p.selectors[pop.all].Key())
	}
	for _, s := range p.surprises {
		fmt.Fprintf(&b, "surprise %s by %s within %d\n", p.selectors[s.take].Key(), fieldList(s.by), s.within)
	}
	conditions := func(list []threshold) {
		for i := range list {
			t := &list[i]
			fmt.Fprintf(&b, " %d.%d.%d", t.table, t.view, t.asker)
		}
		b.WriteByte('\n')
	}
	for i := range p.rules {
		conditions(p.rules[i].conditions)
	}
	for i := range p.starters {
		conditions(p.starters[i].first)
	}
	return b.String()
}

// named returns fields by their numbers.
func (p *plan) named(numbers []int) []Field {
	var list []Field
	for _, n := range numbers {
		list = append(list, p.fields[n])
	}
	return list
}

// saveAdoptions writes how tables became others than those that the rules
// alone make. Only the last reload counts: what came before it went into that.
func (p *plan) saveAdoptions(to *window.Encoder) {
	to.Int(len(p.adoptions))
	for _, a := range p.adoptions {
		to.Int(a.table)
		to.Int(len(a.views))
		for _, v := range a.views {
			to.Int(v)
		}
		to.Uint32(uint32(a.values))
		to.Uint32(uint32(a.value))
	}
}

// loadAdoptions makes the tables of the plan, which are not built yet, those
// that they were.
func (p *plan) loadAdoptions(from *window.Decoder) {
	n := from.Len()
	for next := 0; n > 0 && from.OK(); n-- {
		a := adoption{table: from.Len()}
		from.Check(a.table >= next && a.table < len(p.tables), "a table that went on")
		if next = a.table + 1; !from.OK() {
			return
		}
		t := &p.tables[a.table]
		kept := from.Int(len(t.views))
		for last := -1; kept > 0; kept-- {
			v := from.Int(len(t.views) - 1)
			from.Check(v > last, "a view that went on")
			last = v
			a.views = append(a.views, v)
		}
		a.values, a.value = window.Values(from.Uint32()), Field(from.Uint32())
		for _, v := range a.views {
			from.Check(from.OK() && t.views[v].Fits(a.values), "the values of a table")
		}
		from.Check(a.values <= window.WideValues && int(a.value) < Fields && (t.state == 0 || a.values == t.values), "the values of a table")
		if from.OK() {
			p.recut(a)
		}
	}
}

// sections return what writes the tables and all that was learned, each a part of it.
func (p *plan) sections() (list []func(*window.Encoder)) {
	for i := range p.tables {
		list = append(list, p.tables[i].Save)
	}
	for i := range p.counted {
		list = append(list, p.counted[i].numbers.Save)
	}
	if p.orders != nil {
		list = append(list, p.orders.Save)
	}
	if p.accounts != nil {
		list = append(list, p.accounts.Save)
	}
	return append(list, p.saveLearned)
}

// saveLearned writes what the populations and surprises have learned.
func (p *plan) saveLearned(to *window.Encoder) {
	for _, pop := range p.populations {
		to.Int64(pop.n[0])
		to.Int64(pop.n[1])
	}
	for _, s := range p.surprises {
		if s.normal != nil {
			s.normal.Save(to)
			continue
		}
		for _, surge := range s.surges {
			surge.Save(to)
		}
	}
}

// load reads it into a plan that was built just so.
func (p *plan) load(from *window.Decoder) {
	for i := 0; i < len(p.tables) && from.OK(); i++ {
		p.tables[i].Load(from)
	}
	for i := 0; i < len(p.counted) && from.OK(); i++ {
		p.counted[i].numbers.Load(from)
	}
	if p.orders != nil && from.OK() {
		p.orders.Load(from)
	}
	if p.accounts != nil && from.OK() {
		p.accounts.Load(from)
	}
	for _, pop := range p.populations {
		pop.n = [2]int64{from.Int64(), from.Int64()}
	}
	for _, s := range p.surprises {
		if s.normal != nil {
			s.normal.Load(from)
			continue
		}
		for _, surge := range s.surges {
			surge.Load(from)
		}
	}
}
