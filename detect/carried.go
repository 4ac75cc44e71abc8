package detect

import (
	"cmp"

	"github.com/orderguard/orderguard"
)

// carriedField is a field that the creation of an order carries and its later events do
// not, for conditions that ask at these for the newest orders under it, or for what accounts
// declared: of a dispute it is known through which line its order came, and whether a seller declared that.
type carriedField struct {
	field int     // index into plan.fields
	word  int     // of a record
	kinds KindSet // of the later events that are told
}

// inherits says whether a condition may be asked at events that do not carry a
// field of its key themselves, by that of their orders.
func (c *Condition) inherits(f Field) bool {
	switch f {
	case FieldDevice, FieldIP, FieldAddress, FieldPayment, FieldCategory:
		return c.Newest > 0 && c.Lone == 0 || c.Of.Kinds == accounts && !c.lazy()
	}
	return false
}

// known returns the kinds of events at which a field of a condition's key is known.
func (c *Condition) known(f Field) KindSet {
	if c.inherits(f) {
		return f.On() | withOrder
	}
	return f.On()
}

// askedAt returns the kinds of set at which a condition can be asked.
func (c *Condition) askedAt(set KindSet) KindSet {
	for _, f := range c.By {
		set &= c.known(f)
	}
	return set
}

// carryFields makes the engine tell later events what the creation of their
// order said, where a rule's conditions ask them for it.
func (p *plan) carryFields(rules *RuleSet) {
	for i := range rules.Rules {
		r := &rules.Rules[i]
		for j := range r.First {
			p.carryFor(r, &r.First[j])
		}
		for j := range r.Conditions() {
			p.carryFor(r, r.Condition(j))
		}
	}
}

// carryFor does so for a condition of a rule.
func (p *plan) carryFor(r *Rule, c *Condition) {
	for _, f := range c.By {
		if kinds := r.On.Kinds & withOrder &^ created &^ f.On(); c.inherits(f) && kinds != 0 {
			p.ordersFor(carriedKeep).carry(p, f, kinds)
		}
	}
}

// carry makes later events of some kinds be told the value of a field.
func (o *orderBook) carry(p *plan, f Field, kinds KindSet) {
	o.carriedTo |= kinds
	n := p.field(f)
	for i := range o.carriedFields {
		if o.carriedFields[i].field == n {
			o.carriedFields[i].kinds |= kinds
			return
		}
	}
	o.carriedFields = append(o.carriedFields, carriedField{field: n, word: o.addField(p, f), kinds: kinds})
}

// resetCarried makes the columns of what later events are told ready for n events.
func (c *columns) resetCarried(o *orderBook, n int) {
	for len(c.carried) < len(o.carriedFields) {
		c.carried = append(c.carried, nil)
	}
	for j := range o.carriedFields {
		grow(&c.carried[j], n)
		clear(c.carried[j])
	}
}

// carryHashes notes what the creation of an order says, and tells it to the
// order's later events. It goes by the order of the events, as recallOrder does only
// afterwards: so it does not matter whether both came in one batch.
func (e *Engine) carryHashes(i int, record []uint64) {
	o, ev := e.plan.orders, e.columns.events[i]
	for j := range o.carriedFields {
		l := &o.carriedFields[j]
		switch {
		case l.kinds.Has(ev.Kind):
			e.columns.carried[j][i] = record[l.word]
		case ev.Kind == orderguard.OrderCreated && record[l.word] == 0:
			record[l.word] = cmp.Or(hashOf(e.plan.fields[l.field].Text(ev)), e.columns.declared(e.plan.accounts, l.field, i))
		}
	}
}

// takeCarried fills what event i was told into the columns of their fields.
func (c *columns) takeCarried(o *orderBook, i int, kind orderguard.Kind) {
	for j := range o.carriedFields {
		if l := &o.carriedFields[j]; l.kinds.Has(kind) {
			c.fields[l.field][i] = c.carried[j][i]
		}
	}
}

// carries says whether a word of a record is told to later events.
func (o *orderBook) carries(word int) bool {
	for j := range o.carriedFields {
		if o.carriedFields[j].word == word {
			return true
		}
	}
	return false
}
