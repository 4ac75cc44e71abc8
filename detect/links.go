package detect

import (
	"slices"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/window"
)

// Links says which accounts belong together. Two accounts are linked when they
// placed orders with the same identifier within a window, and a cluster is the
// accounts that can be reached over such links from the one that orders.
//
// A crowd's identifier, such as that of a kiosk or of a campus, links nobody: it
// serves more than Crowd accounts within the window, and fewer than half of
// these ordered at the shop of the order that is judged.
type Links struct {
	Through []Field
	// Within is the window, and WithinText the same as people write it.
	Within     orderguard.Millis
	WithinText string
	// Later is the window at events that come after an order was placed, such as a
	// refund or a review. It is never shorter than Within.
	Later orderguard.Millis
	Crowd int
}

// defaultLinks are those of a rule file that says nothing of them. Networks
// (ip) are shared by too many to link accounts.
func defaultLinks() Links {
	return Links{Through: []Field{FieldDevice, FieldAddress, FieldPayment}, Within: 3 * millisPerDay, WithinText: "3d", Later: 30 * millisPerDay, Crowd: 8}
}

// links are the tables over which clusters are found.
type links struct {
	Links
	through []linkField
	buyer   linkField
	shop    int // word of a record
	on      int // the selector of the events at which the tables are counted
}

// linkField is a field whose equal values link accounts.
type linkField struct {
	field int // index into plan.fields
	table int // of the orders by that field
	word  int // of a record
	view  int // that counts the orders by it, at an order, within the window of the links
}

// reach returns how far back links go at an event of a kind.
func (l *Links) reach(kind orderguard.Kind) orderguard.Millis {
	if kind == orderguard.OrderCreated {
		return l.Within
	}
	return l.Later
}

// linksFor makes the plan's links, if it has none, and keeps the orders behind
// them for events of kinds.
func (p *plan) linksFor(l Links, kinds KindSet) {
	within := l.Within
	if kinds&^created != 0 {
		within = l.Later
	}
	p.linked = true
	o := p.ordersFor(int64(within))
	if p.links == nil {
		p.links = &links{Links: l, shop: o.addField(p, FieldShop)}
		p.links.through = make([]linkField, len(l.Through))
	}
	p.links.buyer = p.linkField(FieldBuyer, within)
	for i, f := range l.Through {
		p.links.through[i] = p.linkField(f, within)
	}
}

// linkField makes what answers for a field, with a count at each order.
func (p *plan) linkField(f Field, within orderguard.Millis) linkField {
	l := linkField{field: p.field(f), table: p.ordersBy([]Field{f}, within), word: p.orders.addField(p, f)}
	p.links.on = p.selector(&Selector{Kinds: created})
	p.ask(l.table, p.links.on)
	t, v := &p.tables[l.table], window.View{Measure: window.Count, Within: int64(p.links.Within), Floor: 1}
	if l.view = slices.Index(t.views, v); l.view < 0 {
		l.view = len(t.views)
		t.views = append(t.views, v)
	}
	return l
}

// ordersBy returns a table of all orders by some fields, kept for at least so
// long: one by states, if there is one by those fields.
func (p *plan) ordersBy(by []Field, within orderguard.Millis) int {
	all := Condition{Measure: Count, Of: Selector{Kinds: created}, By: by}
	key, take := p.keyOf(by), p.selector(&all.Of)
	t := slices.IndexFunc(p.tables, func(t table) bool { return t.key == key && t.take == take && t.list == 0 && t.state != 0 })
	if t < 0 {
		t = p.table(&all)
	}
	p.tables[t].hold = max(p.tables[t].hold, int64(within))
	return t
}
