package detect

import (
	"slices"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/window"
)

// The most that a search for a cluster looks at, so that its cost is bounded: 64
// accounts with their 12 newest orders each, and 192 identifiers with their 64.
const (
	maxMembers  = 64
	maxIDs      = 192
	ordersOfID  = 64
	ordersOfOne = 12
)

// clusterSearch finds the cluster of an account. Each part of the events has one, which
// is kept from event to event.
type clusterSearch struct {
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
	alike       func(at int64, ref uint32, val uint64) bool
	same        bool
	event       int
	fingerprint fingerprinter // of its identifiers
}

type identifier struct {
	link   int // index into links.through
	hash   uint64
	orders int // of members that were found to carry it
}

// profile is what orders with the same identifiers have in common: their fingerprint,
// and the record of one of them.
type profile struct {
	fingerprint uint32
	record      []uint64
}

// user is an account that used an identifier.
type user struct {
	buyer uint64
	here  bool // at the shop of the event
}

func newClusterSearch(e *Engine) *clusterSearch {
	s := &clusterSearch{reader: reader{Engine: e}}
	s.visit, s.alike, s.count = s.note, s.compare, s.another
	return s
}

// run finds the accounts that are linked to the buyer of event i, the buyer
// first. They are good until the next call.
func (s *clusterSearch) run(i int) []uint64 {
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

// shared says whether an identifier has more orders than those of members that are
// known to carry it. Most have not, and counting costs far less than finding out
// whose they are.
func (s *clusterSearch) shared(id *identifier, i int) bool {
	if s.columns.fields[s.from.field][i] == id.hash && s.counted(i) {
		n, _ := s.read(s.from.table, s.from.view, i)
		return int(n) > id.orders
	}
	s.others = -id.orders
	s.question(s.from.table, id.hash, i, id.orders+1, s.count)
	return s.others > 0
}

// another counts an order.
func (s *clusterSearch) another(int64, uint32, uint64) bool {
	s.others++
	return true
}

// alone says whether it is certain, without a search, that nobody is linked to the
// buyer of event i. It is if all orders of the buyer carry the identifiers of this
// one and no other orders do. That is so of most orders, and far cheaper.
func (s *clusterSearch) alone(i int) bool {
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
	s.fingerprint = fingerprinter(0)
	for j := range l.through {
		s.fingerprint = s.fingerprint.with(c.fields[l.through[j].field][i])
	}
	if s.same, s.event = true, i; orders > 1 {
		s.question(l.buyer.table, c.fields[l.buyer.field][i], i, ordersOfOne, s.alike)
	}
	return s.same
}

// counted says whether the tables have counted the orders by the identifiers of
// event i.
func (s *clusterSearch) counted(i int) bool {
	return !s.timers.isCopy(i) && s.columns.picks(i, s.plan.links.on) && len(s.columns.late) == 0
}

// compare says whether an order carries the same identifiers as that of the event.
func (s *clusterSearch) compare(_ int64, ref uint32, val uint64) bool {
	if val>>stateWidth == uint64(s.fingerprint.sum()) {
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
func (s *clusterSearch) reach(i int) orderguard.Millis {
	return s.plan.links.reach(s.columns.kind[i])
}

// ask visits the newest orders under a key as they stood at event i.
func (s *clusterSearch) ask(table int, key uint64, i, newest int) {
	s.question(table, key, i, newest, s.visit)
}

func (s *clusterSearch) question(table int, key uint64, i, newest int, fn func(at int64, ref uint32, val uint64) bool) {
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

// note takes in an order of a buyer, for its identifiers, or one found under an
// identifier, for its buyer.
func (s *clusterSearch) note(_ int64, ref uint32, val uint64) bool {
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

// identified returns a record with the same identifiers as a member's order: of the
// order itself, or one fetched before, since most members keep to the same ones.
func (s *clusterSearch) identified(ref uint32, val uint64) []uint64 {
	if s.plan.tables[s.plan.links.buyer.table].state == 0 {
		return s.orderOf(ref) // there are no fingerprints
	}
	fingerprint := fingerprintIn(val)
	for j := range s.profiles {
		if s.profiles[j].fingerprint == fingerprint {
			return s.profiles[j].record
		}
	}
	record := s.orderOf(ref)
	if record != nil {
		s.profiles = append(s.profiles, profile{fingerprint, record})
	}
	return record
}

// carried takes in an identifier of a member's order.
func (s *clusterSearch) carried(link int, hash uint64) {
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
func (s *clusterSearch) join() {
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

// clusterOf returns the cluster of the buyer of event i, which is searched for
// once.
func (s *clusterSearch) clusterOf(i int) []uint64 {
	c := s.columns
	at := &c.clusters[i]
	if !at.known {
		members := s.run(i)
		*at = clusterAt{known: true, part: s.part, from: len(c.members[s.part]), n: len(members)}
		c.members[s.part] = append(c.members[s.part], members...)
	}
	return c.members[at.part][at.from : at.from+at.n]
}

// clusterAt says where the members of an event's cluster are kept.
type clusterAt struct {
	known         bool
	part, from, n int
}
