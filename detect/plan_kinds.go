package detect

import (
	"slices"
	"strings"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/window"
)

// prepared is what the stage prepare has to do for the events of a kind.
type prepared struct {
	sure   []uint64 // a bit for each selector that picks every one of them
	tested []int    // the selectors that pick some, and have to be tested
	hashed []int    // the fields to hash that no stage before has filled
	looks  []look
}

// look is what the tables under a key have to do with the events of a kind, or with
// the copies that timers make for a rule.
type look struct {
	key    int
	tables []tableLook
}

// tableLook is what a table has to do with them.
type tableLook struct {
	table int
	sure  uint8 // what is to be done with every one of them: Add, Read
	// take is the selector of those that are added, if sure does not say it, and asked
	// are the selectors of those at which the table is read.
	take  int
	asked []int
}

// noSelector stands in place of a selector where there is none to test.
const noSelector = -1

// sortByKind fills kinds, again and several.
func (p *plan) sortByKind() {
	for t := range p.tables {
		if p.tables[t].stride > 1 {
			p.several = append(p.several, t)
		}
	}
	for kind := range p.kinds {
		p.kinds[kind] = p.prepared(orderguard.Kind(kind))
	}
	p.again = make([][]look, len(p.rules))
	for r := range p.rules {
		if p.rules[r].After > 0 {
			p.again[r] = p.looks(func(t *table) (l tableLook, ok bool) {
				return tableLook{sure: window.Read, take: noSelector}, slices.Contains(t.asked, p.rules[r].on)
			})
		}
	}
}

// prepared finds what is to be prepared of the events of a kind.
func (p *plan) prepared(kind orderguard.Kind) prepared {
	of := prepared{sure: make([]uint64, (len(p.selectors)+63)/64)}
	for s := range p.selectors {
		switch sel := &p.selectors[s]; {
		case !sel.Kinds.Has(kind) || sel.timed:
		case len(sel.Where) == 0:
			of.sure[s/64] |= 1 << (s % 64)
		default:
			of.tested = append(of.tested, s)
		}
	}
	of.looks = p.looks(of.look)
	for f := range p.fields {
		if p.fields[f].On().Has(kind) && !p.found(f) && p.asksOf(kind, &of) {
			of.hashed = append(of.hashed, f)
		}
	}
	return of
}

// picks says whether a selector surely picks each event of the kind, or may.
func (of *prepared) picks(s int) (sure, maybe bool) {
	return of.sure[s/64]>>(s%64)&1 == 1, slices.Contains(of.tested, s)
}

// look returns what a table has to do with events of the kind; not ok if that is nothing.
func (of *prepared) look(t *table) (l tableLook, ok bool) {
	l.take = noSelector
	sure, maybe := of.picks(t.take)
	if ok = sure || maybe; sure {
		l.sure = window.Add
	} else if maybe {
		l.take = t.take
	}
	for _, on := range t.asked {
		sure, maybe := of.picks(on)
		if ok = ok || sure || maybe; sure {
			l.sure |= window.Read
		} else if maybe {
			l.asked = append(l.asked, on)
		}
	}
	if l.sure&window.Read != 0 {
		l.asked = nil
	}
	return l, ok
}

// looks lists by key what the tables have to do, as of says; it leaves out those of
// which of says not ok.
func (p *plan) looks(of func(*table) (l tableLook, ok bool)) (list []look) {
	for k := range p.keys {
		var tables []tableLook
		for t := range p.tables {
			if p.tables[t].key != k {
				continue
			}
			if l, ok := of(&p.tables[t]); ok {
				l.table = t
				tables = append(tables, l)
			}
		}
		if len(tables) > 0 {
			list = append(list, look{k, tables})
		}
	}
	return list
}

// asksOf says whether any rule or table needs a field of the events of a kind, other
// than the order. Shipments and deliveries, say, are often not asked about at all.
func (p *plan) asksOf(kind orderguard.Kind, of *prepared) bool {
	return p.gated[kind].candidates+len(of.looks)+len(p.surprises) > 0 || p.orders != nil && created.Has(kind)
}

// found says whether the column of a field is filled before the stage prepare.
func (p *plan) found(field int) bool {
	return p.orders != nil && field == p.orders.order || p.fields[field].declared() != 0
}

// tableName names the table that a condition needs, for people.
func tableName(c *Condition) string {
	var by []string
	for _, f := range c.By {
		by = append(by, f.String())
	}
	return c.Of.Key() + " by " + strings.Join(by, ",")
}
