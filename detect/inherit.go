package detect

import "github.com/orderguard/orderguard"

// legacy is a field that the creation of an order carries and its later events do
// not, for conditions that ask at these for the newest orders under it: of a
// dispute it is known through which line its order came.
type legacy struct {
	field int     // index into plan.fields
	word  int     // of a record
	kinds KindSet // of the later events that are told
}

// inherits says whether a condition may be asked at events that do not carry a
// field of its key themselves, by that of their orders.
func (c *Condition) inherits(f Field) bool {
	switch f {
	case FieldDevice, FieldIP, FieldAddress, FieldPayment, FieldCategory:
		return c.Newest > 0 && c.Lone == 0
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

// bequeathFields makes the engine tell later events what the creation of their
// order said, where a rule's conditions ask them for it.
func (p *plan) bequeathFields(rules *RuleSet) {
	for i := range rules.Rules {
		r := &rules.Rules[i]
		for j := range r.First {
			p.bequeathTo(r, &r.First[j])
		}
		for j := range len(r.All) + len(r.Any) {
			p.bequeathTo(r, r.Condition(j))
		}
	}
}

// bequeathTo does so for a condition of a rule.
func (p *plan) bequeathTo(r *Rule, c *Condition) {
	for _, f := range c.By {
		if kinds := r.On.Kinds & withOrder &^ created &^ f.On(); c.inherits(f) && kinds != 0 {
			p.ordersFor(heirKeep).leave(p, f, kinds)
		}
	}
}

// leave makes later events of some kinds be told the value of a field.
func (o *orderBook) leave(p *plan, f Field, kinds KindSet) {
	o.heirs |= kinds
	n := p.field(f)
	for i := range o.legacies {
		if o.legacies[i].field == n {
			o.legacies[i].kinds |= kinds
			return
		}
	}
	o.legacies = append(o.legacies, legacy{field: n, word: o.holds(p, f), kinds: kinds})
}

// resetTold makes the columns of what later events are told ready for n events.
func (c *columns) resetTold(o *orderBook, n int) {
	for len(c.told) < len(o.legacies) {
		c.told = append(c.told, nil)
	}
	for j := range o.legacies {
		grow(&c.told[j], n)
		clear(c.told[j])
	}
}

// bequeathHashes notes what the creation of an order says, and tells it to the
// order's later events. It goes by the order of the events, as recallOrder does only
// afterwards: so it does not matter whether both came in one batch.
func (e *Engine) bequeathHashes(i int, record []uint64) {
	o, ev := e.plan.orders, e.columns.events[i]
	for j := range o.legacies {
		l := &o.legacies[j]
		switch {
		case l.kinds.Has(ev.Kind):
			e.columns.told[j][i] = record[l.word]
		case ev.Kind == orderguard.OrderCreated && record[l.word] == 0:
			record[l.word] = hashOf(e.plan.fields[l.field].Text(ev))
		}
	}
}

// takeTold fills what event i was told into the columns of their fields.
func (c *columns) takeTold(o *orderBook, i int, kind orderguard.Kind) {
	for j := range o.legacies {
		if l := &o.legacies[j]; l.kinds.Has(kind) {
			c.fields[l.field][i] = c.told[j][i]
		}
	}
}

// left says whether a word of a record is told to later events.
func (o *orderBook) left(word int) bool {
	for j := range o.legacies {
		if o.legacies[j].word == word {
			return true
		}
	}
	return false
}
