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
// A shop at which a hundred orders came at that time says nothing of who goes
// with whom, and is left out.
const (
	lockstepOrders = 24
	lockstepShops  = 12
	lockstepCrowd  = 100
)

// company finds the accounts that go in lockstep with one.
type company struct {
	reader
	buyer, shop linkField
	visits      []visit
	met         []companion
	crowd       []window.Found // the orders at the shops, one shop after the other
	who         []uint64       // by order: who placed it, or his mark, see mark.go
	shopEnds    []int          // where those of each shop end in crowd
	buyers      []uint64       // who placed the orders at the shop at hand
	own         uint64         // who is compared with others
	to          int            // the visit at hand
	shops       int
	state       State
	i           int // the judged event
	refs        *[]uint32
	noteVisit   func(at int64, ref uint32, val uint64) bool
	noteTook    func(at int64, ref uint32, val uint64) bool
}

// visit is the newest order of an account at a shop.
type visit struct {
	shop uint64
	at   int64
	ref  uint32
}

// companion is an account that was met at a number of shops.
type companion struct {
	buyer uint64
	shops int
}

func newCompany(e *Engine) *company {
	c := &company{reader: reader{Engine: e}}
	c.noteVisit, c.noteTook = c.visited, c.tookPart
	return c
}

// measure returns how many accounts, that of event i among them, went in
// lockstep with it, and puts the references of their orders into refs, unless
// that is nil.
func (c *company) measure(t *threshold, i int, refs *[]uint32) (int64, bool) {
	cols := c.columns
	c.own = cols.fields[t.buyer.field][i]
	if c.own == 0 {
		return 0, false
	}
	c.buyer, c.shop, c.shops, c.refs, c.state, c.i = t.buyer, t.shop, t.Shops, refs, t.State, i
	c.visits = c.visits[:0]
	c.plan.tables[t.buyer.table].Each(window.Question{
		Key: c.own, Time: cols.time[i], Clock: cols.clock[i], Within: int64(t.Within), Upto: c.upto(i), Bare: true,
	}, lockstepOrders, c.noteVisit)
	if len(c.visits) < t.Shops {
		return 0, true
	}
	c.gather(t, i)
	n := c.companions(t, cols.fields[t.buyer.field][i])
	if refs != nil {
		for c.to = range c.visits {
			*refs = append(*refs, c.visits[c.to].ref)
			c.plan.tables[t.shop.table].Each(c.around(t, i), lockstepCrowd, c.noteTook)
		}
	}
	return n, true
}

// companions returns how many accounts went in lockstep with a buyer, himself among
// them. Marks say that there are none without a look at anybody's record.
func (c *company) companions(t *threshold, buyer uint64) int64 {
	if c.plan.tables[t.shop.table].state != 0 {
		if c.own = uint64(marker(0).with(buyer).mark()); c.compare() == 1 {
			return 1
		}
	}
	for j := range c.crowd {
		c.who[j] = 0
		if record := c.counted(c.crowd[j].Ref); record != nil {
			c.who[j] = record[c.buyer.word]
		}
	}
	c.own = buyer
	return c.compare()
}

// counted returns the record of an order that is in the state asked for, nil of others.
func (c *company) counted(ref uint32) []uint64 {
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
func (c *company) around(t *threshold, i int) window.Question {
	v, apart := &c.visits[c.to], int64(t.Apart)
	return window.Question{Key: v.shop, Time: v.at + apart, Clock: c.columns.clock[i], Within: 2*apart + 1, Upto: c.upto(i)}
}

// visited notes an order of the account.
func (c *company) visited(at int64, ref uint32, _ uint64) bool {
	record := c.counted(ref)
	if record == nil {
		return true
	}
	v := visit{record[c.shop.word], at, ref}
	if !slices.ContainsFunc(c.visits, func(old visit) bool { return old.shop == v.shop }) {
		c.visits = append(c.visits, v)
	}
	return len(c.visits) < lockstepShops
}

// gather notes the orders around each visit, with the marks of who placed them, but those at shops where everybody is. It
// ends once too few other shops can be left.
func (c *company) gather(t *threshold, i int) {
	c.crowd, c.who, c.shopEnds = c.crowd[:0], c.who[:0], c.shopEnds[:0]
	for c.to = range c.visits {
		if len(c.shopEnds)+len(c.visits)-c.to < t.Shops {
			return
		}
		from := len(c.crowd)
		c.crowd = c.plan.tables[t.shop.table].Newest(c.around(t, i), lockstepCrowd, c.crowd)
		if len(c.crowd)-from >= lockstepCrowd {
			c.crowd = c.crowd[:from]
			continue
		}
		for _, order := range c.crowd[from:] {
			c.who = append(c.who, uint64(markIn(uint64(order.Val))))
		}
		c.shopEnds = append(c.shopEnds, len(c.crowd))
	}
}

// compare finds who was met at enough of the shops, and returns how many, the
// one who is compared among them. It ends as soon as too few shops are left for
// anybody: honest buyers meet at one shop, hardly ever at two.
func (c *company) compare() int64 {
	from := 0
	c.met = c.met[:0]
	for k, end := range c.shopEnds {
		left := len(c.shopEnds) - k
		c.met = slices.DeleteFunc(c.met, func(m companion) bool { return m.shops+left < c.shops })
		if len(c.met) == 0 && left < c.shops {
			return 1
		}
		c.remember(c.who[from:end], left >= c.shops)
		from = end
	}
	n := int64(1)
	for _, m := range c.met {
		if m.shops >= c.shops {
			n++
		}
	}
	return n
}

// remember counts those who placed orders at a shop, each once: companions whom
// it knows and, if it takes in others, these too.
func (c *company) remember(who []uint64, others bool) {
	c.buyers = append(c.buyers[:0], who...)
	slices.Sort(c.buyers)
	for _, buyer := range slices.Compact(c.buyers) {
		if buyer == 0 || buyer == c.own {
			continue
		}
		if at := slices.IndexFunc(c.met, func(m companion) bool { return m.buyer == buyer }); at >= 0 {
			c.met[at].shops++
		} else if others {
			c.met = append(c.met, companion{buyer, 1})
		}
	}
}

// tookPart notes an order of an account that goes in lockstep.
func (c *company) tookPart(_ int64, ref uint32, _ uint64) bool {
	record := c.counted(ref)
	if record == nil {
		return true
	}
	buyer := record[c.buyer.word]
	if slices.ContainsFunc(c.met, func(m companion) bool { return m.buyer == buyer && m.shops >= c.shops }) {
		*c.refs = append(*c.refs, ref)
	}
	return true
}
