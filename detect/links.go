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

// What a search for a cluster looks at, at most, so that its cost has a bound:
// some 64 accounts with their 12 newest orders each, and 192 identifiers with
// their 64 newest.
const (
	maxMembers  = 64
	maxIDs      = 192
	ordersOfID  = 64
	ordersOfOne = 12
)

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
		p.links = &links{Links: l, shop: o.holds(p, FieldShop)}
		p.links.through = make([]linkField, len(l.Through))
	}
	p.links.buyer = p.linkField(FieldBuyer, within)
	for i, f := range l.Through {
		p.links.through[i] = p.linkField(f, within)
	}
}

// linkField makes what answers for a field, with a count at each order.
func (p *plan) linkField(f Field, within orderguard.Millis) linkField {
	l := linkField{field: p.field(f), table: p.ordersBy([]Field{f}, within), word: p.orders.holds(p, f)}
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

// search finds the cluster of an account. Each part of the events has one, which
// is kept from event to event.
type search struct {
	reader
	visit   func(at int64, ref uint32, val uint64) bool // note
	members []uint64                                    // hashes of buyers, the one that orders first
	ids     []identifier
	// profiles are those of the members.
	profiles []profile
	// users are who was found on the identifier at hand, and local how many of
	// them ordered at the shop of the event.
	users  []user
	part   int
	shop   uint64
	from   *linkField                                  // nil while the orders of a buyer are visited
	count  func(at int64, ref uint32, val uint64) bool // another
	others int                                         // see shared
	// alike is of alone, and event its event.
	alike func(at int64, ref uint32, val uint64) bool
	same  bool
	event int
	mark  marker // of its identifiers
}

type identifier struct {
	link   int // index into links.through
	hash   uint64
	orders int // of members that were found to carry it
}

// profile is what orders with the same identifiers have in common: their mark,
// and the record of one of them.
type profile struct {
	mark   uint32
	record []uint64
}

// user is an account that used an identifier.
type user struct {
	buyer uint64
	here  bool // at the shop of the event
}

func newSearch(e *Engine) *search {
	s := &search{reader: reader{Engine: e}}
	s.visit, s.alike, s.count = s.note, s.compare, s.another
	return s
}

// run finds the accounts that are linked to the buyer of event i, the buyer
// first. They are good until the next call.
func (s *search) run(i int) []uint64 {
	c, l := s.columns, s.plan.links
	s.members, s.ids = s.members[:0], s.ids[:0]
	buyer := c.fields[l.buyer.field][i]
	if buyer == 0 {
		return nil
	}
	s.shop = c.fields[s.plan.field(FieldShop)][i]
	if s.members = append(s.members, buyer); s.alone(i) {
		return s.members
	}
	s.profiles = s.profiles[:0]
	for n, m := 0, 0; n < len(s.members) || m < len(s.ids); {
		if n < len(s.members) {
			s.from = nil
			s.ask(l.buyer.table, s.members[n], i, ordersOfOne)
			n++
			continue
		}
		s.from, s.users = &l.through[s.ids[m].link], s.users[:0]
		if s.shared(&s.ids[m], i) {
			s.ask(s.from.table, s.ids[m].hash, i, ordersOfID)
			s.join()
		}
		m++
	}
	return s.members
}

// shared says whether an identifier has orders beside those of members that are
// known to carry it. Most have none, and to count them costs far less than to
// look at whose they are.
func (s *search) shared(id *identifier, i int) bool {
	if s.columns.fields[s.from.field][i] == id.hash && s.counted(i) {
		n, _ := s.read(s.from.table, s.from.view, i)
		return int(n) > id.orders
	}
	s.others = -id.orders
	s.question(s.from.table, id.hash, i, id.orders+1, s.count)
	return s.others > 0
}

// another counts an order.
func (s *search) another(int64, uint32, uint64) bool {
	s.others++
	return true
}

// alone says whether it is plain that nobody is linked to the buyer of event i,
// which is so of most orders and costs far less than a search. It is if all of
// his orders carry the identifiers of this one, and these have no other orders.
func (s *search) alone(i int) bool {
	c, l := s.columns, s.plan.links
	if !s.counted(i) {
		return false
	}
	orders, ok := s.read(l.buyer.table, l.buyer.view, i)
	if !ok || orders < 1 || orders > ordersOfOne {
		return false
	}
	for j := range l.through {
		t := &l.through[j]
		if n, ok := s.read(t.table, t.view, i); ok && n != orders {
			return false
		}
	}
	s.mark = marker(0)
	for j := range l.through {
		s.mark = s.mark.with(c.fields[l.through[j].field][i])
	}
	if s.same, s.event = true, i; orders > 1 {
		s.question(l.buyer.table, c.fields[l.buyer.field][i], i, ordersOfOne, s.alike)
	}
	return s.same
}

// counted says whether the tables have counted the orders by the identifiers of
// event i.
func (s *search) counted(i int) bool {
	return !s.timers.isCopy(i) && s.columns.picks(i, s.plan.links.on) && len(s.columns.late) == 0
}

// compare holds an order against the one that is looked at, and says whether it
// is alike.
func (s *search) compare(_ int64, ref uint32, val uint64) bool {
	if val>>stateWidth == uint64(s.mark.mark()) {
		return true
	}
	record := s.orderOf(ref)
	for j := range s.plan.links.through {
		t := &s.plan.links.through[j]
		s.same = s.same && record != nil && record[t.word] == s.columns.fields[t.field][s.event]
	}
	return s.same
}

// reach returns how far back links go at event i.
func (s *search) reach(i int) orderguard.Millis {
	return s.plan.links.reach(s.columns.kind[i])
}

// ask visits the newest orders under a key as they stood at event i.
func (s *search) ask(table int, key uint64, i, newest int) {
	s.question(table, key, i, newest, s.visit)
}

func (s *search) question(table int, key uint64, i, newest int, fn func(at int64, ref uint32, val uint64) bool) {
	c := s.columns
	s.plan.tables[table].Each(window.Question{
		Key: key, Time: c.time[i], Clock: c.clock[i], Within: int64(s.reach(i)), Upto: s.upto(i),
	}, newest, fn)
}

// upto returns the newest reference that event i may know of.
func (e *Engine) upto(i int) uint32 {
	if e.columns.taken[i] {
		return e.columns.ref[i]
	}
	return e.columns.ref[i] - 1 // the event itself has none
}

// note takes in an order: of a buyer, its identifiers; under an identifier, its
// buyer.
func (s *search) note(_ int64, ref uint32, val uint64) bool {
	l := s.plan.links
	if s.from == nil {
		if record := s.identified(ref, val); record != nil {
			for j := range l.through {
				s.carried(j, record[l.through[j].word])
			}
		}
		return true
	}
	record := s.orderOf(ref)
	if record == nil {
		return true
	}
	buyer, here := record[l.buyer.word], record[l.shop] == s.shop
	for j := range s.users {
		if s.users[j].buyer == buyer {
			s.users[j].here = s.users[j].here || here
			return true
		}
	}
	s.users = append(s.users, user{buyer, here})
	return true
}

// identified returns a record with the identifiers of a member's order: most
// members order again and again with the same ones.
func (s *search) identified(ref uint32, val uint64) []uint64 {
	if s.plan.tables[s.plan.links.buyer.table].state == 0 {
		return s.orderOf(ref) // there are no marks
	}
	mark := markIn(val)
	for j := range s.profiles {
		if s.profiles[j].mark == mark {
			return s.profiles[j].record
		}
	}
	record := s.orderOf(ref)
	if record != nil {
		s.profiles = append(s.profiles, profile{mark, record})
	}
	return record
}

// carried takes in an identifier of a member's order.
func (s *search) carried(link int, hash uint64) {
	if hash == 0 {
		return
	}
	for j := range s.ids {
		if s.ids[j].hash == hash && s.ids[j].link == link {
			s.ids[j].orders++
			return
		}
	}
	if len(s.ids) < maxIDs {
		s.ids = append(s.ids, identifier{link, hash, 1})
	}
}

// join makes the users of an identifier members, unless they are a crowd.
func (s *search) join() {
	here := 0
	for _, u := range s.users {
		if u.here {
			here++
		}
	}
	if len(s.users) > s.plan.links.Crowd && 2*here < len(s.users) {
		return
	}
	for _, u := range s.users {
		if len(s.members) < maxMembers && !slices.Contains(s.members, u.buyer) {
			s.members = append(s.members, u.buyer)
		}
	}
}
