package detect

import (
	"strings"

	"github.com/orderguard/orderguard"
)

// sortByKind lists by kinds of events which rules and keys have to do with them,
// and which tables have several rows an event.
func (p *plan) sortByKind() {
	for t := range p.tables {
		if p.tables[t].stride > 1 {
			p.several = append(p.several, t)
		}
	}
	for kind := range p.judged {
		for r := range p.rules {
			if p.selectors[p.rules[r].on].Kinds.Has(orderguard.Kind(kind)) {
				p.judged[kind] = append(p.judged[kind], r)
			}
		}
		for k := range p.keys {
			if len(p.keys[k].tables[kind]) > 0 {
				p.keyed[kind] = append(p.keyed[kind], k)
			}
		}
		for w := range p.winders {
			if p.selectors[p.winders[w].on].Kinds.Has(orderguard.Kind(kind)) {
				p.wound[kind] = append(p.wound[kind], w)
			}
		}
		for f := range p.fields {
			if p.fields[f].On().Has(orderguard.Kind(kind)) && !p.found(f) && p.asksOf(kind) {
				p.hashed[kind] = append(p.hashed[kind], f)
			}
		}
	}
}

// asksOf says whether anything looks at the fields of an event of a kind, beside its order:
// most parcels are sent, and arrive, without that anybody asks who bought them.
func (p *plan) asksOf(kind int) bool {
	return len(p.judged[kind])+len(p.wound[kind])+len(p.keyed[kind])+len(p.surprises) > 0 || p.orders != nil && created.Has(orderguard.Kind(kind))
}

// found says whether the column of a field is filled by the stage find.
func (p *plan) found(field int) bool { return p.orders != nil && field == p.orders.order }

// tableName names the table that a condition needs, for people.
func tableName(c *Condition) string {
	var by []string
	for _, f := range c.By {
		by = append(by, f.String())
	}
	return c.Of.Key() + " by " + strings.Join(by, ",")
}
