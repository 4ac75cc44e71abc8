package detect

import (
	"slices"

	"github.com/orderguard/orderguard/window"
)

// Accounts go in lockstep when they order at the same several shops, each time
// within moments of each other. They are found from one account's side: its
// newest orders name the shops, and the orders at each of these around that
// time name its companions. So no pair of accounts is ever compared that did not
// meet, and the cost has a bound: some twelve shops with a hundred orders each.
//
// Where a state is asked for, orders in another one are as if they had never been.
//
// What is compared may be other events than orders: accounts that rate the same
// shops down within moments, say. These are found the same way.
//
// A shop at which a hundred orders came at that time says nothing of who goes
// with whom, and is left out; or four hundred, where moments are half a day and more: many orders
// come in days to shops at which few meet by chance.
const (
	lockstepOrders = 24
	lockstepShops  = 12
	lockstepCrowd  = 100
	lockstepSlow   = millisPerDay / 2 // from which on the crowd is
	lockstepMany   = 400
)

// lockstepSearch finds the accounts that go in lockstep with one.
type lockstepSearch struct {
	reader
	buyer, shop linkField
	full        int // how many orders are a crowd
	visits      []visit
	met         meetings
	crowd       []window.Found // the orders at the shops, one shop after the other
	who         []uint64       // by order: who placed it, or their fingerprint
	spans       [][2]int       // of each visit that was gathered: where its orders stand in crowd
	own         uint64         // who is compared with others
	to          int            // the visit at hand
	shops       int
	state       State
	i           int // the judged event
	refs        *[]uint32
	times       []int64 // of the references
	events      bool    // it is not orders that are compared
	noteVisit   func(at int64, ref uint32, val uint64) bool
	notePart    func(at int64, ref uint32, val uint64) bool
}

// visit is the newest order, or other event, of an account at a shop.
type visit struct {
	shop uint64
	at   int64
	ref  uint32
}

func newLockstepSearch(e *Engine) *lockstepSearch {
	c := &lockstepSearch{reader: reader{Engine: e}}
	c.noteVisit, c.notePart = c.visited, c.tookPart
	return c
}

// measure returns how many accounts, that of event i among them, went in
// lockstep with it, and puts the references of their orders into refs, unless
// that is nil.
func (c *lockstepSearch) measure(t *threshold, i int, refs *[]uint32) (int64, bool) {
	cols := c.columns
	c.own = cols.fields[t.buyer.field][i]
	if c.own == 0 {
		return 0, false
	}
	c.buyer, c.shop, c.shops, c.refs, c.state, c.i = t.buyer, t.shop, t.Shops, refs, t.State, i
	c.events = t.Of.Kinds != created
	c.visits, c.times, c.full = c.visits[:0], c.times[:0], lockstepCrowd
	if t.Apart >= lockstepSlow {
		c.full = lockstepMany
	}
	c.plan.tables[t.buyer.table].Each(window.Question{
		Key: c.own, Time: cols.time[i], Clock: cols.clock[i], Within: int64(t.Within), Upto: c.upto(i), Bare: true,
	}, lockstepOrders, c.noteVisit)
	if len(c.visits) < t.Shops {
		return 0, true
	}
	n := c.companions(t, i)
	if refs != nil {
		for c.to = range c.visits {
			c.tell(c.visits[c.to].at, c.visits[c.to].ref)
			c.plan.tables[t.shop.table].Each(c.around(t, i), c.full, c.notePart)
		}
	}
	return n, true
}

// companions returns how many accounts went in lockstep with that of event i, which is
// among them. Fingerprints say that there are none without a look at anybody's record.
func (c *lockstepSearch) companions(t *threshold, i int) int64 {
	c.crowd, c.who, c.spans = c.crowd[:0], c.who[:0], c.spans[:0]
	buyer := c.own
	if c.plan.tables[t.shop.table].state != 0 {
		if c.own = uint64(fingerprinter(0).with(buyer).sum()); c.compare(t, i) == 1 {
			return 1
		}
	}
	for c.gather(t, i) {
	}
	for j := range c.crowd {
		c.who[j] = c.behind(c.crowd[j].Ref)
	}
	c.own = buyer
	return c.compare(t, i)
}

// behind returns who is behind an order or event, 0 if it is not counted.
func (c *lockstepSearch) behind(ref uint32) uint64 {
	if c.events {
		return c.reader.buyer(ref)
	}
	if record := c.counted(ref); record != nil {
		return record[c.buyer.word]
	}
	return 0
}

// shopOf returns the shop of an order or event of the account, 0 if it is not counted.
func (c *lockstepSearch) shopOf(ref uint32) uint64 {
	if c.events {
		p, _ := c.ledger.find(ref)
		return hashOf(p.shop)
	}
	if record := c.counted(ref); record != nil {
		return record[c.shop.word]
	}
	return 0
}

// counted returns the record of an order that is in the state asked for, nil of others.
func (c *lockstepSearch) counted(ref uint32) []uint64 {
	if c.state == 0 {
		return c.orderOf(ref)
	}
	number := c.number(ref)
	if number == 0 {
		return nil
	}
	record := c.plan.orders.Record(number)
	if !c.state.of(c.stateIn(record, number, c.i)) {
		return nil
	}
	return record
}

// around asks for the orders at the shop of a visit, around its time.
func (c *lockstepSearch) around(t *threshold, i int) window.Question {
	v, apart := &c.visits[c.to], int64(t.Apart)
	return window.Question{Key: v.shop, Time: v.at + apart, Clock: c.columns.clock[i], Within: 2*apart + 1, Upto: c.upto(i), Bare: c.events}
}

// visited notes an order, or other event, of the account.
func (c *lockstepSearch) visited(at int64, ref uint32, _ uint64) bool {
	v := visit{c.shopOf(ref), at, ref}
	if v.shop != 0 && !slices.ContainsFunc(c.visits, func(old visit) bool { return old.shop == v.shop }) {
		c.visits = append(c.visits, v)
	}
	return len(c.visits) < lockstepShops
}

// gather notes the orders around the next visit that was not gathered, with the fingerprints of
// who placed them, but none at a shop where everybody is. It returns false if there is none.
func (c *lockstepSearch) gather(t *threshold, i int) bool {
	if len(c.spans) == len(c.visits) {
		return false
	}
	from := len(c.crowd)
	c.to = len(c.spans)
	c.crowd = c.plan.tables[t.shop.table].Newest(c.around(t, i), c.full, c.crowd)
	if len(c.crowd)-from >= c.full {
		c.crowd = c.crowd[:from]
	}
	for _, order := range c.crowd[from:] {
		c.who = append(c.who, uint64(fingerprintIn(uint64(order.Val))))
	}
	c.spans = append(c.spans, [2]int{from, len(c.crowd)})
	return true
}

// compare finds who was met at enough of the shops, and returns how many, the one who is
// compared among them. It ends as soon as too few shops are left for anybody: honest buyers
// meet at one shop, hardly ever at two. So the last shop is looked at only if need be.
func (c *lockstepSearch) compare(t *threshold, i int) int64 {
	left := len(c.visits) // shops at which somebody may have been met
	for k := range left - 1 {
		if k == len(c.spans) {
			c.gather(t, i)
		}
		if c.nobody(k) {
			left--
		}
		if left < c.shops {
			return 1
		}
	}
	c.met.begin()
	for k := range c.visits {
		if c.met.most+left < c.shops {
			return 1
		}
		if k == len(c.spans) {
			c.gather(t, i)
		}
		if c.nobody(k) {
			continue
		}
		left--
		for _, buyer := range c.who[c.spans[k][0]:c.spans[k][1]] {
			if buyer != 0 && buyer != c.own {
				c.met.note(buyer, k)
			}
		}
	}
	return 1 + c.met.often(c.shops)
}

// nobody says whether nobody was met at a visit, or everybody.
func (c *lockstepSearch) nobody(k int) bool { return c.spans[k][0] == c.spans[k][1] }

// tookPart notes an order of an account that goes in lockstep.
func (c *lockstepSearch) tookPart(at int64, ref uint32, _ uint64) bool {
	if buyer := c.behind(ref); buyer != 0 && c.met.shops(buyer) >= c.shops {
		c.tell(at, ref)
	}
	return true
}

// tell puts a reference where it is wanted.
func (c *lockstepSearch) tell(at int64, ref uint32) {
	*c.refs, c.times = append(*c.refs, ref), append(c.times, at)
}
