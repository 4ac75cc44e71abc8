package detect

import (
	"math"

	"github.com/orderguard/orderguard/window"
)

// Lazy conditions are measured only where a rule's other conditions hold, by
// going over the events under a key: a condition with newest, over so many
// orders; one by: [cluster], or by cluster and other fields, over the events of
// all accounts of the cluster, with one question for each account.

// perMember is how many events of one account, the newest, a condition by
// cluster looks at.
const perMember = 256

// tally measures a lazy condition over the events that the tables show it.
type tally struct {
	*clusterSearch
	add     func(at int64, ref uint32, val uint64) bool // one
	born    func(at int64, ref uint32, val uint64) bool // registered
	pay     func(at int64, ref uint32, val uint64) bool // payment
	paid    int                                         // payments of the buyer at hand
	t       *threshold
	i       int
	what    ask
	count   int64
	sum     int64
	differs valueSet
	since   int64 // when the account at hand was registered, 0 if unknown
	oldest  int64 // the earliest such time, and the latest
	newest  int64
	unknown bool
	refs    *[]uint32 // where to put the references; nil for nowhere
	times   []int64   // of the references
}

func newTally(s *clusterSearch) *tally {
	t := &tally{clusterSearch: s}
	t.add, t.born, t.pay = t.one, t.registered, t.payment
	return t
}

// one takes in an event, if its record has what the condition asks for.
func (t *tally) one(at int64, ref uint32, val uint64) bool {
	switch {
	case t.t.Lone > 0:
		if !t.lone(ref) {
			return true
		}
	case t.t.records:
		if number := t.number(ref); number == 0 || !t.takes(number) {
			return true
		}
	default:
		t.sum += int64(val)
	}
	t.count++
	t.tell(at, ref)
	return true
}

// tell puts a reference where it is wanted.
func (t *tally) tell(at int64, ref uint32) {
	if t.refs != nil {
		*t.refs, t.times = append(*t.refs, ref), append(t.times, at)
	}
}

// lone says whether the buyer of an event has paid for no other order, or with Since
// for none before that, and adds the buyer to differs if so.
func (t *tally) lone(ref uint32) bool {
	buyer := t.buyer(ref)
	if buyer == 0 {
		return false
	}
	t.paid = 0
	most := count(t.t.Since == 0) // the order itself
	t.plan.tables[t.t.payers].Each(window.Question{
		Key: buyer, Time: t.columns.time[t.i], Clock: t.columns.clock[t.i], Within: int64(t.t.Lone), Aged: int64(t.t.Since), Upto: t.upto(t.i),
	}, most+1, t.pay)
	if t.paid > most {
		return false
	}
	t.differs.add(buyer)
	return true
}

// payment notes a payment.
func (t *tally) payment(int64, uint32, uint64) bool {
	t.paid++
	return true
}

// takes says whether an order has what the condition asks for, and takes in what
// it measures of it.
func (t *tally) takes(number uint32) bool {
	record := t.plan.orders.Record(number)
	value, ok := t.what.takes(record, t.stateIn(record, number, t.i))
	switch {
	case !ok || t.what.word == 0:
	case t.what.measure == Sum:
		t.sum += int64(value)
	default:
		t.differs.add(value)
	}
	return ok
}

// measure returns what a lazy condition measures at event i, and puts the
// references of the events behind it into refs, unless that is nil.
func (t *tally) measure(c *threshold, i int, refs *[]uint32) (int64, bool) {
	t.t, t.i, t.refs = c, i, refs
	t.what, t.count, t.sum, t.times = c.asked(), 0, 0, t.times[:0]
	t.differs.empty()
	switch {
	case c.byCluster():
		return t.cluster()
	case c.table == ownOrder:
		if n := t.plan.orders.columns.Record[i]; n != 0 && t.ownIn(n) {
			t.ownOne(n)
		}
	default:
		key := t.columns.keyHash(c.by, i)
		if key == 0 {
			return 0, false
		}
		t.over(key, c.Newest)
	}
	switch c.Measure {
	case Distinct:
		return int64(t.differs.n), true
	case Sum:
		return t.sum, true
	}
	return t.count, true
}

// over goes over the newest events under a key.
func (t *tally) over(key uint64, newest int) {
	c := t.columns
	t.plan.tables[t.t.table].Each(window.Question{
		Key: key, Time: c.time[t.i], Clock: c.clock[t.i], Within: int64(t.t.Within), Aged: int64(t.t.Aged), Upto: t.upto(t.i), Bare: t.t.records,
	}, newest, t.add)
}

// ownIn says whether the order of the event was created in the window.
func (t *tally) ownIn(number uint32) bool {
	record := t.plan.orders.Record(number)
	at, now := int64(record[createdAt]), t.columns.time[t.i]
	return record[0]&orderKnown != 0 && at > now-int64(t.t.Within) && at <= now-int64(t.t.Aged)
}

// ownOne takes in the order of the event itself.
func (t *tally) ownOne(number uint32) {
	if t.takes(number) {
		t.count++
		record := t.plan.orders.Record(number)
		t.tell(int64(record[createdAt]), uint32(record[0]>>32))
	}
}

// cluster measures over the accounts of the cluster.
func (t *tally) cluster() (int64, bool) {
	c, i := t.t, t.i
	rest := c.by[1:]
	members := t.clusterOf(i)
	if len(members) == 0 || t.columns.keyHash(rest, i) == 0 {
		return 0, false
	}
	t.oldest, t.newest, t.unknown = math.MaxInt64, 0, false
	accounts := int64(0)
	for _, m := range members {
		key := m // the buyer stands first in keys
		for _, f := range rest {
			key = mix(key, t.columns.fields[f][i])
		}
		before := t.count
		t.over(key, perMember)
		if t.count > before {
			accounts++
			if c.Measure == Spread {
				t.age(m)
			}
		}
	}
	switch c.Measure {
	case Distinct:
		return accounts, true
	case Sum:
		return t.sum, true
	case Spread:
		return t.spread(), true
	}
	return t.count, true
}

// age takes in when an account was registered.
func (t *tally) age(member uint64) {
	l, c := t.plan.links, t.columns
	t.since = 0
	t.plan.tables[l.buyer.table].Each(window.Question{
		Key: member, Time: c.time[t.i], Clock: c.clock[t.i], Within: int64(t.reach(t.i)), Upto: t.upto(t.i),
	}, 1, t.born)
	if t.since == 0 {
		t.unknown = true
		return
	}
	t.oldest, t.newest = min(t.oldest, t.since), max(t.newest, t.since)
}

// registered notes what an order says of when its buyer was registered.
func (t *tally) registered(_ int64, ref uint32, _ uint64) bool {
	if record := t.orderOf(ref); record != nil {
		t.since = int64(record[orderSince])
	}
	return true
}

// spread returns how many whole days lie between the first and the last
// registration; math.MaxInt32 if one is not known.
func (t *tally) spread() int64 {
	if t.unknown || t.newest == 0 {
		return math.MaxInt32
	}
	return (t.newest - t.oldest) / millisPerDay
}
